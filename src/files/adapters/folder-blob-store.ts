import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { InvalidInputError, LimitExceededError, NotFoundError, UpstreamContractError } from '../../kernel/errors.ts';
import type { BlobStore, StoredBlob } from '../ports.ts';

/** Half-written files older than this are of processes that were killed. */
const abandonedMs = 24 * 3_600_000;
const digestForm = /^[0-9a-f]{64}$/;

/**
 * Blobs as files of a folder, `ab/cdef…`, read-only. A blob is written beside its place, flushed to the disk and renamed: a reader
 * meets whole files only, whatever is killed. Any number of processes may share the folder.
 */
export class FolderBlobStore implements BlobStore {
  readonly #root: string;
  #swept: Promise<void> | undefined;

  /** @param root - made when it is absent */
  constructor(root: string) {
    this.#root = root;
  }

  async put(
    bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
    { maxBytes, signal }: { readonly maxBytes?: number; readonly signal?: AbortSignal } = {},
  ): Promise<StoredBlob> {
    const folder = join(this.#root, 'tmp');
    await mkdir(folder, { recursive: true });
    await (this.#swept ??= sweep(folder));
    const path = join(folder, randomUUID());
    try {
      const blob = await writeFlushed(path, bytes, { maxBytes, signal });
      const place = this.#pathOf(blob.sha256);
      await mkdir(dirname(place), { recursive: true });
      // Over what may be there: the same bytes, or what is left of them on a faulty disk.
      await rename(path, place);
      await flushFolder(dirname(place));
      return blob;
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
  }

  async *read(sha256: string): AsyncIterable<Uint8Array> {
    const blob = await this.find(sha256);
    if (blob === undefined) throw new NotFoundError(`No bytes with the SHA-256 ${sha256} are stored here.`, { sha256 });
    const digest = createHash('sha256');
    let held: Uint8Array | undefined;
    for await (const chunk of createReadStream(this.#pathOf(sha256)) as AsyncIterable<Buffer>) {
      digest.update(chunk);
      if (held !== undefined) yield held;
      held = chunk;
    }
    if (digest.digest('hex') !== sha256)
      throw new UpstreamContractError(
        `The stored bytes with the SHA-256 ${sha256} were changed on the disk: bring the file back from a backup.`,
        { sha256 },
      );
    if (held !== undefined) yield held;
  }

  async find(sha256: string): Promise<StoredBlob | undefined> {
    const found = await stat(this.#pathOf(sha256)).catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    });
    return found === undefined ? undefined : { sha256, byteSize: found.size };
  }

  #pathOf(sha256: string): string {
    if (!digestForm.test(sha256)) throw new InvalidInputError('A digest is 64 lower-case hex digits.', { sha256 });
    return join(this.#root, sha256.slice(0, 2), sha256.slice(2));
  }
}

async function writeFlushed(
  path: string,
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  limits: { readonly maxBytes: number | undefined; readonly signal: AbortSignal | undefined },
): Promise<StoredBlob> {
  const digest = createHash('sha256');
  let byteSize = 0;
  const file = await open(path, 'wx', 0o444);
  try {
    for await (const chunk of bytes) {
      limits.signal?.throwIfAborted();
      byteSize += chunk.byteLength;
      if (limits.maxBytes !== undefined && byteSize > limits.maxBytes)
        throw new LimitExceededError(`There are more than the ${limits.maxBytes} bytes that may be stored here.`, {
          limit: 'bytes',
          allowed: limits.maxBytes,
        });
      digest.update(chunk);
      // Not `write`, which may write a part of it.
      await file.appendFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { sha256: digest.digest('hex'), byteSize };
}

/** The rename itself is on the disk only when its folder is. */
async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > abandonedMs) await rm(path, { force: true });
  }
}
