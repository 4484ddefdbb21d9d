import { existsSync } from 'node:fs';
import { copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { NotFoundError } from '../../kernel/errors.ts';
import type { EncoderSource, ModelFile } from '../model.ts';
import type { InstallProgress } from '../ports.ts';
import { type DownloadedFile, downloadFile } from './hub-download.ts';
import { writeInstallRecord } from './install-record.ts';

/** One network to be fetched. */
export interface NetworkInstall {
  readonly hubUrl: string;
  readonly source: EncoderSource;
  /** Folder that becomes the model folder. */
  readonly folder: string;
  readonly onProgress: (progress: InstallProgress) => void;
  readonly signal: AbortSignal | undefined;
}

/** What was fetched; `command` where the weights must still be converted. */
export interface InstalledNetwork {
  readonly files: readonly DownloadedFile[];
  /** Commit of the hub that the files are of; undefined when the hub does not say. */
  readonly commit: string | undefined;
  readonly command?: string;
}

/**
 * Fetches a network's files from the hub and records them; where the hub has PyTorch weights only, fetches these.
 * @throws NotFoundError for a network that no hub has, or a file that the hub lacks
 */
export async function installNetwork(install: NetworkInstall): Promise<InstalledNetwork> {
  const { source, folder } = install;
  if (source.hubId === undefined) {
    throw new NotFoundError(
      `${source.folder} ships with the catalog: restore models/${source.folder} from its package`,
    );
  }
  const files: DownloadedFile[] = [];
  // Weights first: whether they are there decides between installing and converting.
  const ordered = [...source.files].sort(
    (a, b) => Number(b.path.startsWith('onnx/')) - Number(a.path.startsWith('onnx/')),
  );
  try {
    for (const file of ordered) files.push(await fetchTo(install, folder, file));
    return { files, commit: await keepRecord(folder, source, files) };
  } catch (error) {
    if (!(error instanceof NotFoundError) || source.convertFrom === undefined) throw error;
  }
  const original = join(folder, 'source');
  const fetched = await fetchOriginal(install, original, source.convertFrom);
  const commit = await keepRecord(original, source, fetched);
  await copyTokenizer(original, folder);
  return { files: fetched, commit, command: `python3 models/convert/convert_encoder.py ${original} ${folder}` };
}

async function fetchOriginal(
  install: NetworkInstall,
  folder: string,
  weights: readonly string[],
): Promise<readonly DownloadedFile[]> {
  const files = [await fetchTo(install, folder, { path: 'config.json' }), await firstThere(install, folder, weights)];
  for (const path of ['tokenizer.json', 'tokenizer_config.json', 'vocab.txt']) {
    // The converter makes a tokenizer from the vocabulary where the hub has none.
    await fetchTo(install, folder, { path }).then((file) => files.push(file), ignoreAbsent);
  }
  return files;
}

async function keepRecord(
  folder: string,
  { hubId = '', revision = 'main' }: EncoderSource,
  files: readonly DownloadedFile[],
): Promise<string | undefined> {
  const commit = files.find((file) => file.commit !== undefined)?.commit;
  await writeInstallRecord(folder, {
    hubId,
    revision,
    commit,
    files: files.map(({ path, byteSize, sha256 }) => ({ path, byteSize, sha256 })),
  });
  return commit;
}

async function fetchTo(
  { hubUrl, source, onProgress, signal }: NetworkInstall,
  folder: string,
  file: ModelFile,
): Promise<DownloadedFile> {
  return await downloadFile({ hubUrl, source, file, folder, onProgress, signal });
}

async function firstThere(install: NetworkInstall, folder: string, paths: readonly string[]): Promise<DownloadedFile> {
  let absent: unknown;
  for (const path of paths) {
    try {
      return await fetchTo(install, folder, { path });
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      absent = error;
    }
  }
  throw absent;
}

function ignoreAbsent(error: unknown): void {
  if (!(error instanceof NotFoundError)) throw error;
}

async function copyTokenizer(from: string, to: string): Promise<void> {
  for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json']) {
    const source = join(from, name);
    if (!existsSync(source)) continue;
    await mkdir(dirname(join(to, name)), { recursive: true });
    await copyFile(source, join(to, name));
  }
}
