import type { XnatServer } from './ports.ts';
import { digestOf, type FilesToStore, heldFiles, prove } from './store-files.ts';
import type { TransferSummary } from './transfer-files.ts';

/** How files of ours and of a resource compare; nothing is written. */
export interface FileComparison {
  readonly same: readonly (TransferSummary & { readonly path: string })[];
  readonly absent: readonly string[];
  readonly different: readonly string[];
}

/** Compares our files with those of a resource by digest, and where the server gives none, by their bytes. Throws as XnatServer. */
export async function compareFiles(
  server: XnatServer,
  options: Pick<FilesToStore, 'item' | 'resource' | 'files'>,
  signal: AbortSignal,
): Promise<FileComparison> {
  const same: (TransferSummary & { path: string })[] = [];
  const absent: string[] = [];
  const different: string[] = [];
  const held = await heldFiles(server, options, signal);
  for (const { path, open } of options.files) {
    const row = held.get(path);
    if (row === undefined) {
      absent.push(path);
      continue;
    }
    const ours = await digestOf(open);
    if ((await prove(server, { ...options, row }, ours, signal)).same) same.push({ path, ...ours });
    else different.push(path);
  }
  return { same, absent, different };
}
