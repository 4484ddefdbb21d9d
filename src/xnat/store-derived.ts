import type { XnatServer } from './ports.ts';
import { type FilesToStore, type StoreFilesReport, storeFiles } from './store-files.ts';
import { type ItemToStore, type StoredItem, storeItem } from './store-item.ts';

/** A result to be put back: an assessor of a session, or a session of its own, with the files that make it up. */
export interface DerivedToStore extends ItemToStore {
  readonly resources: readonly Pick<FilesToStore, 'resource' | 'files' | 'format' | 'content'>[];
}

/** What became of a result; complete when no file failed. */
export interface StoredDerived {
  readonly item: StoredItem;
  readonly resources: readonly (StoreFilesReport & { readonly resource: string })[];
  readonly complete: boolean;
}

/**
 * Stores an assessor (`…/experiments/E/assessors/LABEL`) or derived session and its files, each read back before it is reported.
 * Running it again leads to the same: nothing is doubled. Throws as {@link storeItem} and {@link storeFiles}.
 */
export async function storeDerived(
  server: XnatServer,
  derived: DerivedToStore,
  signal: AbortSignal,
): Promise<StoredDerived> {
  const { address, overwrite } = derived;
  const item = await storeItem(server, derived, signal);
  const resources: (StoreFilesReport & { resource: string })[] = [];
  for (const one of derived.resources) {
    const report = await storeFiles(server, { ...one, item: address, overwrite }, signal);
    resources.push({ resource: one.resource, ...report });
  }
  return { item, resources, complete: resources.every(({ failed }) => failed.length === 0) };
}
