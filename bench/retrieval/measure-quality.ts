import type { Embedder } from '../../src/embedding/index.ts';
import { type FusionSettings, fuseRanks, type Narrowing, type TextIndex } from '../../src/retrieval/index.ts';
import type { Figure } from '../figure.ts';
import { judged, round } from '../judge-figure.ts';
import type { Collection } from './collections.ts';
import { mean, ndcgAt10, pairedInterval, recallAt, reciprocalRank } from './ranking-measures.ts';

/**
 * Equal weights, scores scaled per list; the same for every collection. The best of the settings that `choose-fusion.ts` tries on
 * SciFact's 809 training claims; the 300 test claims took no part.
 */
export const articleFusion: FusionSettings = {
  method: 'scores',
  lexicalWeight: 0.5,
  semanticWeight: 0.5,
  k: 20,
  depth: 100,
};

/** Ranked ids per question, by each way of searching. */
export interface Rankings {
  readonly lexical: readonly (readonly string[])[];
  readonly semantic: readonly (readonly string[])[];
  readonly fused: readonly (readonly string[])[];
  readonly rrf: readonly (readonly string[])[];
}

/** Asks all questions of a collection, within the documents of that collection or among all. */
export async function rankAll(
  index: TextIndex,
  embedder: Embedder,
  collection: Collection,
  within?: string,
): Promise<Rankings> {
  const where =
    within === undefined
      ? ({ kind: 'all', of: [] } as const)
      : ({ kind: 'anyOf', field: 'collection', values: [within] } as const);
  const narrowing: Narrowing = { scope: { kind: 'all' }, where, selections: [] };
  const { hash } = await embedder.identity();
  const texts = collection.questions.map(({ text }) => text);
  const vectors = await embedder.embed(texts, 'query');
  const rankings = {
    lexical: [] as string[][],
    semantic: [] as string[][],
    fused: [] as string[][],
    rrf: [] as string[][],
  };
  const { depth } = articleFusion;
  for (const [position, text] of texts.entries()) {
    const vector = vectors[position] ?? new Float32Array();
    const lexical = await index.lexical({ ...narrowing, text, synonyms: [], depth });
    const semantic = await index.nearest({ ...narrowing, vector, encoderHash: hash, depth });
    const ids = (list: readonly { readonly id: string }[]): string[] => list.map(({ id }) => id);
    rankings.lexical.push(ids(lexical));
    rankings.semantic.push(ids(semantic));
    rankings.fused.push(ids(fuseRanks(lexical, semantic, articleFusion)));
    rankings.rrf.push(ids(fuseRanks(lexical, semantic, { ...articleFusion, method: 'rrf' })));
  }
  return rankings;
}

/** SciFact's figures for one engine. */
export function scifactFigures(engine: string, rankings: Rankings, { questions }: Collection): readonly Figure[] {
  const ndcg = (lists: readonly (readonly string[])[]): readonly number[] =>
    lists.map((ids, index) => ndcgAt10(ids, questions[index]?.judgements ?? new Map()));
  const [lexical, semantic, fused, rrf] = [rankings.lexical, rankings.semantic, rankings.fused, rankings.rrf].map(ndcg);
  const [words, meaning, both, ranks] = [lexical ?? [], semantic ?? [], fused ?? [], rrf ?? []];
  const best = mean(words) > mean(meaning) ? words : meaning;
  const [low, high] = pairedInterval(both, best);
  const recall = mean(
    rankings.fused.map((ids, index) => recallAt(100, ids, questions[index]?.judgements ?? new Map())),
  );
  const unit = 'nDCG@10';
  const named = (name: string, value: number) => ({ name: `${engine} SciFact ${name}`, value: round(value, 4), unit });
  const bestMean = round(mean(best), 4);
  return [
    judged(named('BM25 alone', mean(words)), { atLeast: 0.675 }),
    judged(named('dense alone', mean(meaning)), { atLeast: 0.64 }),
    judged(named('fused', mean(both)), { atLeast: 0.705 }),
    judged(named('fused, goal beyond', mean(both)), { atLeast: 0.74 }),
    named('fused by RRF k 20', mean(ranks)),
    judged(
      { ...named('fused minus best single', mean(both) - bestMean), rival: 'best single', rivalValue: bestMean },
      { atLeast: 0.015 },
    ),
    judged(named('fused minus best single, low end of the 95 % paired bootstrap', low), { atLeast: 0 }),
    named('fused minus best single, high end', high),
    judged({ ...named('fused', recall), unit: 'R@100' }, { atLeast: 0.945 }),
  ];
}

/** PubMedQA's one figure: a smoke test, since each question comes from its document. */
export function pubmedqaFigure(engine: string, rankings: Rankings, { questions }: Collection): Figure {
  const value = mean(
    rankings.fused.map((ids, index) => reciprocalRank(ids, questions[index]?.judgements ?? new Map())),
  );
  return judged(
    { name: `${engine} PubMedQA fused among 6,183`, value: round(value, 4), unit: 'MRR' },
    { atLeast: 0.97 },
  );
}
