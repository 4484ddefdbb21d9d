import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import type { CandidateStore, Discovery, MentionReader } from './discovery-ports.ts';
import { ArticleMining, type MiningParts } from './mine-articles.ts';
import { findPaperEvidence } from './paper-evidence.ts';
import type { ArticleReader } from './ports.ts';
import { proposeCandidates } from './propose-candidates.ts';

/** What discovery is made of. */
export interface DiscoveryParts extends Omit<MiningParts, 'store'> {
  readonly mining: MiningParts['store'];
  readonly candidates: CandidateStore;
  readonly mentions: MentionReader;
  readonly articles: ArticleReader;
  readonly logger: Logger;
}

/** How long a worker waits before it looks again. */
const restMs = 2_000;
/** After a failure: a database that is away comes back. */
const failureRestMs = 15_000;

/** Datasets in papers, wired to where they are kept. */
export function createDiscovery(parts: DiscoveryParts): Discovery {
  const { mining: store, candidates, mentions, articles, logger } = parts;
  const mining = new ArticleMining({ ...parts, store });
  const mine: Discovery['mine'] = async (signal, onProgress) => {
    const report = await mining.run(signal, onProgress);
    return { ...report, keys: await proposeCandidates({ ...parts, store: candidates }, signal) };
  };
  return {
    mentions,
    candidates,
    evidence: async (question) => await findPaperEvidence(question, { mentions, articles }),
    mine,
    follow: async (signal) => {
      while (!signal.aborted)
        await pause(await round(mine, signal, logger), undefined, { signal }).catch(() => undefined);
    },
  };
}

/** One look at what is new. @returns how long to wait before the next */
async function round(mine: Discovery['mine'], signal: AbortSignal, logger: Logger): Promise<number> {
  try {
    const { mined, keys } = await mine(signal);
    if (mined + keys > 0) logger.info('mining.finished', { mined, keys });
    return restMs;
  } catch (error) {
    if (!signal.aborted) logger.warn('mining.failed', { reason: messageOf(error) });
    return failureRestMs;
  }
}
