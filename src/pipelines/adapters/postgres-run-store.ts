import type { DataSource, EntityManager } from 'typeorm';
import { z } from 'zod';
import type { AuditEntry } from '../../access/index.ts';
import type { PrincipalId } from '../../kernel/ids.ts';
import { emptyPage, type Page, type PageRequest } from '../../kernel/page.ts';
import type { PipelineRun, RunEvent, RunFile, RunId, RunOutput, RunWhere } from '../run-model.ts';
import type { Claim, LaunchOutcome, NewRun, RunChange, RunScope, RunStore } from '../run-ports.ts';
import { launchRun } from './launch-rows.ts';
import { claimRow, eventRow, inputRow, outputRow, runRow, selectClaims, selectRuns } from './run-rows.ts';
import { appendRunEvent, endRun, writeChange } from './write-run.ts';

/** Writes an entry of the audit trail in a transaction. */
type AppendAudit = (tx: EntityManager, entry: AuditEntry) => Promise<void>;

/** Runs in PostgreSQL; time is the database's, the one clock that all processes share. */
export class PostgresRunStore implements RunStore {
  readonly #db: DataSource;
  readonly #appendAudit: AppendAudit;

  /** @param appendAudit - writes an entry of the audit trail in a transaction */
  constructor(db: DataSource, appendAudit: AppendAudit) {
    this.#db = db;
    this.#appendAudit = appendAudit;
  }

