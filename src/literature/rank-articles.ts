import type { Embedder } from '../embedding/index.ts';
import { messageOf, UpstreamUnavailableError } from '../kernel/errors.ts';
import type { ArticleId } from '../kernel/ids.ts';
import type { Logger } from '../kernel/logger.ts';
import {
  analyzeText,
  type Filter,
  type FusionSettings,
  fuseRanks,
  type Narrowing,
  type RankedDocument,
  type TextIndex,
} from '../retrieval/index.ts';
import type { ArticleQuestion, ArticleRanking, ArticleScores, RankedArticle, ScoreRequest } from './ports.ts';
import { articleReaders } from './project-article.ts';

/** Hits that are fused; chosen on SciFact's training claims (docs/retrieval.md). */
export const articleFusion: FusionSettings = {
  method: 'scores',
  lexicalWeight: 0.5,
  semanticWeight: 0.5,
  k: 20,
  depth: 100,
};

/**
 * Similarity below which a hit without any of the words is left out: something is always nearest. Where no article has a word of the text,
 * likeness alone must carry the answer. Measured with all-MiniLM-L6-v2 (docs/literature.md).
 */
const faintest = { besideWords: 0.35, alone: 0.45 };

/** Behind the fused hits, so many by their words. */
const lexicalDepth = 1_000;

/** What ranking needs. */
export interface RankParts {
  readonly index: TextIndex;
  readonly embedder: Embedder | undefined;
  readonly logger: Logger;
}

/** Everything of a question that narrows it: papers are public. */
export function narrowingOf(where: Filter): Narrowing {
  return { scope: { kind: 'readableBy', groups: articleReaders }, where, selections: [] };
}

/** Articles by words and meaning: the first hundred of each list are fused, behind them come those that have the words. */
export async function rankArticles(
  parts: RankParts,
  question: ArticleQuestion,
  signal?: AbortSignal,
): Promise<ArticleRanking> {
  const { index } = parts;
  await requireIndex(index);
  const narrowing = narrowingOf(question.narrow);
  const { text, meaning = text } = question;
  const [lexical, semantic] = await Promise.all([
    index.lexical({ ...narrowing, text, synonyms: [], depth: lexicalDepth }, signal),
    nearest(parts, narrowing, meaning, signal),
  ]);
  // Fused first: what is left out still says how far the others stand above it.
  const ranked = fuse(lexical, semantic.hits).filter(answersTo(meaning, lexical));
  const ids = ranked.flatMap(({ id, words }) => (words === undefined ? [id] : []));
  const { total } = await index.count({ ...narrowing, text, synonyms: [], ids, facets: [] }, signal);
  return { ranked, total, model: semantic.model };
}

/** BM25 and similarity of some articles, or of the best. */
export async function scoreArticles(
  { index, embedder, logger }: RankParts,
  { among, text, vector, narrow, depth }: ScoreRequest,
  signal?: AbortSignal,
): Promise<ReadonlyMap<ArticleId, ArticleScores>> {
  await requireIndex(index);
  const where: Filter = among === undefined ? narrow : { kind: 'all', of: [narrow, { kind: 'ids', ids: among }] };
  const narrowing = narrowingOf(where);
  const hash = (await embedder?.identity())?.hash;
  const [lexical, semantic] = await Promise.all([
    text.trim() === '' ? [] : index.lexical({ ...narrowing, text, synonyms: [], depth }, signal),
    vector === undefined || hash === undefined
      ? []
      : index.nearest({ ...narrowing, vector, encoderHash: hash, depth }, signal).catch((error: unknown) => {
          if (signal?.aborted === true) throw error;
          logger.warn('literature.meaningAway', { reason: messageOf(error) });
          return [];
        }),
  ]);
  const scores = new Map<ArticleId, ArticleScores>();
  for (const { id, score } of lexical)
    scores.set(articleId(id), { words: score, meaning: undefined, passage: undefined });
  for (const { id, score, passage } of semantic) {
    const key = articleId(id);
    scores.set(key, { words: scores.get(key)?.words, meaning: score, passage });
  }
  return scores;
}

/** The id of a document is that of its article. */
export function articleId(id: string): ArticleId {
  return id as ArticleId;
}

async function requireIndex(index: TextIndex): Promise<void> {
  if ((await index.generations()).some(({ active }) => active)) return;
  throw new UpstreamUnavailableError('The index of articles is not built yet');
}

/** Whether a hit answers; what shares no word must be alike enough. "The of and" is alike to whatever is short. */
function answersTo(text: string, lexical: readonly RankedDocument[]): (hit: RankedArticle) => boolean {
  if (analyzeText(text).length === 0) return ({ words }) => words !== undefined;
  const floor = lexical.length === 0 ? faintest.alone : faintest.besideWords;
  return ({ words, meaning = 0 }) => words !== undefined || meaning >= floor;
}

function fuse(lexical: readonly RankedDocument[], semantic: readonly RankedDocument[]): readonly RankedArticle[] {
  const first = lexical.slice(0, articleFusion.depth);
  const fused = fuseRanks(first, semantic, articleFusion).map(
    (hit): RankedArticle => ({
      id: articleId(hit.id),
      score: hit.score,
      words: hit.lexical?.score,
      meaning: hit.semantic?.score,
      passage: hit.semantic?.passage,
    }),
  );
  const seen = new Set<string>(fused.map(({ id }) => id));
  const last = fused.at(-1)?.score ?? 0;
  const behind = lexical.slice(first.length).filter(({ id }) => !seen.has(id));
  const best = behind[0]?.score ?? 1;
  return [
    ...fused,
    ...behind.map(({ id, score }) => ({
      id: articleId(id),
      score: (last * score) / (best || 1),
      words: score,
      meaning: undefined,
      passage: undefined,
    })),
  ];
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
    const { depth } = articleFusion;
    return { hits: await index.nearest({ ...narrowing, vector, encoderHash: hash, depth }, signal), model: profile };
  } catch (error) {
    if (signal?.aborted === true) throw error;
    logger.warn('literature.meaningAway', { reason: messageOf(error) });
    return { hits: [], model: undefined };
  }
}
