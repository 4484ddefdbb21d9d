import { createHash } from 'node:crypto';
import { z } from 'zod';
import { UpstreamContractError, UpstreamUnavailableError } from '../kernel/errors.ts';
import { isLoginPage } from './broken-answer.ts';
import { dataPath, encodeFilePath, type ItemAddress, itemSegments } from './paths.ts';
import type { TextReply, XnatServer } from './ports.ts';

/** A file's place: item, resource (id or label), path below it. */
export interface FileAddress extends ItemAddress {
  readonly resource: string;
  readonly path: string;
}

/** A download in progress. */
export interface Download {
  /** Bytes as they come; the digest and size below are known once it is read to the end. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Resolves at the end of `bytes`: MD5 in hex (XNAT's own digest), SHA-256 in hex, and the size. Rejects with its error. */
  readonly summary: Promise<TransferSummary>;
}

/** What went over the wire. */
export interface TransferSummary {
  readonly md5: string;
  readonly sha256: string;
  readonly byteSize: number;
}

/** What became of an upload. */
export type UploadOutcome =
  | ({ readonly state: 'sent' } & TransferSummary)
  /** The file was there and `overwrite` was not asked for. XNAT answers this with status 200; nothing was stored. */
  | ({ readonly state: 'duplicate'; readonly duplicates: readonly string[] } & TransferSummary);

const addressPath = (address: FileAddress): string =>
  `${dataPath(...itemSegments(address), 'resources', address.resource, 'files')}/${encodeFilePath(address.path)}`;

/**
 * Streams a file out of XNAT. Nothing is held in memory.
 * @throws UpstreamUnavailableError when fewer bytes come than the server announced; others as XnatServer
 */
export async function downloadFile(server: XnatServer, address: FileAddress, signal: AbortSignal): Promise<Download> {
  const request = { operation: 'files.download', method: 'GET', path: addressPath(address) } as const;
  const reply = await server.stream(request, signal);
  const announced = reply.headers['content-encoding'] === undefined ? reply.headers['content-length'] : undefined;
  const settled = Promise.withResolvers<TransferSummary>();
  settled.promise.catch(() => undefined); // a caller who only reads `bytes` gets the error there
  async function* measured(): AsyncIterable<Uint8Array> {
    const meter = createMeter();
    try {
      for await (const chunk of reply.bytes) {
        meter.add(chunk);
        yield chunk;
      }
      const summary = meter.summary();
      if (announced !== undefined && Number(announced) !== summary.byteSize) {
        throw new UpstreamUnavailableError(`the download ended after ${summary.byteSize} of ${announced} bytes`);
      }
      settled.resolve(summary);
    } catch (error) {
      settled.reject(error);
      throw error;
    } finally {
      settled.reject(new UpstreamUnavailableError('the download was left before its end'));
    }
  }
  return { bytes: measured(), summary: settled.promise };
}

/** A file to be stored. */
export interface Upload extends FileAddress {
  /** Opened once per attempt; must give the same bytes each time. */
  readonly open: () => AsyncIterable<Uint8Array>;
  /** Sent as Content-Length where known; XNAT refuses a body of zero bytes. */
  readonly byteSize?: number | undefined;
  /** Replace a file of that name. Without it a file of that name is left alone and the outcome is `duplicate`. */
  readonly overwrite: boolean;
  readonly format?: string | undefined;
  readonly content?: string | undefined;
  readonly tags?: string | undefined;
}

/**
 * Streams a file into a resource (`PUT …/files/{path}`). Only with `overwrite` is the request repeatable, so only then does
 * the transport retry it. XNAT says nothing about what it stored: read the digest back before believing.
 * @throws InvalidInputError for a body of zero bytes (XNAT answers 400)
 */
export async function uploadFile(server: XnatServer, upload: Upload, signal: AbortSignal): Promise<UploadOutcome> {
  let meter = createMeter();
  async function* measured(): AsyncIterable<Uint8Array> {
    meter = createMeter();
    for await (const chunk of upload.open()) {
      meter.add(chunk);
      yield chunk;
    }
  }
  const duplicates = await server.send(
    {
      operation: 'files.upload',
      method: 'PUT',
      path: addressPath(upload),
      query: {
        ...(upload.overwrite ? { overwrite: true } : {}),
        format: upload.format,
        content: upload.content,
        tags: upload.tags,
      },
      body: { kind: 'stream', contentType: 'application/octet-stream', open: measured, byteSize: upload.byteSize },
      idempotent: upload.overwrite,
      read: parseUploadReply,
    },
    signal,
  );
  const summary = meter.summary();
  if (upload.byteSize !== undefined && upload.byteSize !== summary.byteSize) {
    throw new UpstreamContractError(`announced ${upload.byteSize} bytes and sent ${summary.byteSize}`, {
      path: upload.path,
    });
  }
  return duplicates.length === 0 ? { state: 'sent', ...summary } : { state: 'duplicate', duplicates, ...summary };
}

/** Deletes one file. @throws NotFoundError when it is not there */
export async function deleteFile(server: XnatServer, address: FileAddress, signal: AbortSignal): Promise<void> {
  const request = {
    operation: 'files.delete',
    method: 'DELETE',
    path: addressPath(address),
    read: () => undefined,
  } as const;
  await server.send(request, signal);
}

const duplicatesSchema = z.object({ duplicates: z.array(z.string()) });

function parseUploadReply(reply: TextReply): readonly string[] {
  const text = reply.text.trim();
  if (isLoginPage(text)) throw new UpstreamContractError('XNAT answered an upload with its login page');
  if (!text.startsWith('{')) return [];
  try {
    const parsed = duplicatesSchema.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data.duplicates : [];
  } catch (cause) {
    throw new UpstreamContractError(
      'XNAT answered an upload with broken JSON',
      { text: text.slice(0, 200) },
      { cause },
    );
  }
}

function createMeter() {
  const md5 = createHash('md5');
  const sha256 = createHash('sha256');
  let byteSize = 0;
  return {
    add(chunk: Uint8Array): void {
      md5.update(chunk);
      sha256.update(chunk);
      byteSize += chunk.byteLength;
    },
    summary: (): TransferSummary => ({ md5: md5.digest('hex'), sha256: sha256.digest('hex'), byteSize }),
  };
}
