import type { RankedDocument } from './model.ts';

/**
 * How the list by words and the list by meaning become one; kept per index in configuration, because short dataset records and
 * articles want different weights.
 */
export interface FusionSettings {
  /**
   * `rrf`: weighted reciprocal rank fusion (Cormack et al. 2009, doi:10.1145/1571941.1572114). `scores`: weighted sum of scores,
   * each list scaled to 0..1 over its own depth.
   */
  readonly method: 'rrf' | 'scores';
  readonly lexicalWeight: number;
  readonly semanticWeight: number;
  /** RRF's k: how fast a rank loses worth. */
  readonly k: number;
  /** Documents taken from each list. */
  readonly depth: number;
}

/** A document of the fused list, with what each list said. */
export interface FusedDocument {
  readonly id: string;
  readonly score: number;
  readonly lexical: ListEvidence | undefined;
  readonly semantic: (ListEvidence & { readonly passage: string | undefined }) | undefined;
}

/** Place and score in one list; ranks start at 1. */
export interface ListEvidence {
  readonly rank: number;
  readonly score: number;
}

/**
 * Fuses two ranked lists. Ties fall to the smaller id, so that pages never overlap.
 * @returns every document of either list, best first
 */
export function fuseRanks(
  lexical: readonly RankedDocument[],
  semantic: readonly RankedDocument[],
  settings: FusionSettings,
): readonly FusedDocument[] {
  const byWords = new Map(lexical.map((hit, index) => [hit.id, { hit, rank: index + 1 }]));
  const byMeaning = new Map(semantic.map((hit, index) => [hit.id, { hit, rank: index + 1 }]));
  const worthOfWords = worthIn(lexical, settings);
  const worthOfMeaning = worthIn(semantic, settings);
  const fused = [...new Set([...byWords.keys(), ...byMeaning.keys()])].map((id): FusedDocument => {
    const words = byWords.get(id);
    const meaning = byMeaning.get(id);
    const score =
      (words === undefined ? 0 : settings.lexicalWeight * worthOfWords(words.rank, words.hit.score)) +
      (meaning === undefined ? 0 : settings.semanticWeight * worthOfMeaning(meaning.rank, meaning.hit.score));
    return {
      id,
      score,
      lexical: words && { rank: words.rank, score: words.hit.score },
      semantic: meaning && { rank: meaning.rank, score: meaning.hit.score, passage: meaning.hit.passage },
    };
  });
  return fused.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
}

function worthIn(list: readonly RankedDocument[], settings: FusionSettings): (rank: number, score: number) => number {
  if (settings.method === 'rrf') return (rank) => 1 / (settings.k + rank);
  const best = list[0]?.score ?? 0;
  const worst = list.at(-1)?.score ?? 0;
  const spread = best - worst;
  // A list of equals says only that its documents are in it.
  return (_rank, score) => (spread > 0 ? (score - worst) / spread : 1);
}