  async launch(run: NewRun): Promise<LaunchOutcome> {
    return await this.#db.transaction(async (tx) => {
      const taken = await launchRun(tx, run);
      if ('used' in taken) return { kind: 'overQuota', used: taken.used };
      if (taken.kind === 'launched')
        await this.#appendAudit(tx, {
          actor: run.ownerId,
          action: 'pipeline.launch',
          object: { kind: 'PipelineRun', id: taken.id },
          outcome: 'DONE',
          requestId: run.requestId,
          facts: {
            pipeline: run.pipeline.spec.reference,
            engine: run.engine,
            dataset: run.cohort.datasetId,
            members: run.cohort.memberIds.length,
            cohort: run.cohort.sha256,
            ...(run.rerunOf !== undefined && { rerunOf: run.rerunOf }),
          },
        });
      else if (taken.kind === 'known') await this.#appendAudit(tx, knownEntry(run, taken.id));
      const rows: unknown[] = await tx.query(`${selectRuns} WHERE r.id = $1`, [taken.id]);
      return { kind: taken.kind, run: runRow.parse(rows[0]) };
    });
  }

  async runByKey(
    ownerId: PrincipalId,
    idempotencyKey: string,
  ): Promise<{ readonly run: PipelineRun; readonly bodyHash: string } | undefined> {
    const [found]: { id: string; body_hash: string }[] = await this.#db.query(
      'SELECT id, body_hash FROM pipeline_run WHERE owner_id = $1 AND idempotency_key = $2',
      [ownerId, idempotencyKey],
    );
    const [run] = found === undefined ? [] : await this.runsByIds([found.id], {});
    return run === undefined || found === undefined ? undefined : { run, bodyHash: found.body_hash };
  }

  async audit(entry: AuditEntry): Promise<void> {
    await this.#db.transaction(async (tx) => await this.#appendAudit(tx, entry));
  }

  async runsByIds(ids: readonly string[], scope: RunScope): Promise<readonly PipelineRun[]> {
    const { condition, values } = conditionOf({}, scope);
    const rows: unknown[] = await this.#db.query(
      `${selectRuns} WHERE ${condition} AND r.id = ANY($${values.length + 1}::uuid[])`,
      [...values, ids],
    );
    return rows.map((row) => runRow.parse(row));
  }

  async runs(where: RunWhere, { first, after }: PageRequest, scope: RunScope): Promise<Page<PipelineRun>> {
    if (first === 0) return emptyPage;
    const { condition, values } = conditionOf(where, scope);
    const [at, id] = after ?? [null, null];
    const next = values.length + 1;
    const rows: unknown[] = await this.#db.query(
      `${selectRuns} WHERE ${condition}
         AND ($${next}::timestamptz IS NULL OR (date_trunc('milliseconds', r.requested_at), r.id) < ($${next}, $${next + 1}::uuid))
       ORDER BY date_trunc('milliseconds', r.requested_at) DESC, r.id DESC LIMIT $${next + 2}`,
      [...values, at, id, first + 1],
    );
    const items = rows.slice(0, first).map((row) => runRow.parse(row));
    return {
      items,
      keyAt: (index) => {
        const run = items[index];
        return run === undefined ? [] : [run.requestedAt.toISOString(), run.id];
      },
      hasNextPage: rows.length > first,
      hasPreviousPage: after !== undefined,
    };
  }

  async countRuns(where: RunWhere, scope: RunScope): Promise<number> {
    const { condition, values } = conditionOf(where, scope);
    const rows: { count: number }[] = await this.#db.query(
      `SELECT count(*) AS count FROM pipeline_run r JOIN pipeline_spec p ON p.id = r.spec_id WHERE ${condition}`,
      values,
    );
    return Number(rows[0]?.count);
  }

  async runsByDerived(datasetIds: readonly string[], scope: RunScope): Promise<ReadonlyMap<string, PipelineRun>> {
    const { condition, values } = conditionOf({}, scope);
    const rows: unknown[] = await this.#db.query(
      `${selectRuns} WHERE ${condition} AND r.derived_dataset_id = ANY($${values.length + 1}::uuid[])`,
      [...values, datasetIds],
    );
    return new Map(rows.map((row) => runRow.parse(row)).map((run) => [String(run.derivedDatasetId), run]));
  }

  async events(runIds: readonly string[]): Promise<ReadonlyMap<string, readonly RunEvent[]>> {
    return await this.#byRun('SELECT run_id, at, state, attempt, message FROM run_event', 'id', runIds, eventRow);
  }

  async inputs(runIds: readonly string[]): Promise<ReadonlyMap<string, readonly RunFile[]>> {
    return await this.#byRun(
      'SELECT run_id, path, sha256, byte_size, media_type FROM run_input',
      'path',
      runIds,
      inputRow,
    );
  }

  async outputs(runIds: readonly string[]): Promise<ReadonlyMap<string, readonly RunOutput[]>> {
    const select = 'SELECT run_id, path, sha256, byte_size, media_type, dataset_id FROM run_output';
    return await this.#byRun(select, 'path, sha256', runIds, outputRow);
  }

  async cancel(
    runId: RunId,
    { actor, requestId }: { readonly actor: PrincipalId; readonly requestId: string },
    cleanupMs: number,
  ): Promise<PipelineRun> {
    return await this.#db.transaction(async (tx) => {
      const changed = await endRun(tx, runId, cleanupMs);
      if (changed !== undefined)
        await appendRunEvent(tx, { runId, state: 'CANCELLED', attempt: changed, message: undefined });
      const rows: unknown[] = await tx.query(`${selectRuns} WHERE r.id = $1`, [runId]);
      const run = runRow.parse(rows[0]);
      await this.#appendAudit(tx, {
        actor,
        action: 'run.cancel',
        object: { kind: 'PipelineRun', id: runId },
        outcome: 'DONE',
        requestId,
        facts: { changed: changed !== undefined, state: run.state },
      });
      return run;
    });
  }

  async claim(holder: string, most: number, leaseMs: number): Promise<readonly Claim[]> {
    const [taken]: [{ id: string }[], number] = await this.#db.query(
      `UPDATE pipeline_run SET lease_holder = $1, leased_until = clock_timestamp() + $3 * interval '1 millisecond', fence = fence + 1
       WHERE id IN (SELECT id FROM pipeline_run WHERE next_check_at <= clock_timestamp()
           AND (leased_until IS NULL OR leased_until < clock_timestamp())
         ORDER BY next_check_at LIMIT $2 FOR UPDATE SKIP LOCKED)
       RETURNING id`,
      [holder, most, leaseMs],
    );
    if (taken.length === 0) return [];
    const rows: unknown[] = await this.#db.query(selectClaims, [taken.map(({ id }) => id)]);
    return rows.map((row) => claimRow.parse(row));
  }

  async renew({ run, fence }: Claim, leaseMs: number): Promise<boolean> {
    const [rows]: [unknown[], number] = await this.#db.query(
      `UPDATE pipeline_run SET leased_until = clock_timestamp() + $3 * interval '1 millisecond'
       WHERE id = $1 AND fence = $2 RETURNING id`,
      [run.id, fence, leaseMs],
    );
    return rows.length > 0;
  }

  async write(claim: Claim, change: RunChange): Promise<void> {
    await this.#db.transaction(async (tx) => await writeChange(tx, claim, change));
  }

  async #byRun<T>(
    ...[select, order, runIds, schema]: readonly [
      select: string,
      order: string,
      runIds: readonly string[],
      schema: z.ZodType<T>,
    ]
  ): Promise<ReadonlyMap<string, readonly T[]>> {
    const rows: unknown[] = await this.#db.query(`${select} WHERE run_id = ANY($1::uuid[]) ORDER BY ${order}`, [
      runIds,
    ]);
    const byRun = Map.groupBy(rows, (row) => ofRun.parse(row).run_id);
    return new Map([...byRun].map(([id, some]) => [id, some.map((row) => schema.parse(row))]));
  }
}

const ofRun = z.object({ run_id: z.string() });

function conditionOf(where: RunWhere, scope: RunScope): { readonly condition: string; readonly values: unknown[] } {
  const parts = ['TRUE'];
  const values: unknown[] = [];
  if (scope.ownerId !== undefined) parts.push(`r.owner_id = $${values.push(scope.ownerId)}`);
  if (scope.datasetIds !== undefined) parts.push(`r.dataset_id = ANY($${values.push(scope.datasetIds)}::uuid[])`);
  if (where.state !== undefined) parts.push(`r.state = ANY($${values.push(where.state)})`);
  if (where.engine !== undefined) parts.push(`r.engine = $${values.push(where.engine)}`);
  if (where.datasetId !== undefined) parts.push(`r.dataset_id = $${values.push(where.datasetId)}`);
  if (where.pipeline !== undefined)
    parts.push(`(p.name = $${values.push(where.pipeline)} OR p.name || '@' || p.version::text = $${values.length})`);
  return { condition: parts.join(' AND '), values };
}

function knownEntry({ ownerId, requestId }: NewRun, id: string): AuditEntry {
  return {
    actor: ownerId,
    action: 'pipeline.launch',
    object: { kind: 'PipelineRun', id },
    outcome: 'DONE',
    requestId,
    facts: { again: true },
  };
}
