import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { link, mkdir, open, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseExitMarker } from '../job-marker.ts';
import type { EndedJob, LogSlice } from '../model.ts';
import type { LogRequest } from '../ports.ts';

/** A marker never needs more. */
const markerBytes = 65_536;

/** Path of one of the engine's own files of a job. */
export function jobFile(folder: string, name: string): string {
  return join(folder, 'job', name);
}

/** Makes the engine's own folder of a job, and the one for outputs. */
export async function makeJobFolder(folder: string): Promise<void> {
  await mkdir(join(folder, 'job'), { recursive: true });
  await mkdir(join(folder, 'outputs'), { recursive: true });
}

/** The end of a job by its marker; undefined when there is none, or none that can be read. */
export async function readExitMarker(folder: string): Promise<EndedJob | undefined> {
  const bytes = await readPiece(folder, 'exit.json', { offset: 0, limitBytes: markerBytes });
  return bytes.length === 0 ? undefined : parseExitMarker(bytes.toString('utf8'));
}

/** A piece of a job's log. */
export async function readLog(folder: string, request: LogRequest): Promise<LogSlice> {
  const bytes = await readPiece(folder, `${request.stream}.log`, request);
  return { bytes, nextOffset: request.offset + bytes.length };
}

/**
 * A job without a sandbox may have put anything here: a link to a file of ours, a pipe that never ends. Neither is followed.
 * @returns nothing where there is no plain file
 */
async function readPiece(
  folder: string,
  name: string,
  piece: { readonly offset: number; readonly limitBytes: number },
): Promise<Buffer> {
  try {
    const own = await realpath(join(folder, 'job'));
    if (own !== join(await realpath(folder), 'job')) return Buffer.alloc(0);
    const file = await open(join(own, name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { size } = await file.stat().then((stat) => (stat.isFile() ? stat : { size: 0 }));
      const length = Math.max(0, Math.min(piece.limitBytes, size - piece.offset));
      const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, piece.offset);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isAbsent(error)) return Buffer.alloc(0);
    throw error;
  }
}

/** Writes a file so that readers see all of it or nothing. */
export async function writeWhole(path: string, content: string): Promise<void> {
  const part = `${path}.${randomUUID()}`;
  await writeFile(part, content, { mode: 0o600 });
  await rename(part, path);
}

/** Like `writeWhole`, unless the file is there. @returns whether it was written */
export async function writeOnce(path: string, content: string): Promise<boolean> {
  const part = `${path}.${randomUUID()}`;
  await writeFile(part, content, { mode: 0o600 });
  try {
    await link(part, path);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(part, { force: true });
  }
}

/** A small file's text; undefined when it is not there. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'].includes(errorCode(error));
}

/** The system's code of an error, such as `ENOENT`; empty when it has none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
