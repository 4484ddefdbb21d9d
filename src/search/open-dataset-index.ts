import { setTimeout as delay } from 'node:timers/promises';
import type { Embedder } from '../embedding/index.ts';
import type { Clock } from '../kernel/clock.ts';
import { messageOf, UpstreamUnavailableError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import {
  type DocumentSource,
  followSource,
  inspectIndex,
  isClean,
  type ProjectionParts,
  projectChanges,
  rebuildIndex,
  type TextIndex,
  verifyIndex,
} from '../retrieval/index.ts';
import { correctSpelling } from './correct-spelling.ts';
import { datasetIndexSchema } from './model.ts';
import type { DatasetIndex, WordSource } from './ports.ts';
import { indexScopeOf } from './project-dataset.ts';
import { evidenceOf, type RankParts, rankDatasets, rankSimilar } from './rank-datasets.ts';

/** What the index of datasets is made of. */
export interface DatasetIndexParts {
  readonly engine: string;
  /** Opened at the first use: a process that never searches has no threads for it. */
  readonly openIndex: () => Promise<TextIndex>;
  readonly openEmbedder: () => Promise<Embedder | undefined>;
  readonly source: DocumentSource;
  readonly words: WordSource;
  readonly logger: Logger;
  readonly clock: Clock;
}

const idleMs = 200;
const maxDelayMs = 10_000;

/** The index of datasets over one engine and one encoder. */
export function openDatasetIndex(parts: DatasetIndexParts): DatasetIndex {
  const { source, logger, clock } = parts;
  const index = once(parts.openIndex);
  const encoder = once(async () => {
    const embedder = await parts.openEmbedder();
    await embedder?.identity();
    return embedder;
  });
  /** Undefined when there is none, and when it cannot be opened: search goes on by words. */
  const embedder = async (): Promise<Embedder | undefined> =>
    await encoder.get().catch((error: unknown) => {
      logger.warn('search.encoderAway', { reason: messageOf(error) });
      return undefined;
    });
  const projection = async (): Promise<ProjectionParts> => {
    const encodes = await embedder();
    return { source, index: await index.get(), ...(encodes && { embedder: encodes }), logger, clock };
  };
  /** The encoder is not waited for: until it is loaded, searches are by words alone. */
  const rankParts = async (): Promise<RankParts> => {
    if (!encoder.isOpen) void embedder();
    return { index: await index.get(), embedder: encoder.isReady ? await embedder() : undefined, logger };
  };
  const activeGeneration = async (): Promise<string | undefined> =>
    (await (await index.get()).generations()).find(({ active }) => active)?.id;
  const rebuild = async (signal?: AbortSignal) =>
    await rebuildIndex(
      await projection(),
      { schema: datasetIndexSchema, newId: () => `g${clock().getTime().toString(36)}` },
      signal,
    );
  /** A vocabulary that changed between two starts alters documents without an event: only comparing finds that. */
  const driftOf = async (generation: string, signal: AbortSignal): Promise<'drift' | undefined> => {
    const catchingUp = await projection();
    while ((await projectChanges(catchingUp, generation, signal)).changes > 0) signal.throwIfAborted();
    return isClean(await verifyIndex(catchingUp.index, source, generation)) ? undefined : 'drift';
  };
  return {
    engine: parts.engine,
    rank: async (question, scope, signal) => await rankDatasets(await rankParts(), question, scope, signal),
    similar: async (id, scope, signal) => await rankSimilar(await rankParts(), id, scope, signal),
    correct: async (text, scope, signal) => {
      const narrowing = { scope: indexScopeOf(scope), where: { kind: 'all', of: [] } as const, selections: [] };
      const words = await parts.words.publicWords();
      return await correctSpelling(text, { index: await index.get(), narrowing, words }, signal);
    },
    evidence: async (question, ids, scope, signal) => await evidenceOf(await index.get(), question, ids, scope, signal),
    lagMs: async () => {
      const generation = await activeGeneration();
      if (generation === undefined) return 0;
      const position = (await (await index.get()).progress(generation))?.position ?? '0';
      const [oldest] = (await source.changesSince(position, 1)).changes;
      return oldest === undefined ? 0 : Math.max(0, clock().getTime() - Date.parse(oldest.at));
    },
    warm: async () => {
      await embedder();
    },
    follow: async (signal) => {
      let wait = idleMs;
      while (!isAborted(signal)) {
        try {
          const state = await inspectIndex(await projection(), datasetIndexSchema);
          const because = state.kind === 'ready' ? await driftOf(state.generation.id, signal) : state.kind;
          if (because !== undefined) {
            logger.info('search.rebuilding', { engine: parts.engine, because });
            await rebuild(signal);
          }
          break;
        } catch (error) {
          if (isAborted(signal)) return;
          wait = Math.min(wait * 2, maxDelayMs);
          logger.warn('search.buildFailed', { reason: messageOf(error), retryAfterMs: wait });
          await sleep(wait, signal);
        }
      }
      if (isAborted(signal)) return;
      await followSource(await projection(), activeGeneration, { idleMs, maxDelayMs, sleep }, signal);
    },
    verify: async () => {
      const generation = await activeGeneration();
      if (generation === undefined) throw new UpstreamUnavailableError('There is no index yet: mia search rebuild');
      return await verifyIndex(await index.get(), source, generation);
    },
    rebuild,
    close: async () => {
      await index.close((opened) => opened.close());
      await encoder.close(async (opened) => await opened?.close());
    },
  };
}

/** Something opened at the first use; a failure is tried again at the next. */
function once<T>(open: () => Promise<T>) {
  let opened: Promise<T> | undefined;
  let ready = false;
  return {
    get isOpen(): boolean {
      return opened !== undefined;
    },
    get isReady(): boolean {
      return ready;
    },
    get: async (): Promise<T> => {
      opened ??= open();
      try {
        const value = await opened;
        ready = true;
        return value;
      } catch (error) {
        opened = undefined;
        throw error;
      }
    },
    close: async (end: (value: T) => Promise<void>): Promise<void> => {
      if (opened !== undefined) await opened.then(end, () => undefined);
    },
  };
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

// A function, because the compiler takes `aborted` for a constant within one loop.
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
