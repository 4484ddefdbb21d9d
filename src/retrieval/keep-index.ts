import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import type { GenerationEncoders } from './encoders-by-generation.ts';
import type { Generation, IndexSchema } from './model.ts';
import type { DocumentSource, TextIndex } from './ports.ts';
import { followSource, type ProjectionParts, projectChanges } from './project-source.ts';
import { inspectIndex, type RebuildReport, rebuildIndex } from './rebuild-index.ts';
import { isClean, verifyIndex } from './verify-index.ts';

/** What keeps an index in step with its source. */
export interface KeeperParts {
  readonly index: () => Promise<TextIndex>;
  readonly encoders: GenerationEncoders;
  readonly source: DocumentSource;
  readonly schema: IndexSchema;
  /** Told as soon as another generation serves. */
  readonly onSwitch?: () => void;
  /** Documents of one batch, where they are smaller or larger than usual. */
  readonly batchSize?: number;
  /** False where the source is too large to be compared with the index at every start. */
  readonly comparesAtStart?: boolean;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** Builds, follows and rebuilds one index. */
export interface IndexKeeper {
  active(): Promise<Generation | undefined>;
  /** Builds the index where that is needed, then follows the source until told to stop. */
  follow(signal: AbortSignal): Promise<void>;
  /** @throws StartupError when the configured encoder cannot be had */
  rebuild(signal?: AbortSignal): Promise<RebuildReport>;
  /** The same, but only where the index is not of the configured encoder and this schema; else undefined. */
  reembed(signal?: AbortSignal): Promise<RebuildReport | undefined>;
}

const idleMs = 200;
const maxDelayMs = 10_000;
const pace = { idleMs, maxDelayMs, sleep };

/** Keeps an index: each generation is written with the encoder of its vectors, and read while the next is made. */
export function keepIndex(parts: KeeperParts): IndexKeeper {
  const { encoders, source, logger, clock, schema } = parts;
  const active = async (): Promise<Generation | undefined> =>
    (await (await parts.index()).generations()).find((generation) => generation.active);
  const projectionWith = async (embedder: ProjectionParts['embedder']): Promise<ProjectionParts> => {
    const { batchSize } = parts;
    return {
      source,
      index: await parts.index(),
      ...(embedder && { embedder }),
      ...(batchSize !== undefined && { batchSize }),
      logger,
      clock,
    };
  };
  /** While the configured encoder is away, what there is goes on as it is. */
  const projection = async (): Promise<ProjectionParts> => {
    const wanted = await encoders.wanted();
    return await projectionWith(encoders.isAway ? await encoders.of((await active())?.spec.encoder) : wanted);
  };
  const partsOf = async (id: string): Promise<ProjectionParts> => {
    const generation = (await (await parts.index()).generations()).find((each) => each.id === id);
    return await projectionWith(await encoders.of(generation?.spec.encoder));
  };
  const newId = (): string => `g${clock().getTime().toString(36)}`;

  /** The old generation takes part in what happens while the new one is made. */
  const replace = async (projecting: ProjectionParts, old: Generation | undefined, signal: AbortSignal) => {
    const stopped = new AbortController();
    const meanwhile =
      old === undefined || (old.spec.encoder !== undefined && (await encoders.of(old.spec.encoder)) === undefined)
        ? Promise.resolve()
        : followSource(
            projecting,
            () => Promise.resolve(old.id),
            { ...pace, partsOf },
            AbortSignal.any([signal, stopped.signal]),
          );
    const beforeDrop = async (): Promise<void> => {
      parts.onSwitch?.();
      stopped.abort();
      await meanwhile;
    };
    try {
      await rebuildIndex(projecting, { schema, newId, beforeDrop }, signal);
    } finally {
      await beforeDrop();
    }
    await encoders.keepOnly((await active())?.spec.encoder);
  };

  const bringUpToDate = async (signal: AbortSignal): Promise<void> => {
    const projecting = await projection();
    const state = await inspectIndex(projecting, schema);
    if (state.kind === 'ready' && parts.comparesAtStart === false) return;
    const because = state.kind === 'ready' ? await driftOf(projecting, state.generation.id, signal) : state.kind;
    if (because === undefined) return;
    logger.info('index.rebuilding', { engine: projecting.index.engine, because });
    // A generation of another schema cannot hold the documents of this one.
    const old = state.kind === 'absent' || state.kind === 'otherSchema' ? undefined : state.generation;
    await replace(projecting, old, signal);
  };

  const rebuild = async (signal?: AbortSignal): Promise<RebuildReport> =>
    await rebuildIndex(await projectionWith(await encoders.demand()), { schema, newId }, signal);
  return {
    active,
    rebuild,
    async reembed(signal) {
      const state = await inspectIndex(await projectionWith(await encoders.demand()), schema);
      return state.kind === 'ready' ? undefined : await rebuild(signal);
    },
    async follow(signal) {
      let wait = idleMs;
      while (!isAborted(signal)) {
        try {
          await bringUpToDate(signal);
          break;
        } catch (error) {
          if (isAborted(signal)) return;
          wait = Math.min(wait * 2, maxDelayMs);
          logger.warn('index.buildFailed', { reason: messageOf(error), retryAfterMs: wait });
          await sleep(wait, signal);
        }
      }
      if (isAborted(signal)) return;
      const current = async (): Promise<string | undefined> => (await active())?.id;
      await followSource(await projection(), current, { ...pace, partsOf }, signal);
    },
  };
}

/** A vocabulary that changed between two starts alters documents without an event: only comparing finds that. */
async function driftOf(parts: ProjectionParts, generation: string, signal: AbortSignal): Promise<'drift' | undefined> {
  while ((await projectChanges(parts, generation, signal)).changes > 0) signal.throwIfAborted();
  return isClean(await verifyIndex(parts.index, parts.source, generation)) ? undefined : 'drift';
}

async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

// A function, because the compiler takes `aborted` for a constant within one loop.
function isAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
