import type { DatasetId } from '../kernel/ids.ts';
import { datasetIdOf } from '../kernel/ids.ts';
import type { GazetteerEntry } from './mining/model.ts';

/** Marks entries of well-known datasets that the catalog does not have: no slug holds a slash. */
const elsewhere = 'known/';

/** Whether an entry is a dataset of the catalog. */
export function isOfCatalog(key: string): boolean {
  return !key.startsWith(elsewhere);
}

/** The dataset of an entry; undefined for one that is only known by name. */
export function datasetOfEntry(key: string): DatasetId | undefined {
  return isOfCatalog(key) ? datasetIdOf(key) : undefined;
}

/**
 * Entries of the catalog, with what well-known datasets of the same name are called besides, and the well-known ones that the catalog
 * does not have: these are recognised, too, and become candidates.
 */
export function withKnownDatasets(
  own: readonly GazetteerEntry[],
  known: readonly GazetteerEntry[],
): readonly GazetteerEntry[] {
  const byName = new Map(own.flatMap((entry) => namesOf(entry).map((name) => [name, entry.key] as const)));
  const twins = new Map<string, GazetteerEntry>();
  const others: GazetteerEntry[] = [];
  for (const entry of known) {
    const twin = [entry.key, ...namesOf(entry)].map((name) => byName.get(name)).find((key) => key !== undefined);
    if (twin === undefined) others.push({ ...entry, key: `${elsewhere}${entry.key}` });
    else twins.set(twin, entry);
  }
  const merged = own.map((entry) => {
    const twin = twins.get(entry.key);
    return twin === undefined ? entry : mergeEntries(entry, twin);
  });
  return [...merged, ...others];
}

function mergeEntries(own: GazetteerEntry, twin: GazetteerEntry): GazetteerEntry {
  const unite = (one: readonly string[], other: readonly string[]): readonly string[] => [
    ...new Set([...one, ...other]),
  ];
  return {
    ...own,
    aliases: unite(own.aliases, [twin.title, ...twin.aliases]),
    acronyms: unite(own.acronyms, twin.acronyms),
    identifiers: unite(own.identifiers, twin.identifiers),
  };
}

function namesOf({ key, title, acronyms }: GazetteerEntry): readonly string[] {
  return [key, title, ...acronyms].map((name) => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, ''));
}
