import { messageOf } from '../kernel/errors.ts';
import { hashSchema } from './hash-content.ts';
import type { Generation, GenerationSpec, IndexSchema } from './model.ts';
import { defaultBatchSize, type ProjectionParts, projectChanges, toUpserts } from './project-source.ts';

/** Whether the running index is the one that this code wants. */
export type IndexState =
  | { readonly kind: 'ready'; readonly generation: Generation }
  | { readonly kind: 'absent' }
  /** Made for another schema or by another version of the layout: it serves, but must be rebuilt. */
  | { readonly kind: 'otherSchema'; readonly generation: Generation }
  /** Holds another encoder's vectors: it serves words, and must be rebuilt. */
  | { readonly kind: 'otherEncoder'; readonly generation: Generation };

/** What a rebuild did. */
export interface RebuildReport {
  readonly generation: string;
  readonly documents: number;
  readonly rejected: number;
  readonly resumed: boolean;
  readonly durationMs: number;
}

/** What a rebuild needs beside a projection. */
export interface RebuildOptions {
  readonly schema: IndexSchema;
  /** Name of a new generation: lower-case letters and digits, rising with time. */
  readonly newId: () => string;
  readonly onProgress?: (documents: number) => void;
  /** Waited for after the switch, before the other generations are dropped: for whoever still writes to them. */
  readonly beforeDrop?: () => Promise<void>;
}

/** What this code wants the index to be. */
export async function wantedSpec(
  parts: Pick<ProjectionParts, 'embedder'>,
  schema: IndexSchema,
): Promise<GenerationSpec> {
  return { schema, schemaHash: hashSchema(schema), encoder: await parts.embedder?.identity() };
}

/** Compares the active generation with what this code wants; asked at every start. */
export async function inspectIndex(
  parts: Pick<ProjectionParts, 'index' | 'embedder'>,
  schema: IndexSchema,
): Promise<IndexState> {
  const spec = await wantedSpec(parts, schema);
  const generation = (await parts.index.generations()).find(({ active }) => active);
  if (generation === undefined) return { kind: 'absent' };
  if (generation.spec.schemaHash !== spec.schemaHash) return { kind: 'otherSchema', generation };
  if (generation.spec.encoder?.hash !== spec.encoder?.hash) return { kind: 'otherEncoder', generation };
  return { kind: 'ready', generation };
}

/**
 * Fills a fresh generation from the source while the active one serves, catches up with what changed meanwhile, switches, and
 * drops the others. An interrupted rebuild for the same schema and encoder is taken up where it stopped.
 * @throws UpstreamUnavailableError when engine, encoder or source goes away; calling again resumes
 */
export async function rebuildIndex(
  parts: ProjectionParts,
  options: RebuildOptions,
  signal?: AbortSignal,
): Promise<RebuildReport> {
  const { source, index, logger, clock } = parts;
  const started = clock().getTime();
  const spec = await wantedSpec(parts, options.schema);
  const half = await findUnfinished(parts, spec);
  const generation = half ?? options.newId();
  if (half === undefined) {
    // The head is taken before the first page: a change during the filling is applied again afterwards, never missed.
    const position = await source.head();
    await index.createGeneration(generation, spec);
    await index.apply(generation, [], { position, backfillAfter: undefined, complete: false });
  }
  const filled = await fill(parts, generation, options, signal);
  while ((await projectChanges(parts, generation, signal)).changes > 0) signal?.throwIfAborted();
  await index.refresh(generation);
  await index.activate(generation);
  await options.beforeDrop?.();
  await dropOthers(parts, generation);
  const durationMs = clock().getTime() - started;
  const report = { ...filled, generation, resumed: half !== undefined, durationMs };
  logger.info('index.rebuilt', { engine: index.engine, index: options.schema.name, ...report });
  return report;
}

async function fill(
  parts: ProjectionParts,
  generation: string,
  options: RebuildOptions,
  signal: AbortSignal | undefined,
): Promise<{ documents: number; rejected: number }> {
  const { source, index, logger } = parts;
  let documents = 0;
  let rejected = 0;
  while (true) {
    signal?.throwIfAborted();
    const progress = await index.progress(generation);
    if (progress === undefined || progress.complete) return { documents, rejected };
    const page = await source.page(progress.backfillAfter, parts.batchSize ?? defaultBatchSize);
    const last = page.at(-1)?.id;
    const changes = await toUpserts(parts, page, signal);
    const next = { ...progress, backfillAfter: last, complete: last === undefined };
    const report = await index.apply(generation, changes, next);
    for (const { id, reason } of report.rejected) logger.error('projection.documentRejected', { id, reason });
    documents += report.applied;
    rejected += report.rejected.length;
    options.onProgress?.(documents);
  }
}

async function findUnfinished({ index }: ProjectionParts, spec: GenerationSpec): Promise<string | undefined> {
  const candidates = (await index.generations()).filter(
    ({ active, spec: its }) =>
      !active && its.schemaHash === spec.schemaHash && its.encoder?.hash === spec.encoder?.hash,
  );
  for (const { id } of candidates.reverse()) {
    const progress = await index.progress(id);
    if (progress?.complete === false) return id;
  }
  return undefined;
}

async function dropOthers({ index, logger }: ProjectionParts, kept: string): Promise<void> {
  for (const { id, active } of await index.generations()) {
    if (active || id === kept) continue;
    // The new generation serves already; a remnant costs disk, not truth.
    await index
      .drop(id)
      .catch((error: unknown) => logger.warn('index.dropFailed', { generation: id, reason: messageOf(error) }));
  }
}
