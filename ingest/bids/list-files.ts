import { lstat, readdir, readlink, realpath, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';

/** A file of a BIDS folder, or a folder that is one recording (CTF's `.ds`, Zarr). */
export interface BidsFile {
  /** Path below the folder that was listed, with `/`. */
  readonly path: string;
  readonly byteSize: number;
  readonly fileCount: number;
}

/** A BIDS folder on disk. */
export interface BidsFolder {
  /** Real path, links resolved. */
  readonly root: string;
  /** Links that lead out of the folder, or to folders: neither is followed. */
  readonly passedOver: string[];
}

/** Opens a folder. */
export async function openFolder(path: string): Promise<BidsFolder> {
  return { root: await realpath(path), passedOver: [] };
}

/**
 * Files below a folder, depth first, in order of their names.
 * @param below - path below the root
 */
export async function* listFiles(folder: BidsFolder, below: string): AsyncGenerator<BidsFile> {
  const entries = await readdir(join(folder.root, below), { withFileTypes: true });
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue;
    const path = `${below}/${entry.name}`;
    if (entry.isDirectory()) {
      if (entry.name.includes('.')) yield await asOneFile(folder, path);
      else yield* listFiles(folder, path);
    } else if (entry.isSymbolicLink()) {
      const byteSize = await sizeOfLink(folder, path);
      if (byteSize === undefined) folder.passedOver.push(path);
      else yield { path, byteSize, fileCount: 1 };
    } else if (entry.isFile()) {
      yield { path, byteSize: (await lstat(join(folder.root, path))).size, fileCount: 1 };
    }
  }
}

async function asOneFile(folder: BidsFolder, path: string): Promise<BidsFile> {
  let byteSize = 0;
  let fileCount = 0;
  const walk = async (below: string): Promise<void> => {
    for (const entry of await readdir(join(folder.root, below), { withFileTypes: true })) {
      const inner = `${below}/${entry.name}`;
      if (entry.isDirectory()) await walk(inner);
      else if (entry.isFile()) {
        byteSize += (await lstat(join(folder.root, inner))).size;
        fileCount += 1;
      }
    }
  };
  await walk(path);
  return { path, byteSize, fileCount };
}

/**
 * Bytes of the file a link leads to. DataLad keeps files as links into `.git/annex`, whose names say the size even where the
 * content was not fetched (git-annex, "key format").
 */
async function sizeOfLink(folder: BidsFolder, path: string): Promise<number | undefined> {
  const link = join(folder.root, path);
  const named = await readlink(link);
  try {
    const target = await realpath(link);
    const found = await stat(target);
    return isInside(folder.root, target) && found.isFile() ? found.size : undefined;
  } catch {
    const size = /(?:^|\/)[A-Z0-9_]+(?:-[a-zA-Z]\d+)*?-s(\d+)(?:-[a-zA-Z]\d+)*--/.exec(named)?.[1];
    return isInside(folder.root, resolve(dirname(link), named)) && size !== undefined ? Number(size) : undefined;
  }
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`);
}
