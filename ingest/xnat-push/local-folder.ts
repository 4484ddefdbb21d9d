import { createReadStream } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { InvalidInputError, messageOf } from '../../src/kernel/errors.ts';
import type { FileToStore } from '../../src/xnat/index.ts';
import { toLabel } from './xnat-names.ts';

/** A folder whose files are pushed: one folder a subject. */
export interface LocalFolder {
  /** Real path, links resolved. */
  readonly root: string;
  /** Whether it is laid out as BIDS (it has a dataset_description.json); else as `subject/session/scan/…`. */
  readonly bids: boolean;
  /** Names of the folders in it, one a subject, by the label they have in XNAT. */
  readonly subjects: ReadonlyMap<string, readonly string[]>;
  /** Files in the folder itself. */
  readonly files: readonly string[];
}

/** A file below a subject's folder, or why it cannot be read. */
export type LocalFile =
  | (FileToStore & { readonly parts: readonly string[] })
  | { readonly path: string; readonly unreadable: string };

/** Opens a folder. @throws InvalidInputError when it cannot be read */
export async function openLocalFolder(path: string): Promise<LocalFolder> {
  try {
    const root = await realpath(path);
    const entries = (await readdir(root, { withFileTypes: true })).filter((entry) => !entry.name.startsWith('.'));
    const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
    const bids = files.includes('dataset_description.json');
    const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    // Other folders of a BIDS dataset (derivatives, sourcedata, code, stimuli) are nobody's.
    const named = folders.filter((name) => !bids || name.startsWith('sub-')).sort();
    const subjects = Map.groupBy(named, toLabel);
    return { root, bids, subjects, files: files.sort() };
  } catch (cause) {
    throw new InvalidInputError(
      `The folder ${path} cannot be read: ${messageOf(cause)}`,
      { fields: ['files'] },
      { cause },
    );
  }
}

/**
 * Files below one of the folder's folders, in order of their names; their `path` and `parts` begin below it. Names that begin
 * with a dot are passed over. Links are followed as far as they stay in the folder.
 */
export async function* filesBelow({ root }: LocalFolder, below: string): AsyncGenerator<LocalFile> {
  const start = join(root, below);
  const entries = await readdir(start, { recursive: true, withFileTypes: true });
  const found = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(
      (path) =>
        !relative(start, path)
          .split(sep)
          .some((part) => part.startsWith('.')),
    );
  for (const path of found.sort()) yield await localFile(root, start, path);
}

/** A file of the folder itself. */
export async function fileAt({ root }: LocalFolder, name: string): Promise<LocalFile> {
  return await localFile(root, root, join(root, name));
}

async function localFile(root: string, start: string, path: string): Promise<LocalFile> {
  const parts = relative(start, path).split(sep);
  const shown = relative(root, path).split(sep).join('/');
  try {
    const target = await realpath(path);
    if (!target.startsWith(`${root}${sep}`)) return { path: shown, unreadable: 'is a link out of the folder' };
    if (!(await stat(target)).isFile()) return { path: shown, unreadable: 'is not a file' };
    return { path: parts.join('/'), parts, open: () => createReadStream(target) };
  } catch {
    return { path: shown, unreadable: 'is a link to content that was not fetched' };
  }
}
