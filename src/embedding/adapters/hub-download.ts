import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { messageOf, NotFoundError, UpstreamContractError, UpstreamUnavailableError } from '../../kernel/errors.ts';
import type { EncoderSource, ModelFile } from '../model.ts';
import type { InstallProgress } from '../ports.ts';

/** One file of a model on the hub, and where it goes. */
export interface HubDownload {
  readonly hubUrl: string;
  readonly source: EncoderSource;
  readonly file: ModelFile;
  /** Folder that `file.path` is put below. */
  readonly folder: string;
  readonly onProgress: (progress: InstallProgress) => void;
  readonly signal: AbortSignal | undefined;
}

/** A file on disk, as received. */
export interface DownloadedFile {
  readonly path: string;
  readonly byteSize: number;
  readonly sha256: string;
  /** Commit of the hub that it is of; undefined when the hub does not say. */
  readonly commit?: string;
}

/** Longest wait for the hub's first answer; the body may take as long as it flows. */
const answerTimeoutMs = 30_000;

/**
 * Fetches one file beside its place and moves it there when its checksum is right: that of the profile, else the hub's own
 * (SHA-256 of large files, git's blob hash of small ones).
 * @throws NotFoundError when the hub has no such file
 * @throws UpstreamContractError for a wrong checksum, size or commit
 * @throws UpstreamUnavailableError when the hub cannot be reached
 */
export async function downloadFile(download: HubDownload): Promise<DownloadedFile> {
  const { hubUrl, source, file, folder, onProgress, signal } = download;
  const url = `${hubUrl}/${source.hubId ?? ''}/resolve/${source.revision ?? 'main'}/${file.path}`;
  const target = join(folder, file.path);
  const partial = `${target}.part`;
  await mkdir(dirname(target), { recursive: true });
  const { etag, commit } = await announced(url, signal);
  if (isCommit(source.revision) && commit !== undefined && commit !== source.revision) {
    throw new UpstreamContractError(
      `${url} is of the commit ${commit}, not of ${source.revision}. Nothing was installed.`,
    );
  }
  const response = await send(url, { signal: signal ?? null });
  const totalBytes = Number(response.headers.get('content-length')) || undefined;
  const sha256 = createHash('sha256');
  let receivedBytes = 0;
  const blob = createHash('sha1').update(`blob ${totalBytes ?? 0}\0`);
  const body = Readable.from(chunksOf(response));
  body.on('data', (chunk: Uint8Array) => {
    sha256.update(chunk);
    blob.update(chunk);
    receivedBytes += chunk.length;
    onProgress({ file: file.path, receivedBytes, totalBytes });
  });
  try {
    await pipeline(body, createWriteStream(partial));
    const received = {
      path: file.path,
      byteSize: receivedBytes,
      sha256: sha256.digest('hex'),
      ...(commit === undefined ? {} : { commit }),
    };
    requireChecksum(url, file, received, etag, blob.digest('hex'));
    await rename(partial, target);
    return received;
  } catch (error) {
    await rm(partial, { force: true });
    if (error instanceof UpstreamContractError || signal?.aborted === true) throw error;
    throw new UpstreamUnavailableError(`${url} broke off: ${messageOf(error)}`, {}, { cause: error });
  }
}

async function* chunksOf(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  while (reader !== undefined) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

function requireChecksum(
  url: string,
  file: ModelFile,
  received: DownloadedFile,
  etag: string | undefined,
  blobHash: string,
): void {
  const fail = (what: string): never => {
    throw new UpstreamContractError(`${url} is not what was expected: ${what}. Nothing was installed.`);
  };
  if (file.byteSize !== undefined && file.byteSize !== received.byteSize)
    fail(`${received.byteSize} bytes, not ${file.byteSize}`);
  if (file.sha256 !== undefined && file.sha256 !== received.sha256)
    fail(`SHA-256 ${received.sha256}, not ${file.sha256}`);
  if (file.sha256 !== undefined || etag === undefined) return;
  if (etag.length === 64 && etag !== received.sha256) fail(`SHA-256 ${received.sha256}, the hub says ${etag}`);
  if (etag.length === 40 && etag !== blobHash) fail(`git hash ${blobHash}, the hub says ${etag}`);
}

/** The hub's checksum and commit stand on its own answer, before it redirects to where large files lie. */
async function announced(
  url: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly etag: string | undefined; readonly commit: string | undefined }> {
  const response = await send(url, { method: 'HEAD', redirect: 'manual', signal: signal ?? null });
  const etag = response.headers.get('x-linked-etag') ?? response.headers.get('etag');
  const commit = response.headers.get('x-repo-commit') ?? undefined;
  return {
    etag: /^(?:W\/)?"?([0-9a-f]{40}|[0-9a-f]{64})"?$/u.exec(etag ?? '')?.[1],
    commit: isCommit(commit) ? commit : undefined,
  };
}

function isCommit(revision: string | undefined): revision is string {
  return /^[0-9a-f]{40}$/u.test(revision ?? '');
}

async function send(url: string, init: RequestInit): Promise<Response> {
  const patience = new AbortController();
  const timer = setTimeout(
    () => patience.abort(new Error(`no answer in ${answerTimeoutMs / 1000} s`)),
    answerTimeoutMs,
  );
  try {
    const signal = init.signal == null ? patience.signal : AbortSignal.any([patience.signal, init.signal]);
    const response = await fetch(url, { ...init, signal });
    if (response.status === 404 || response.status === 401) throw new NotFoundError(`The hub has no ${url}`);
    if (response.status >= 400) throw new UpstreamUnavailableError(`${url} answered ${response.status}`);
    return response;
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof UpstreamUnavailableError) throw error;
    throw new UpstreamUnavailableError(`${url} cannot be reached: ${messageOf(error)}`, {}, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
