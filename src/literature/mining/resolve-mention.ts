import { lettersOf } from './gazetteer-index.ts';
import type { Gazetteer, GazetteerEntry, MinedDataset, Resolution } from './model.ts';
import { nameWords, wordOverlap } from './name-forms.ts';

/** What is resolved: a dataset as a paper, or a cluster of papers, tells it. */
export type Resolvable = Pick<MinedDataset, 'key' | 'name' | 'acronym' | 'entry' | 'identifiers'>;

/** From here on two names are one dataset's… */
const leastScore = 0.75;
/** …if the next best is so much worse. */
const leastMargin = 0.15;

/**
 * Which known dataset is meant: by identifier, else by name with a margin. Below it the dataset is new, and a person decides; the near
 * ones are named.
 */
export function resolveMention(dataset: Resolvable, gazetteer: Gazetteer): Resolution {
  const known = gazetteer.entries.find(({ key }) => key === dataset.entry);
  if (known !== undefined) return { kind: 'ENTRY', entry: known, score: 1, by: 'entry' };
  const identifiers = new Set([dataset.key, ...dataset.identifiers].map(plainIdentifier));
  const identified = gazetteer.entries.find((entry) =>
    entry.identifiers.some((own) => identifiers.has(plainIdentifier(own))),
  );
  if (identified !== undefined) return { kind: 'ENTRY', entry: identified, score: 1, by: 'identifier' };
  const ranked = gazetteer.entries
    .map((entry) => ({ entry, score: nameScore(dataset, entry) }))
    .filter(({ score }) => score >= 0.4)
    .sort((a, b) => b.score - a.score || (a.entry.key < b.entry.key ? -1 : 1));
  const [best, second] = ranked;
  if (best !== undefined && best.score >= leastScore && best.score - (second?.score ?? 0) >= leastMargin)
    return { kind: 'ENTRY', entry: best.entry, score: best.score, by: 'name' };
  return { kind: 'NEW', similar: ranked.slice(0, 5) };
}

function nameScore({ name, acronym }: Resolvable, entry: GazetteerEntry): number {
  const words = nameWords(name);
  const overlap = Math.max(...[entry.title, ...entry.aliases].map((known) => wordOverlap(words, nameWords(known))));
  const short = lettersOf(acronym ?? name).toLowerCase();
  const sameShort = short.length >= 3 && entry.acronyms.some((own) => lettersOf(own).toLowerCase() === short);
  // An acronym alone is shared by too many things: it lifts a name that is near, and is no more than a hint without.
  if (!sameShort) return overlap;
  return words.length < 2 ? Math.max(overlap, 0.6) : Math.min(1, overlap + 0.3);
}

/** `https://doi.org/10.1` and `doi:10.1` are one identifier. */
export function plainIdentifier(identifier: string): string {
  return identifier
    .toLowerCase()
    .replace(/^(url:)?(https?:\/\/)?(www\.)?/, '')
    .replace(/^(dx\.)?doi\.org\//, 'doi:')
    .replace(/[/#?]+$/, '');
}
