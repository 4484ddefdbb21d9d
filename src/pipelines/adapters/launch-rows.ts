import type { EntityManager } from 'typeorm';
import { insertRows } from '../../db/insert-rows.ts';
import { ConflictError } from '../../kernel/errors.ts';
import { naturalId } from '../../kernel/ids.ts';
import { finalStates } from '../run-model.ts';
import type { NewRun, RunQuota } from '../run-ports.ts';
import { appendRunEvent } from './write-run.ts';

/** What became of a launch: the run of this id, or what the owner's runs take already. */
type Taken = { readonly kind: 'launched' | 'known' | 'conflict'; readonly id: string } | { readonly used: RunQuota };

/** Stores a run unless its key was used, or its owner's runs would take too much. */
export async function launchRun(tx: EntityManager, run: NewRun): Promise<Taken> {
  // One at a time for an owner: two requests with one key, or two that share the last of a quota, must see each other.
  await tx.query('SELECT 1 FROM principal WHERE id = $1 FOR UPDATE', [run.ownerId]);
  const [known]: { id: string; body_hash: string }[] = await tx.query(
    'SELECT id, body_hash FROM pipeline_run WHERE owner_id = $1 AND idempotency_key = $2',
    [run.ownerId, run.idempotencyKey],
  );
  if (known !== undefined) return { kind: known.body_hash === run.bodyHash ? 'known' : 'conflict', id: known.id };
  const used = await useOf(tx, run.ownerId);
  if (exceeds(run, used)) return { used };
  const specId = await saveSpec(tx, run.pipeline);
  const { cohort, limits } = run;
  await tx.query(
    `INSERT INTO pipeline_run (id, spec_id, owner_id, engine, state, idempotency_key, body_hash, dataset_id, dataset_version, cohort_where,
       cohort_sha256, member_ids, parameters, limits, requested_at, state_since, deadline, next_check_at, rerun_of)
     VALUES ($1, $2, $3, $4, 'REQUESTED', $5, $6, $7, $8, $9, $10, $11, $12, $13, clock_timestamp(), clock_timestamp(),
       clock_timestamp() + $14 * interval '1 second', clock_timestamp(), $15)`,
    [
      run.id,
      specId,
      run.ownerId,
      run.engine,
      run.idempotencyKey,
      run.bodyHash,
      cohort.datasetId,
      cohort.datasetVersion,
      JSON.stringify(cohort.where),
      cohort.sha256,
      cohort.memberIds,
      JSON.stringify(run.parameters),
      JSON.stringify(limits),
      run.deadlineS,
      run.rerunOf ?? null,
    ],
  );
  await insertRows(
    tx,
    'run_input',
    run.inputs.map((file) => ({ ...file, runId: run.id })),
  );
  await appendRunEvent(tx, { runId: run.id, state: 'REQUESTED', attempt: 1, message: undefined });
  return { kind: 'launched', id: run.id };
}

async function useOf(tx: EntityManager, ownerId: string): Promise<RunQuota> {
  const [row]: { runs: number; gpus: number; hours: number }[] = await tx.query(
    `SELECT count(*) FILTER (WHERE open)::int AS runs, coalesce(sum(gpus) FILTER (WHERE open), 0)::int AS gpus,
       coalesce(sum(gpus * hours) FILTER (WHERE recent), 0)::float8 AS hours
     FROM (SELECT state <> ALL($2) AS open, coalesce((limits->'gpus'->>'count')::int, 0) AS gpus,
         (limits->>'timeoutS')::float8 / 3600 AS hours, requested_at > clock_timestamp() - interval '30 days' AS recent
       FROM pipeline_run WHERE owner_id = $1) r
     WHERE open OR recent`,
    [ownerId, finalStates],
  );
  return { openRuns: row?.runs ?? 0, openGpus: row?.gpus ?? 0, gpuHours: row?.hours ?? 0 };
}

function exceeds({ quota, limits }: NewRun, used: RunQuota): boolean {
  const gpus = limits.gpus?.count ?? 0;
  return (
    used.openRuns + 1 > quota.openRuns ||
    (gpus > 0 &&
      (used.openGpus + gpus > quota.openGpus || used.gpuHours + (gpus * limits.timeoutS) / 3_600 > quota.gpuHours))
  );
}

/** The stored version of a pipeline; another content of a version that was used is refused. */
async function saveSpec(tx: EntityManager, { spec, sha256, files }: NewRun['pipeline']): Promise<string> {
  const id = naturalId('pipeline-spec', spec.name, String(spec.version));
  await tx.query(
    `INSERT INTO pipeline_spec (id, name, version, sha256, spec, files) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
    [id, spec.name, spec.version, sha256, JSON.stringify(spec, nullForAbsent), JSON.stringify(files)],
  );
  const [stored]: { sha256: string }[] = await tx.query('SELECT sha256 FROM pipeline_spec WHERE id = $1', [id]);
  if (stored?.sha256 !== sha256)
    throw new ConflictError(
      `Runs have used another content of ${spec.reference} than the one that is here now: give what was changed a new version.`,
      { pipeline: spec.reference, used: stored?.sha256, found: sha256 },
    );
  return id;
}

function nullForAbsent(_: string, value: unknown): unknown {
  return value === undefined ? null : value;
}
