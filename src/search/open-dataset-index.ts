import type { Embedder, Reranker } from '../embedding/index.ts';
import { circuitBreaker } from '../kernel/circuit-breaker.ts';
import type { Clock } from '../kernel/clock.ts';
import { messageOf, UpstreamUnavailableError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import { once } from '../kernel/once.ts';
import {
  type DocumentSource,
  encodersByGeneration,
  type FusionSettings,
  type Generation,
  keepIndex,
  type TextIndex,
  verifyIndex,
} from '../retrieval/index.ts';
import { correctSpelling } from './correct-spelling.ts';
import { datasetIndexSchema } from './model.ts';
import type { DatasetIndex, Ranking, WordSource } from './ports.ts';
import { indexScopeOf } from './project-dataset.ts';
import { evidenceOf, type RankParts, rankDatasets, rankSettings, rankSimilar } from './rank-datasets.ts';
import { reorderRanking } from './reorder-ranking.ts';

/** What the index of datasets is made of. */
export interface DatasetIndexParts {
  readonly engine: string;
  /** Opened at the first use: a process that never searches has no threads for it. */
  readonly openIndex: () => Promise<TextIndex>;
  readonly openEmbedder: () => Promise<Embedder | undefined>;
  /** Another encoder by its name, for a generation that was made with it. */
  readonly openNamedEmbedder?: (profile: string) => Promise<Embedder>;
  /** A second stage that orders the first hits anew; undefined where none is wanted. */
  readonly openReranker?: () => Promise<Reranker>;
  /** How words and meaning are weighted, in place of what is shipped. */
  readonly fusion?: Partial<FusionSettings>;
  readonly source: DocumentSource;
  readonly words: WordSource;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** A new look at which generation is active, at most this often. */
const activeTtlMs = 1000;

/** An engine that was away is left alone for so long: searches go on without it at once. */
const restMs = 1000;

/** A second stage that could not be loaded is tried again after so long: each try starts a thread. */
const retryRerankerMs = 30_000;

/** The index of datasets over one engine and one encoder. */
export function openDatasetIndex(parts: DatasetIndexParts): DatasetIndex {
  const { source, logger, clock, openNamedEmbedder } = parts;
  const index = once(parts.openIndex);
  const encoders = encodersByGeneration({
    openWanted: parts.openEmbedder,
    ...(openNamedEmbedder && { openNamed: openNamedEmbedder }),
    logger,
  });
  let seen: { readonly at: number; readonly generation: Generation | undefined } | undefined;
  const keeper = keepIndex({
    index: () => index.get(),
    encoders,
    source,
    schema: datasetIndexSchema,
    onSwitch: () => (seen = undefined),
    logger,
    clock,
  });
  const secondStage = parts.openReranker && once(parts.openReranker);
  let triedAt = Number.NEGATIVE_INFINITY;
  const loadReranker = async (): Promise<void> => {
    triedAt = performance.now();
    await secondStage?.get().catch((error: unknown) => {
      logger.warn('search.rerankerAway', { reason: messageOf(error) });
    });
  };
  /** Not waited for: until it is loaded, hits stand in the order of the first stage. */
  const reranker = async (): Promise<Reranker | 'away' | undefined> => {
    if (secondStage === undefined) return undefined;
    if (secondStage.isReady) return await secondStage.get();
    if (!secondStage.isOpen && performance.now() - triedAt > retryRerankerMs) void loadReranker();
    return 'away';
  };
  const fusion: FusionSettings = { ...rankSettings.fusion, ...parts.fusion };
  /** No encoder is waited for: until it is loaded, searches are by words alone. */
  const rankParts = async (): Promise<RankParts> => {
    const now = clock().getTime();
    if (seen === undefined || now - seen.at > activeTtlMs) seen = { at: now, generation: await keeper.active() };
    const embedder = await encoders.ready(seen.generation?.spec.encoder);
    return { index: await index.get(), embedder, fusion, logger };
  };
  const ranked = async (work: (ranking: RankParts) => Promise<Ranking>): Promise<Ranking> => {
    const ranking = await rankParts();
    const answer = await work(ranking);
    if (answer.model !== undefined || ranking.embedder === undefined) return answer;
    // Between looking and asking, a generation of another encoder may have taken over: ask it in its own terms.
    seen = undefined;
    return await work(await rankParts());
  };
  const guard = circuitBreaker(parts.engine, restMs, () => performance.now());
  return {
    engine: parts.engine,
    rank: async (question, scope, signal) =>
      await guard(async () => {
        const ranking = await ranked(async (using) => await rankDatasets(using, question, scope, signal));
        const stage = { index: await index.get(), reranker: await reranker(), text: question.text, scope, logger };
        return await reorderRanking(ranking, stage, signal);
      }),
    similar: async (id, scope, signal) =>
      await guard(async () => await ranked(async (using) => await rankSimilar(using, id, scope, signal))),
    correct: async (text, scope, signal) =>
      await guard(async () => {
        const narrowing = { scope: indexScopeOf(scope), where: { kind: 'all', of: [] } as const, selections: [] };
        const words = await parts.words.publicWords();
        return await correctSpelling(text, { index: await index.get(), narrowing, words }, signal);
      }),
    evidence: async (question, ids, scope, signal) =>
      await guard(async () => await evidenceOf(await index.get(), question, ids, scope, signal)),
    lagMs: async () =>
      await guard(async () => {
        const generation = (await keeper.active())?.id;
        if (generation === undefined) return 0;
        const position = (await (await index.get()).progress(generation))?.position ?? '0';
        const [oldest] = (await source.changesSince(position, 1)).changes;
        return oldest === undefined ? 0 : Math.max(0, clock().getTime() - Date.parse(oldest.at));
      }),
    warm: async () => {
      const generation = await keeper.active().catch(() => undefined);
      await Promise.all([encoders.wanted(), encoders.of(generation?.spec.encoder), loadReranker()]);
    },
    follow: async (signal) => await keeper.follow(signal),
    verify: async () => {
      const generation = (await keeper.active())?.id;
      if (generation === undefined) throw new UpstreamUnavailableError('There is no index yet: mia search rebuild');
      return await verifyIndex(await index.get(), source, generation);
    },
    rebuild: async (signal) => await keeper.rebuild(signal),
    reembed: async (signal) => await keeper.reembed(signal),
    close: async () => {
      await index.close((opened) => opened.close());
      await encoders.close();
      await secondStage?.close(async (opened) => await opened.close());
    },
  };
}
