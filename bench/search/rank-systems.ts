import { guest, readScopeOf } from '../../src/access/index.ts';
import type { Embedder } from '../../src/embedding/index.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { fuseRanks, type Narrowing, type RankedDocument, type TextIndex } from '../../src/retrieval/index.ts';
import { type DatasetIndex, searchDatasets } from '../../src/search/index.ts';
import { indexScopeOf } from '../../src/search/project-dataset.ts';
import { rankSettings } from '../../src/search/rank-datasets.ts';
import type { SearchCollection } from './open-collection.ts';

/** What each way of searching answers to one question: slugs, best first. */
export interface SystemAnswers {
  /** BM25 over the record's own words, without what the vocabulary adds to them. */
  readonly words: readonly string[];
  readonly meaning: readonly string[];
  /** Both lists, scores scaled and weighted. */
  readonly fused: readonly string[];
  /** The catalog's search as its callers have it. */
  readonly whole: readonly string[];
}

/** Documents of each list that are looked at. */
const depth = 100;
const vocabularyFields = { conditions: 0.0001, bodyParts: 0.0001, modalities: 0.0001 };

/** Asks every system the same question, as a guest. */
export async function askSystems(
  parts: {
    readonly collection: SearchCollection;
    readonly index: TextIndex;
    readonly datasets: DatasetIndex;
    readonly embedder: Embedder;
    readonly slugs: ReadonlyMap<string, string>;
  },
  text: string,
): Promise<SystemAnswers> {
  const { collection, index, datasets, embedder, slugs } = parts;
  const scope = readScopeOf(guest);
  const narrowing: Narrowing = { scope: indexScopeOf(scope), where: { kind: 'all', of: [] }, selections: [] };
  const { hash } = await embedder.identity();
  const [vector = new Float32Array()] = await embedder.embed([text], 'query');
  const words = await index.lexical({ ...narrowing, text, synonyms: [], depth, fieldWeights: vocabularyFields });
  const meaning = await index.nearest({ ...narrowing, vector, encoderHash: hash, depth });
  const answer = await searchDatasets(
    { text, where: {}, facets: [], first: 10, after: undefined },
    {
      index: datasets,
      reader: collection.app.reader,
      scope,
      logger: silentLogger,
      signal: new AbortController().signal,
    },
  );
  const named = (list: readonly { readonly id: string }[]): string[] => list.map(({ id }) => slugs.get(id) ?? id);
  const fused = fuseRanks(best(words), meaning, rankSettings.fusion);
  return { words: named(best(words)), meaning: named(meaning), fused: named(fused), whole: named(answer.edges) };
}

/** Without the tail that matches by the vocabulary's fields alone, whose weight is next to nothing. */
function best(list: readonly RankedDocument[]): readonly RankedDocument[] {
  return list.filter(({ score }) => score > 0.01);
}
