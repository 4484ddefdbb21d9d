import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, lstat, mkdir, open, readdir, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { InvalidInputError } from '../../kernel/errors.ts';
import type { RunId } from '../run-model.ts';
import type { FoundFile, RunFolders } from '../run-ports.ts';

/** Deepest nesting of folders below `outputs/` that is looked into. */
const deepest = 32;
/** Longest path that is kept, bytes. */
const longestPath = 500;
const readBytes = 1 << 16;

/** Folders of jobs below one folder: `{run}/{attempt}`. Others cannot list it, and the ids of runs are chance: a job of another user finds its own only. */
export class LocalRunFolders implements RunFolders {
  readonly #root: string;

  /** @param root - absolute; every engine must reach it under this path */
  constructor(root: string) {
    this.#root = resolve(root);
  }

  pathOf(runId: RunId, attempt: number): string {
    return join(this.#root, runId, String(attempt));
  }

  async lay(runId: RunId, attempt: number, files: Parameters<RunFolders['lay']>[2]): Promise<string> {
    const folder = this.pathOf(runId, attempt);
    if ((await lstat(folder).catch(() => undefined)) !== undefined) return folder;
    const draft = join(this.#root, runId, `draft-${randomUUID()}`);
    for (const name of ['inputs', 'program', 'outputs', 'job']) await mkdir(join(draft, name), { recursive: true });
    await chmod(this.#root, 0o711);
    for (const { path, bytes } of files) await writeFile(draft, path, bytes);
    // Somebody may have been quicker: theirs is the same, and a job may live in it already.
    await rename(draft, folder).catch(async (error: unknown) => {
      await rm(draft, { recursive: true, force: true });
      if ((await lstat(folder).catch(() => undefined)) === undefined) throw error;
    });
    return folder;
  }

  async scan(runId: RunId, attempt: number, most: number): Promise<readonly FoundFile[]> {
    const found: FoundFile[] = [];
    const root = join(this.pathOf(runId, attempt), 'outputs');
    const top = await lstat(root).catch(() => undefined);
    if (top?.isDirectory() !== true) return [{ kind: 'refused', place: 'outputs', reason: 'is no folder any more' }];
    await walk(Buffer.from(root), '', { found, most, depth: 0 });
    return found.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  }

  async *read(runId: RunId, attempt: number, path: string): AsyncIterable<Uint8Array> {
    const root = await realpath(join(this.pathOf(runId, attempt), 'outputs'));
    const place = join(root, path);
    // The folders on the way must still be what they were when they were looked at.
    if ((await realpath(dirname(place))) !== dirname(place)) throw gone(path);
    const file = await open(place, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => {
      throw gone(path);
    });
    try {
      if (!(await file.stat()).isFile()) throw gone(path);
      for (;;) {
        const { bytesRead, buffer } = await file.read(Buffer.alloc(readBytes), 0, readBytes, null);
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  }

  async remove(runId: RunId): Promise<void> {
    await rm(join(this.#root, runId), { recursive: true, force: true });
  }
}

async function writeFile(folder: string, path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const place = resolve(folder, path);
  if (!place.startsWith(folder + sep)) throw new InvalidInputError(`"${path}" leads out of the folder of its run.`);
  await mkdir(dirname(place), { recursive: true });
  const file = await open(place, 'wx', 0o444);
  try {
    for await (const chunk of bytes) await file.appendFile(chunk);
    await file.sync();
  } finally {
    await file.close();
  }
}

interface Walk {
  readonly found: FoundFile[];
  readonly most: number;
  readonly depth: number;
}

/** Names are read as bytes: Node would replace what is not UTF-8, and open another file. */
async function walk(folder: Buffer, prefix: string, { found, most, depth }: Walk): Promise<void> {
  if (depth > deepest) {
    found.push({ kind: 'refused', place: prefix, reason: `lies more than ${deepest} folders deep` });
    return;
  }
  for (const name of await readdir(folder, { encoding: 'buffer' })) {
    if (found.length > most) return;
    const place = Buffer.concat([folder, Buffer.from(sep), name]);
    const path = `${prefix}${name.toString('utf8')}`;
    const fault = faultOfName(name, path);
    const stat = await lstat(place);
    if (fault !== undefined) found.push({ kind: 'refused', place: printable(path), reason: fault });
    else if (stat.isDirectory()) await walk(place, `${path}/`, { found, most, depth: depth + 1 });
    else if (!stat.isFile()) found.push({ kind: 'refused', place: path, reason: 'is no plain file' });
    else if (stat.nlink > 1)
      found.push({ kind: 'refused', place: path, reason: 'has a second name elsewhere (hard link)' });
    else found.push({ kind: 'file', path, byteSize: stat.size });
  }
}

function faultOfName(name: Buffer, path: string): string | undefined {
  if (!Buffer.from(name.toString('utf8')).equals(name)) return 'has a name that is not UTF-8';
  if (/[\u0000-\u001f\u007f\\]/u.test(path)) return 'has a control character or a backslash in its name';
  if (Buffer.byteLength(path) > longestPath) return `has a path of more than ${longestPath} bytes`;
  return undefined;
}

function printable(path: string): string {
  return path.replaceAll(/[\u0000-\u001f\u007f]/gu, '\ufffd').slice(0, 200);
}

function keyOf(found: FoundFile): string {
  return found.kind === 'file' ? found.path : found.place;
}

function gone(path: string): InvalidInputError {
  return new InvalidInputError(`The output "${path}" was a plain file and is none any more.`);
}
