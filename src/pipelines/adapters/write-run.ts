import type { EntityManager } from 'typeorm';
import { insertRows } from '../../db/insert-rows.ts';
import { ConflictError } from '../../kernel/errors.ts';
import { finalStates, isFinal, type RunId, type RunState } from '../run-model.ts';
import type { Claim, RunChange } from '../run-ports.ts';

/** Adds to the timeline of a run. */
export async function appendRunEvent(
  tx: EntityManager,
  event: {
    readonly runId: string;
    readonly state: RunState;
    readonly attempt: number;
    readonly message: string | undefined;
  },
): Promise<void> {
  await tx.query(
    'INSERT INTO run_event (run_id, at, state, attempt, message) VALUES ($1, clock_timestamp(), $2, $3, $4)',
    [event.runId, event.state, event.attempt, event.message ?? null],
  );
}

/** Ends a run that has not ended, over the head of whoever works on it. @returns its attempt, or undefined when it had ended */
export async function endRun(tx: EntityManager, runId: RunId, cleanupMs: number): Promise<number | undefined> {
  const [rows]: [{ attempt: number }[], number] = await tx.query(
    `UPDATE pipeline_run SET state = 'CANCELLED', state_since = clock_timestamp(), finished_at = clock_timestamp(), fence = fence + 1,
       leased_until = NULL, lease_holder = NULL, next_check_at = clock_timestamp(),
       cleanup_until = clock_timestamp() + $3 * interval '1 millisecond'
     WHERE id = $1 AND state <> ALL($2) RETURNING attempt`,
    [runId, finalStates, cleanupMs],
  );
  return rows[0]?.attempt;
}

/**
 * Writes a step of a run, compare-and-set: only for the holder of the claim, and only from the state and the attempt it was claimed in.
 * @throws ConflictError when somebody else has gone on
 */
export async function writeChange(tx: EntityManager, claim: Claim, change: RunChange): Promise<void> {
  const { run, fence } = claim;
  const to = change.to ?? run.state;
  const attempt = change.attempt ?? run.attempt;
  const ends = isFinal(to) && !isFinal(run.state);
  const moved = to !== run.state || attempt !== run.attempt;
  const [rows]: [unknown[], number] = await tx.query(
    `UPDATE pipeline_run SET state = $4, attempt = $5, lease_holder = NULL, leased_until = NULL,
       state_since = CASE WHEN $6 THEN clock_timestamp() ELSE state_since END,
       finished_at = CASE WHEN $7 THEN clock_timestamp() ELSE finished_at END,
       next_check_at = CASE WHEN $8::float8 IS NULL THEN NULL ELSE clock_timestamp() + $8::float8 * interval '1 millisecond' END,
       engine_job_id = CASE WHEN $9 THEN $10 ELSE engine_job_id END,
       started_at = coalesce($11, started_at), exit_code = coalesce($12, exit_code), error = coalesce($13, error),
       used = coalesce($14, used), logs = coalesce($15, logs),
       unknown_since = CASE WHEN $16 THEN coalesce(unknown_since, clock_timestamp()) END,
       cleanup_until = CASE WHEN $17 THEN clock_timestamp() + $18::float8 * interval '1 millisecond' ELSE cleanup_until END
     WHERE id = $1 AND fence = $2 AND state = $3 AND attempt = $19 RETURNING id`,
    [
      run.id,
      fence,
      run.state,
      to,
      attempt,
      moved,
      ends,
      againMsOf(change, to, claim),
      change.engineJobId !== undefined,
      change.engineJobId ?? null,
      change.startedAt ?? null,
      change.exitCode ?? null,
      change.error ?? null,
      change.use === undefined ? null : JSON.stringify(change.use),
      change.logs === undefined ? null : JSON.stringify(change.logs),
      change.unknown === true,
      change.cleanupMs !== undefined,
      change.cleanupMs ?? null,
      run.attempt,
    ],
  );
  if (rows.length === 0) throw lostClaim(run.id);
  if (change.inputs !== undefined)
    await insertRows(
      tx,
      'run_input',
      change.inputs.map((file) => ({ ...file, runId: run.id })),
      'update',
    );
  if (change.outputs !== undefined)
    await insertRows(
      tx,
      'run_output',
      change.outputs.map((file) => ({ ...file, runId: run.id, attempt })),
      'update',
    );
  if (moved || change.message !== undefined)
    await appendRunEvent(tx, { runId: run.id, state: to, attempt, message: change.message ?? change.error });
}

/** A run that has ended is looked at again only while jobs of it are looked for. */
function againMsOf({ againInMs, cleanupMs }: RunChange, to: RunState, { cleanupUntil }: Claim): number | null {
  if (!isFinal(to)) return againInMs;
  const cleans = cleanupMs === undefined ? cleanupUntil !== undefined : cleanupMs !== null;
  return cleans ? againInMs : null;
}

/** Somebody else works on the run now, or it was cancelled. */
export function lostClaim(runId: string): ConflictError {
  return new ConflictError(`Somebody else has gone on with the run ${runId}: this process lets it be.`, { runId });
}
