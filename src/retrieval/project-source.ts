import type { Embedder } from '../embedding/index.ts';
import type { Clock } from '../kernel/clock.ts';
import { messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import { hashContent } from './hash-content.ts';
import type { IndexDocument } from './model.ts';
import type {
  DocumentSource,
  IndexChange,
  ProjectionProgress,
  SourceChange,
  SourceDocument,
  TextIndex,
} from './ports.ts';

/** What a projection connects. */
export interface ProjectionParts {
  readonly source: DocumentSource;
  readonly index: TextIndex;
  /** Without it documents are indexed by words alone. */
  readonly embedder?: Embedder;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Documents of one batch. */
  readonly batchSize?: number;
}

/** What one step did. */
export interface ProjectionStep {
  readonly changes: number;
  readonly applied: number;
  readonly outdated: number;
  readonly rejected: readonly { readonly id: string; readonly reason: string }[];
  /** Age of the oldest change of this step when it became searchable; 0 when there was none. */
  readonly lagMs: number;
}

/** Documents of one batch unless said otherwise. */
export const defaultBatchSize = 200;

/**
 * Takes over the next changes of the source into one generation: at least once, in order, and idempotent, because documents are
 * read as they are now and carry their version. Progress is kept in the generation together with the documents.
 * @throws UpstreamUnavailableError when engine, encoder or source is away; the same changes come again next time
 */
export async function projectChanges(
  parts: ProjectionParts,
  generation: string,
  signal?: AbortSignal,
): Promise<ProjectionStep> {
  const { source, index, clock } = parts;
  const progress = await index.progress(generation);
  const position = progress?.position ?? (await source.head());
  const batch = await source.changesSince(position, parts.batchSize ?? defaultBatchSize);
  if (batch.changes.length === 0) return { changes: 0, applied: 0, outdated: 0, rejected: [], lagMs: 0 };
  const newest = newestOfEach(batch.changes);
  const documents = await source.byIds([...newest.keys()]);
  const present = new Set(documents.map(({ id }) => id));
  const gone = [...newest.values()].filter(({ id }) => !present.has(id));
  const upserts = await toUpserts(parts, documents, signal);
  const deletes = gone.map(({ id, version }): IndexChange => ({ kind: 'delete', id, version }));
  const next: ProjectionProgress = {
    position: batch.position,
    backfillAfter: progress?.backfillAfter,
    complete: progress?.complete ?? true,
  };
  const report = await index.apply(generation, [...upserts, ...deletes], next);
  await index.refresh(generation);
  logRejected(parts.logger, report.rejected);
  const oldest = Math.min(...batch.changes.map(({ at }) => Date.parse(at)));
  return { ...report, changes: batch.changes.length, lagMs: Math.max(0, clock().getTime() - oldest) };
}

/**
 * Follows a source for as long as the process lives. A failure is logged, waited out (doubling up to `maxDelayMs`) and tried
 * again from the same place.
 * @param activeGeneration - asked at each step, so that a switch is followed
 * @param onStep - told of every step, for lag and throughput
 */
export async function followSource(
  parts: ProjectionParts,
  activeGeneration: () => Promise<string | undefined>,
  options: {
    readonly idleMs: number;
    readonly maxDelayMs: number;
    readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
    readonly onStep?: (step: ProjectionStep) => void;
    /** What a generation is projected with, where that differs between them: each is written with its own encoder. */
    readonly partsOf?: (generation: string) => Promise<ProjectionParts>;
  },
  signal: AbortSignal,
): Promise<void> {
  let delay = options.idleMs;
  while (!signal.aborted) {
    try {
      const generation = await activeGeneration();
      const step =
        generation === undefined
          ? undefined
          : await projectChanges((await options.partsOf?.(generation)) ?? parts, generation, signal);
      if (step !== undefined) options.onStep?.(step);
      delay = options.idleMs;
      if (step !== undefined && step.changes > 0) continue;
    } catch (error) {
      if (aborted(signal)) return;
      delay = Math.min(delay * 2, options.maxDelayMs);
      parts.logger.warn('projection.failed', {
        engine: parts.index.engine,
        reason: messageOf(error),
        retryAfterMs: delay,
      });
    }
    await options.sleep(delay, signal);
  }
}

/** Source documents with their passages encoded, as changes of an index. */
export async function toUpserts(
  parts: Pick<ProjectionParts, 'embedder'>,
  documents: readonly SourceDocument[],
  signal?: AbortSignal,
): Promise<readonly IndexChange[]> {
  const { embedder } = parts;
  const encoderHash = (await embedder?.identity())?.hash;
  const texts = documents.flatMap(({ passages }) => passages);
  const vectors = embedder === undefined || texts.length === 0 ? [] : await embedder.embed(texts, 'document', signal);
  let next = 0;
  return documents.map((source): IndexChange => {
    const passages = source.passages.flatMap((text) => {
      const vector = vectors[next++];
      return vector === undefined ? [] : [{ text, vector }];
    });
    const document: IndexDocument = { ...source, passages };
    return { kind: 'upsert', document, contentHash: hashContent(source), encoderHash };
  });
}

function newestOfEach(changes: readonly SourceChange[]): ReadonlyMap<string, SourceChange> {
  const newest = new Map<string, SourceChange>();
  for (const change of changes) {
    if ((newest.get(change.id)?.version ?? -1) <= change.version) newest.set(change.id, change);
  }
  return newest;
}

function logRejected(logger: Logger, rejected: ProjectionStep['rejected']): void {
  for (const { id, reason } of rejected) logger.error('projection.documentRejected', { id, reason });
}

// A function, because the compiler takes `aborted` for a constant within one loop.
function aborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
