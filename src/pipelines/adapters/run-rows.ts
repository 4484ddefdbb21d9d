import { z } from 'zod';
import type { DatasetId, PrincipalId } from '../../kernel/ids.ts';
import type { PipelineSpec, ResourceLimits } from '../model.ts';
import {
  type PipelineRun,
  type RunEvent,
  type RunFile,
  type RunId,
  type RunOutput,
  type RunUse,
  runStates,
} from '../run-model.ts';
import type { Claim } from '../run-ports.ts';

const runId = z.string().transform((id) => id as RunId);
const datasetId = z.string().transform((id) => id as DatasetId);
const state = z.enum(runStates);

/** In JSON columns, what is absent is null: a member that is missing would be of an older version. */
function maybe<T extends z.ZodType>(schema: T) {
  return schema.nullish().transform((value) => value ?? undefined);
}

const parameterValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]);

const limitsJson = z.object({
  cpus: z.number(),
  memoryMiB: z.number(),
  timeoutS: z.number(),
  processes: z.number(),
  gpus: maybe(z.object({ count: z.number(), type: maybe(z.string()) })),
}) satisfies z.ZodType<ResourceLimits>;

const specJson = z.object({
  name: z.string(),
  version: z.number(),
  reference: z.string(),
  title: z.string(),
  description: z.string(),
  license: z.string(),
  image: maybe(z.string()),
  pythonRequirements: maybe(z.string()),
  program: z.string(),
  command: z.array(z.string()),
  limits: limitsJson,
  takes: z.object({
    datasets: maybe(z.array(z.string())),
    modalities: z.array(z.string()),
    variables: z.array(z.string()),
    subjectsAtLeast: z.number(),
  }),
  derives: z.enum(['DATASET', 'RESOURCE']),
  outputs: z.array(
    z.object({ path: z.string(), description: z.string(), mediaType: z.string(), intermediate: z.boolean() }),
  ),
  parameters: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(['string', 'integer', 'number', 'boolean', 'variable', 'variables']),
      description: z.string(),
      required: z.boolean(),
      default: maybe(parameterValue),
      values: maybe(z.array(z.string())),
      minimum: maybe(z.number()),
      maximum: maybe(z.number()),
    }),
  ),
  split: maybe(z.object({ column: z.string(), trainingValue: z.string(), seed: z.string() })),
}) satisfies z.ZodType<PipelineSpec>;

const usedJson = z.object({
  wallS: maybe(z.number()),
  cpuS: maybe(z.number()),
  memoryMiB: maybe(z.number()),
  node: z.string().optional(),
  gpuIds: z.array(z.string()),
});

const fileJson = z.object({ path: z.string(), sha256: z.string(), byteSize: z.number() });

const runColumns = z.object({
  id: runId,
  owner_id: z.string().nullable(),
  owner: z.string().nullable(),
  engine: z.string(),
  engine_job_id: z.string().nullable(),
  state,
  attempt: z.number(),
  dataset_id: datasetId,
  dataset_version: z.number(),
  cohort_slug: z.string(),
  cohort_where: z.json(),
  cohort_sha256: z.string(),
  member_ids: z.array(z.string()),
  parameters: z.record(z.string(), parameterValue),
  limits: limitsJson,
  spec: specJson,
  spec_sha256: z.string(),
  spec_files: z.array(fileJson),
  requested_at: z.date(),
  started_at: z.date().nullable(),
  finished_at: z.date().nullable(),
  deadline: z.date(),
  exit_code: z.number().nullable(),
  error: z.string().nullable(),
  used: usedJson.nullable(),
  logs: z.object({ stdout: z.string(), stderr: z.string() }).nullable(),
  derived_dataset_id: datasetId.nullable(),
  rerun_of: runId.nullable(),
});

