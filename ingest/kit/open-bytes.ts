import { createHash } from 'node:crypto';
import { createReadStream, existsSync, type Stats } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { InvalidInputError, messageOf } from '../../src/kernel/errors.ts';

/** A file that can be read from its beginning. */
export interface ByteSource {
  /** As a person is told. */
  readonly name: string;
  /** Name, size and SHA-256 of the head: a file that changed is another one. */
  readonly identity: string;
  /** Size as stored, packed or not; 0 where it is not known. */
  readonly byteSize: number;
  /** The bytes as stored. */
  open(signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

const headBytes = 65_536;

/**
 * A file on this machine.
 * @throws InvalidInputError when it cannot be read
 */
export async function fileSource(path: string): Promise<ByteSource> {
  try {
    const handle = await open(path);
    try {
      const { size } = await handle.stat();
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
      const hash = createHash('sha256').update(buffer.subarray(0, bytesRead)).digest('hex');
      return {
        name: path,
        identity: `${basename(path)} ${size} ${hash}`,
        byteSize: size,
        open: (signal) => createReadStream(path, { highWaterMark: 262_144, ...(signal && { signal }) }),
      };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new InvalidInputError(`The file ${path} cannot be read: ${messageOf(error)}.`, {}, { cause: error });
  }
}

/** Which files of a folder are meant. */
export interface FileKind {
  readonly fits: RegExp;
  /** What such files are called, in words. */
  readonly called: string;
}

/**
 * The files of paths, in the order given; a folder stands for the files in and below it whose names fit, by name.
 * @throws InvalidInputError when a path is missing, or a folder holds none
 */
export async function listFiles(paths: readonly string[], { fits, called }: FileKind): Promise<readonly string[]> {
  const files: string[] = [];
  for (const path of paths) {
    if (!(await statOf(path)).isDirectory()) {
      files.push(path);
      continue;
    }
    const inside = (await filesBelow(path, fits)).toSorted();
    if (inside.length === 0) throw new InvalidInputError(`The folder ${path} holds no file called ${called}.`);
    files.push(...inside);
  }
  return files;
}

/** Links stand for what they lead to; a folder that is met again, as by a link to one above it, is read once. */
async function filesBelow(folder: string, fits: RegExp, seen = new Set<string>()): Promise<readonly string[]> {
  const real = await realpath(folder);
  if (seen.has(real)) return [];
  seen.add(real);
  const files: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    // A link that leads nowhere is a fault only where a file was wanted.
    const met = entry.isSymbolicLink() && (fits.test(entry.name) || existsSync(path)) ? await statOf(path) : entry;
    if (met.isDirectory()) files.push(...(await filesBelow(path, fits, seen)));
    else if (met.isFile() && fits.test(entry.name)) files.push(path);
  }
  return files;
}

async function statOf(path: string): Promise<Stats> {
  return await stat(path).catch((error: unknown) => {
    throw new InvalidInputError(`${path} cannot be read: ${messageOf(error)}.`, {}, { cause: error });
  });
}

/**
 * Bytes unpacked where they are gzip, of one member or several.
 * @param onRead - told how many bytes were read, as stored
 * @throws InvalidInputError when the gzip data are damaged or end too soon
 */
export async function* unpacked(
  source: ByteSource,
  options: { readonly signal?: AbortSignal | undefined; readonly onRead?: (bytes: number) => void } = {},
): AsyncGenerator<Uint8Array> {
  let read = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source.open(options.signal)) {
      read += chunk.byteLength;
      options.onRead?.(read);
      yield chunk;
    }
  }
  const bytes = counted();
  const first = await bytes.next();
  if (first.done === true) return;
  const whole = prepended(first.value, bytes);
  if (first.value[0] !== 0x1f || first.value[1] !== 0x8b) {
    yield* whole;
    return;
  }
  const input = Readable.from(whole);
  const gunzip = createGunzip({ chunkSize: 262_144 });
  input.once('error', (error) => gunzip.destroy(error));
  try {
    for await (const chunk of input.pipe(gunzip)) if (chunk instanceof Uint8Array) yield chunk;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (!code.startsWith('Z_')) throw error;
    const fault = code === 'Z_BUF_ERROR' ? 'ends in the middle of its gzip data: it was cut short' : 'is damaged gzip';
    throw new InvalidInputError(
      `${source.name} ${fault} (${read} bytes were read). Fetch it again.`,
      {},
      { cause: error },
    );
  } finally {
    input.destroy();
    gunzip.destroy();
  }
}

async function* prepended(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}
