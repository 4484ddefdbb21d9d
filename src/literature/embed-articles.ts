import { setTimeout as delay } from 'node:timers/promises';
import type { Embedder } from '../embedding/index.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import type { ArticleReader, VectorLease, VectorQueue } from './ports.ts';
import { articlePassages } from './project-article.ts';

/** What encoding needs. */
export interface EmbedParts {
  readonly queue: VectorQueue;
  readonly articles: ArticleReader;
  /** Keeps what it makes where the projector finds it. */
  readonly embedder: Embedder;
  /** After so long the articles of a process that died are free again; longer than the slowest machine needs for 16. */
  readonly leaseMs: number;
  readonly logger: Logger;
}

/** Articles leased together. */
const leaseSize = 16;
/** Passages encoded between two chances for a search to have its question encoded. */
const sliceSize = 16;
const idleMs = 1_000;
const restMs = 10_000;

/** Encodes what waits in the queue; @returns articles that have vectors now. */
export async function embedBatch(parts: EmbedParts, signal: AbortSignal): Promise<number> {
  const { queue, articles, embedder, leaseMs, logger } = parts;
  const leases = await queue.lease(leaseSize, leaseMs);
  if (leases.length === 0) return 0;
  try {
    const records = await articles.records(leases.map(({ articleId }) => articleId));
    const passages = [...records.values()].flatMap(articlePassages);
    for (let at = 0; at < passages.length; at += sliceSize) {
      signal.throwIfAborted();
      await embedder.embed(passages.slice(at, at + sliceSize), 'document', signal);
    }
    return await queue.complete(leases);
  } catch (error) {
    await giveBack(queue, leases, signal.aborted ? undefined : messageOf(error));
    if (!signal.aborted) logger.warn('vectors.failed', { articles: leases.length, reason: messageOf(error) });
    throw error;
  }
}

/** Encodes for as long as the process lives: the role embed. Any number of processes may do so at once. */
export async function followVectorQueue(parts: EmbedParts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const encoded = await embedBatch(parts, signal).catch(() => undefined);
    if (encoded === undefined) await sleep(restMs, signal);
    else if (encoded === 0) await sleep(idleMs, signal);
    else parts.logger.debug('vectors.made', { articles: encoded });
  }
}

async function giveBack(queue: VectorQueue, leases: readonly VectorLease[], reason: string | undefined): Promise<void> {
  // What cannot be given back now is free when its lease ends.
  await queue.release(leases, reason).catch(() => undefined);
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}
