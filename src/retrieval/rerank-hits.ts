import type { Reranker } from '../embedding/index.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import type { IndexScope } from './model.ts';
import type { TextIndex } from './ports.ts';

/** A hit with what the second stage said of it; undefined where it was not read. */
export type Reranked<T> = T & { readonly rerankScore: number | undefined };

/** What the second stage works on. */
export interface RerankInput<T> {
  /** Best first. */
  readonly hits: readonly T[];
  readonly index: TextIndex;
  readonly reranker: Reranker;
  readonly query: { readonly text: string; readonly scope: IndexScope };
  /** How many of the first documents are read. */
  readonly depth: number;
  /** Told when the model is away. */
  readonly warnings: string[];
  readonly logger: Logger;
}

/**
 * Lets a cross-encoder order the first documents anew (Nogueira & Cho 2019, arXiv:1901.04085); the rest keep their place behind
 * them. The order stays as it was when the model is away.
 */
export async function rerankHits<T extends { readonly id: string }>(
  input: RerankInput<T>,
  signal?: AbortSignal,
): Promise<Reranked<T>[]> {
  const { index, reranker, query, depth, warnings, logger } = input;
  const unread = input.hits.map((hit) => ({ ...hit, rerankScore: undefined }));
  const first = unread.slice(0, depth);
  const rest = unread.slice(depth);
  const documents = await index.fetch(
    first.map(({ id }) => id),
    query.scope,
    signal,
  );
  const texts = new Map(documents.map(({ id, text }) => [id, Object.values(text).flat().join(' ')]));
  try {
    const scores = await reranker.score(
      query.text,
      first.map(({ id }) => texts.get(id) ?? ''),
      signal,
    );
    const scored = first.map((hit, position) => ({
      ...hit,
      rerankScore: scores[position] ?? Number.NEGATIVE_INFINITY,
    }));
    return [...scored.sort((a, b) => b.rerankScore - a.rerankScore), ...rest];
  } catch (error) {
    if (signal?.aborted === true) throw error;
    logger.warn('retrieval.rerankerAway', { reranker: reranker.name, reason: messageOf(error) });
    warnings.push('The second-stage model is away: ordered without it');
    return unread;
  }
}
