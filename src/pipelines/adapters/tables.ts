import { EntitySchema } from 'typeorm';
import {
  bigint,
  id,
  instant,
  integer,
  json,
  key,
  label,
  now,
  nullable,
  references,
  sequence,
  text,
  uuid,
  uuids,
  withDefault,
} from '../../db/columns.ts';

/** A version of a pipeline; its document never changes once a run has used it. */
export const pipelineSpecTable = new EntitySchema({
  name: 'pipeline_spec',
  columns: { id, name: label, version: integer, sha256: text, spec: json, files: json, createdAt: now },
  uniques: [{ columns: ['name', 'version'] }],
});

/**
 * A run. Who works on it holds `lease_holder` until `leased_until`, and shows `fence` with every write: it rises with each new holder and
 * with each cancellation. `next_check_at` is when somebody has to look again; `cleanup_until` of a run that has ended says until when
 * jobs of it are looked for in its engine.
 */
export const pipelineRunTable = new EntitySchema({
  name: 'pipeline_run',
  columns: {
    id,
    specId: uuid,
    ownerId: nullable(uuid),
    engine: label,
    engineJobId: nullable(text),
    state: text,
    attempt: withDefault(integer, 1),
    idempotencyKey: label,
    bodyHash: text,
    datasetId: uuid,
    datasetVersion: integer,
    cohortWhere: json,
    cohortSha256: text,
    memberIds: uuids,
    parameters: json,
    limits: json,
    requestedAt: now,
    stateSince: now,
    startedAt: nullable(instant),
    finishedAt: nullable(instant),
    deadline: instant,
    nextCheckAt: nullable(instant),
    leaseHolder: nullable(uuid),
    leasedUntil: nullable(instant),
    fence: withDefault(bigint, 0),
    unknownSince: nullable(instant),
    cleanupUntil: nullable(instant),
    exitCode: nullable(integer),
    error: nullable(text),
    used: nullable(json),
    logs: nullable(json),
    derivedDatasetId: nullable(uuid),
    rerunOf: nullable(uuid),
  },
  foreignKeys: references({
    specId: ['pipeline_spec', 'RESTRICT'],
    ownerId: ['principal', 'SET NULL'],
    datasetId: ['dataset', 'CASCADE'],
    derivedDatasetId: ['dataset', 'SET NULL'],
    rerunOf: ['pipeline_run', 'SET NULL'],
  }),
  uniques: [{ columns: ['ownerId', 'idempotencyKey'] }],
  indices: [
    { columns: ['nextCheckAt'], where: 'next_check_at IS NOT NULL' },
    { columns: ['requestedAt', 'id'] },
    { columns: ['ownerId', 'requestedAt'] },
    { columns: ['datasetId', 'requestedAt'] },
    { columns: ['derivedDatasetId'], where: 'derived_dataset_id IS NOT NULL' },
  ],
});

/** What happened to a run, in order. */
export const runEventTable = new EntitySchema({
  name: 'run_event',
  columns: { id: sequence, runId: uuid, at: now, state: text, attempt: integer, message: nullable(text) },
  foreignKeys: references({ runId: ['pipeline_run', 'CASCADE'] }),
  indices: [{ columns: ['runId', 'id'] }],
});

/** A file that a run is given, by its bytes in the store of files: every attempt, and a repetition, gets the same. */
export const runInputTable = new EntitySchema({
  name: 'run_input',
  columns: { runId: key(uuid), path: key(label), sha256: text, byteSize: bigint, mediaType: text },
  foreignKeys: references({ runId: ['pipeline_run', 'CASCADE'] }),
});

/** A file that a run made. */
export const runOutputTable = new EntitySchema({
  name: 'run_output',
  columns: {
    runId: key(uuid),
    path: key(label),
    sha256: key(label),
    byteSize: bigint,
    mediaType: text,
    attempt: integer,
    datasetId: nullable(uuid),
  },
  foreignKeys: references({ runId: ['pipeline_run', 'CASCADE'], datasetId: ['dataset', 'SET NULL'] }),
});
