import type { ReadScope } from '../access/index.ts';
import type { Reranker } from '../embedding/index.ts';
import type { Logger } from '../kernel/logger.ts';
import { rerankHits, type TextIndex } from '../retrieval/index.ts';
import type { Ranking } from './ports.ts';
import { indexScopeOf } from './project-dataset.ts';

/** First hits that a second-stage model reads. */
const depth = 30;

/**
 * Lets a cross-encoder order the first hits anew. What each place is worth stays: a hit takes the score of its new place, so that
 * names that come first always, and pages, go on as before.
 * @param stage - `away` where a reranker is wanted and cannot be had; undefined where none is wanted
 */
export async function reorderRanking(
  ranking: Ranking,
  stage: {
    readonly index: TextIndex;
    readonly reranker: Reranker | 'away' | undefined;
    readonly text: string;
    readonly scope: ReadScope;
    readonly logger: Logger;
  },
  signal?: AbortSignal,
): Promise<Ranking> {
  const { index, reranker, text, scope, logger } = stage;
  const { ranked } = ranking;
  if (reranker === undefined || ranked.length === 0 || text === '') return ranking;
  const warnings = [...ranking.warnings];
  if (reranker === 'away') {
    return { ...ranking, warnings: [...warnings, 'The second-stage model is away: ordered without it.'] };
  }
  const query = { text, scope: indexScopeOf(scope) };
  const ordered = await rerankHits({ hits: ranked, index, reranker, query, depth, warnings, logger }, signal);
  return {
    ...ranking,
    warnings,
    ranked: ordered.map(({ rerankScore: _, ...hit }, place) => ({ ...hit, score: ranked[place]?.score ?? hit.score })),
  };
}