function toRun(row: z.infer<typeof runColumns>): PipelineRun {
  const { node, ...measured } = row.used ?? {
    gpuIds: [],
    node: undefined,
    wallS: undefined,
    cpuS: undefined,
    memoryMiB: undefined,
  };
  const use: RunUse = { ...measured, ...(node !== undefined && { node }) };
  return {
    id: row.id,
    spec: row.spec,
    pipelineSha256: row.spec_sha256,
    pipelineFiles: row.spec_files,
    ...(row.owner_id !== null && { ownerId: row.owner_id as PrincipalId }),
    ...(row.owner !== null && { owner: row.owner }),
    engine: row.engine,
    ...(row.engine_job_id !== null && { engineJobId: row.engine_job_id }),
    state: row.state,
    attempt: row.attempt,
    cohort: {
      datasetId: row.dataset_id,
      slug: row.cohort_slug,
      datasetVersion: row.dataset_version,
      where: row.cohort_where,
      memberIds: row.member_ids,
      sha256: row.cohort_sha256,
    },
    parameters: row.parameters,
    limits: row.limits,
    requestedAt: row.requested_at,
    ...(row.started_at && { startedAt: row.started_at }),
    ...(row.finished_at && { finishedAt: row.finished_at }),
    deadline: row.deadline,
    ...(row.exit_code !== null && { exitCode: row.exit_code }),
    ...(row.error !== null && { error: row.error }),
    ...(row.used && { use }),
    ...(row.logs !== null && { logs: row.logs }),
    ...(row.derived_dataset_id !== null && { derivedDatasetId: row.derived_dataset_id }),
    ...(row.rerun_of !== null && { rerunOf: row.rerun_of }),
  };
}

/** A run as {@link selectRuns} gives it. */
export const runRow = runColumns.transform(toRun);

/** Columns of a run `r` with its specification `p`, dataset `d` and owner `o`. */
const columns = `r.id, r.owner_id, o.name AS owner, r.engine, r.engine_job_id, r.state, r.attempt, r.dataset_id, r.dataset_version,
  d.slug AS cohort_slug, r.cohort_where, r.cohort_sha256, r.member_ids, r.parameters, r.limits, p.spec, p.sha256 AS spec_sha256,
  p.files AS spec_files, r.requested_at, r.started_at, r.finished_at, r.deadline, r.exit_code, r.error, r.used, r.logs,
  r.derived_dataset_id, r.rerun_of`;
const joins = `JOIN pipeline_spec p ON p.id = r.spec_id JOIN dataset d ON d.id = r.dataset_id LEFT JOIN principal o ON o.id = r.owner_id`;

/** Runs `r`, to be followed by conditions. */
export const selectRuns = `SELECT ${columns} FROM pipeline_run r ${joins}`;

/** Claims of runs by id ($1), with the store's time. */
export const selectClaims = `SELECT ${columns}, r.fence, r.state_since, r.unknown_since, r.cleanup_until, clock_timestamp() AS now
  FROM pipeline_run r ${joins} WHERE r.id = ANY($1::uuid[])`;

/** A claim as {@link selectClaims} gives it. */
export const claimRow = runColumns
  .extend({
    fence: z.number(),
    state_since: z.date(),
    unknown_since: z.date().nullable(),
    cleanup_until: z.date().nullable(),
    now: z.date(),
  })
  .transform(
    (row): Claim => ({
      run: toRun(row),
      fence: row.fence,
      stateSince: row.state_since,
      ...(row.unknown_since && { unknownSince: row.unknown_since }),
      ...(row.cleanup_until && { cleanupUntil: row.cleanup_until }),
      now: row.now,
    }),
  );

/** An event of the timeline. */
export const eventRow = z
  .object({ at: z.date(), state, attempt: z.number(), message: z.string().nullable() })
  .transform(({ message, ...row }): RunEvent => ({ ...row, ...(message !== null && { message }) }));

const fileColumns = z.object({
  path: z.string(),
  sha256: z.string(),
  byte_size: z.number(),
  media_type: z.string(),
});

/** A file that a run was given. */
export const inputRow = fileColumns.transform(
  (row): RunFile => ({ path: row.path, sha256: row.sha256, byteSize: row.byte_size, mediaType: row.media_type }),
);

/** A file that a run made. */
export const outputRow = fileColumns.extend({ dataset_id: datasetId.nullable() }).transform(
  (row): RunOutput => ({
    path: row.path,
    sha256: row.sha256,
    byteSize: row.byte_size,
    mediaType: row.media_type,
    ...(row.dataset_id !== null && { datasetId: row.dataset_id }),
  }),
);
