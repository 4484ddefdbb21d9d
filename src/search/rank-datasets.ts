import type { ReadScope } from '../access/index.ts';
import type { Embedder } from '../embedding/index.ts';
import { messageOf, UpstreamUnavailableError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import {
  type FusionSettings,
  fuseRanks,
  highlightText,
  type Narrowing,
  type RankedDocument,
  type TextIndex,
} from '../retrieval/index.ts';
import { evidenceSource } from './model.ts';
import type { Evidence, RankedDataset, Ranking, RankQuestion } from './ports.ts';
import { indexScopeOf } from './project-dataset.ts';
import { contentWords, type FusedHit, weighHits } from './weigh-hits.ts';

/**
 * How datasets are ranked; chosen on the tuning half of the judged set (`bench/search`). Beside the two lists, a record that has, or
 * whose prose names, every condition of the question gets `conditionWeight`; body parts were tried and earned nothing.
 */
export const rankSettings: {
  readonly fusion: FusionSettings;
  readonly conditionWeight: number;
  /** Nearest documents that are looked at: those behind are too unlike to be found by meaning alone. */
  readonly nearestDepth: number;
} = {
  fusion: { method: 'scores', lexicalWeight: 0.4, semanticWeight: 0.6, k: 20, depth: 10_000 },
  conditionWeight: 0.4,
  nearestDepth: 300,
};

/** What ranking needs. */
export interface RankParts {
  readonly index: TextIndex;
  readonly embedder: Embedder | undefined;
  readonly fusion: FusionSettings;
  readonly logger: Logger;
}

/** Everything that matches by words, by meaning or by a term of the vocabulary, best first. */
export async function rankDatasets(
  parts: RankParts,
  question: RankQuestion,
  scope: ReadScope,
  signal?: AbortSignal,
): Promise<Ranking> {
  const { index, fusion } = parts;
  if (!(await index.generations()).some(({ active }) => active))
    throw new UpstreamUnavailableError('The index is not built yet');
  const narrowing: Narrowing = { scope: indexScopeOf(scope), where: question.narrow, selections: [] };
  if (question.text === '') return { ranked: await listAll(index, narrowing, signal), model: 'none', warnings: [] };
  const [lexical, semantic, conditions] = await Promise.all([
    index.lexical({ ...narrowing, text: question.text, synonyms: [], depth: fusion.depth }, signal),
    nearest(parts, narrowing, question.text, signal),
    termLists(index, narrowing, question.conditions, signal),
  ]);
  const fused = withTerms(fuseRanks(lexical, semantic.hits, fusion), conditions);
  const hits = await weighHits(fused, { index, narrowing, question }, signal);
  return {
    ranked: hits.map(toRanked),
    model: semantic.model,
    warnings: semantic.model === undefined ? ['The encoder is away: found by words alone.'] : [],
  };
}

/** Datasets whose records are like the one of a dataset: by its title and terms, as its first passage has them. */
export async function rankSimilar(
  parts: RankParts,
  id: string,
  scope: ReadScope,
  signal?: AbortSignal,
): Promise<Ranking> {
  const [document] = await parts.index.fetch([id], indexScopeOf(scope), signal);
  if (document === undefined) return { ranked: [], model: 'none', warnings: [] };
  const { title = [], conditions = [], bodyParts = [], keywords = [] } = document.text;
  const text = [...title, ...keywords, ...conditions, ...bodyParts].slice(0, 25).join(', ');
  const narrow = { kind: 'not', of: { kind: 'ids', ids: [id] } } as const;
  const question = { text, topic: text, narrow, conditions: [], names: [] };
  return await rankDatasets(parts, question, scope, signal);
}

/** Documents that have each of some terms. */
async function termLists(
  index: TextIndex,
  narrowing: Narrowing,
  terms: RankQuestion['conditions'],
  signal?: AbortSignal,
): Promise<readonly ReadonlySet<string>[]> {
  return await Promise.all(
    terms.map(async (keys) => {
      const where = { kind: 'all', of: [narrowing.where, { kind: 'anyOf', field: 'terms', values: keys }] } as const;
      const { ids } = await index.list({ ...narrowing, where, sort: [], first: rankSettings.fusion.depth }, signal);
      return new Set(ids);
    }),
  );
}

function withTerms(
  fused: ReturnType<typeof fuseRanks>,
  conditions: readonly ReadonlySet<string>[],
): readonly FusedHit[] {
  const byId = new Map(fused.map((hit) => [hit.id, hit]));
  const { conditionWeight } = rankSettings;
  const ids = new Set([...byId.keys(), ...conditions.flatMap((list) => [...list])]);
  return [...ids]
    .map((id): FusedHit => {
      const hit = byId.get(id);
      const terms = shareOf(conditions, id);
      return {
        id,
        score: (hit?.score ?? 0) + conditionWeight * (terms ?? 0),
        passage: hit?.semantic?.passage,
        reasons: { words: hit?.lexical?.score, meaning: hit?.semantic?.score, terms, coverage: undefined },
      };
    })
    .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
}

function shareOf(lists: readonly ReadonlySet<string>[], id: string): number | undefined {
  return lists.length === 0 ? undefined : lists.filter((list) => list.has(id)).length / lists.length;
}

function toRanked({ id, score, passage, reasons, named = false }: FusedHit): RankedDataset {
  const { meaning } = reasons;
  return {
    id,
    score,
    passage: passage === undefined || meaning === undefined ? undefined : { text: passage, score: meaning },
    reasons,
    named,
  };
}

/** All that passes the filters of the question, which has no other words. */
async function listAll(
  index: TextIndex,
  narrowing: Narrowing,
  signal?: AbortSignal,
): Promise<readonly RankedDataset[]> {
  const found: RankedDataset[] = [];
  let after: string | undefined;
  do {
    const page = await index.list(
      { ...narrowing, sort: [], first: 10_000, ...(after !== undefined && { after }) },
      signal,
    );
    found.push(...page.ids.map((id) => ({ id, score: 0, passage: undefined, reasons: undefined, named: false })));
    after = page.after;
  } while (after !== undefined);
  return found;
}

async function nearest(
  { index, embedder, logger }: RankParts,
  narrowing: Narrowing,
  text: string,
  signal?: AbortSignal,
): Promise<{ readonly hits: readonly RankedDocument[]; readonly model: string | undefined }> {
  if (embedder === undefined) return { hits: [], model: undefined };
  try {
    const { hash, profile } = await embedder.identity();
    const [vector] = await embedder.embed([text], 'query', signal);
    if (vector === undefined) return { hits: [], model: undefined };
    return {
      hits: await index.nearest({ ...narrowing, vector, encoderHash: hash, depth: rankSettings.nearestDepth }, signal),
      model: profile,
    };
  } catch (error) {
    if (signal?.aborted === true) throw error;
    logger.warn('search.meaningAway', { reason: messageOf(error) });
    return { hits: [], model: undefined };
  }
}

/** Stretches of some records that hold the words of a text, or names of the terms it names. */
export async function evidenceOf(
  index: TextIndex,
  question: RankQuestion,
  ids: readonly string[],
  scope: ReadScope,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, readonly Evidence[]>> {
  const documents = await index.fetch(ids, indexScopeOf(scope), signal);
  // Question words are in every record: an excerpt that holds only those says nothing.
  const asked = contentWords(question.text).join(' ');
  return new Map(
    documents.map((document) => [
      document.id,
      highlightText(document.text, `${asked} ${question.names.join(' ')}`.trim(), []).map(
        ({ field, text: excerpt, spans }): Evidence => ({
          text: excerpt,
          source: evidenceSource(field),
          start: spans[0]?.[0],
          end: spans[0]?.[1],
          score: undefined,
        }),
      ),
    ]),
  );
}
