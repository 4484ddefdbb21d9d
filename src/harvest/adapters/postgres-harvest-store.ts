import { randomUUID } from 'node:crypto';
import type { DataSource as Database, EntityManager } from 'typeorm';
import type { AuditEntry } from '../../access/index.ts';
import { naturalId } from '../../kernel/ids.ts';
import { emptyPage, type Page, type PageRequest } from '../../kernel/page.ts';
import type {
  DataSource,
  DataSourceId,
  DataSourceKind,
  Freshness,
  HarvestProgress,
  HarvestRequest,
  HarvestRun,
  HarvestRunId,
  HarvestRunWhere,
} from '../model.ts';
import type { HarvestStore, Lease, MirrorState } from '../ports.ts';
import { PostgresMirrorState } from './postgres-mirror-state.ts';
import { freshnessRow, runRow, selectRuns, sourceColumns, sourceRow } from './run-rows.ts';

/** Writes an entry of the audit trail in a transaction. */
type AppendAudit = (tx: EntityManager, entry: AuditEntry) => Promise<void>;

/** Sources, runs and leases in PostgreSQL; time is the database's, the one clock that all processes share. */
export class PostgresHarvestStore implements HarvestStore {
  readonly #db: Database;
  readonly #appendAudit: AppendAudit;

  /** @param appendAudit - writes an entry of the audit trail in a transaction */
  constructor(db: Database, appendAudit: AppendAudit) {
    this.#db = db;
    this.#appendAudit = appendAudit;
  }

  async registerSource({
    name,
    kind,
    url,
  }: {
    readonly name: string;
    readonly kind: DataSourceKind;
    readonly url: string;
  }): Promise<DataSource> {
    const rows: unknown[] = await this.#db.query(
      `INSERT INTO data_source (id, name, kind, url) VALUES ($1, $2, $3, $4)
       ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING ${sourceColumns}`,
      [naturalId('data-source', name), name, kind, url],
    );
    return sourceRow.parse(rows[0]);
  }

  async sources(): Promise<readonly DataSource[]> {
    const rows: unknown[] = await this.#db.query(`SELECT ${sourceColumns} FROM data_source ORDER BY name`);
    return rows.map((row) => sourceRow.parse(row));
  }

  async requestRun({ sourceId, options, requestedBy, requestId }: HarvestRequest): Promise<HarvestRun> {
    const id = await this.#db.transaction(async (tx) => {
      // One at a time for a source: two who ask at once share a run.
      await tx.query('SELECT 1 FROM data_source WHERE id = $1 FOR UPDATE', [sourceId]);
      const waiting: { id: string }[] = await tx
        .query(
          `UPDATE harvest_run SET options = jsonb_build_object(
           'full', (options->>'full')::boolean OR $2, 'digests', (options->>'digests')::boolean OR $3)
         WHERE id = (SELECT id FROM harvest_run WHERE source_id = $1 AND state = 'REQUESTED' ORDER BY requested_at LIMIT 1)
         RETURNING id`,
          [sourceId, options.full, options.digests],
        )
        .then(([rows]: [{ id: string }[], number]) => rows);
      const runId = waiting[0]?.id ?? randomUUID();
      if (waiting.length === 0)
        await tx.query(
          `INSERT INTO harvest_run (id, source_id, state, options, requested_at, requested_by)
           VALUES ($1, $2, 'REQUESTED', $3, clock_timestamp(), $4)`,
          [runId, sourceId, JSON.stringify(options), requestedBy ?? null],
        );
      if (requestedBy !== undefined)
        await this.#appendAudit(tx, {
          actor: requestedBy,
          action: 'harvest.start',
          object: { kind: 'HarvestRun', id: runId },
          outcome: 'DONE',
          ...(requestId !== undefined && { requestId }),
          facts: { source: sourceId, ...options, joined: waiting.length > 0 },
        });
      return runId;
    });
    const [run] = await this.runsByIds([id]);
    if (run === undefined) throw new Error(`the run ${id} is gone`);
    return run;
  }

  async runs(where: HarvestRunWhere, { first, after }: PageRequest): Promise<Page<HarvestRun>> {
    if (first === 0) return emptyPage;
    const { condition, values } = conditionOf(where);
    const [at, id] = after ?? [null, null];
    const rows: unknown[] = await this.#db.query(
      `${selectRuns} WHERE ${condition}
         AND ($${values.length + 1}::timestamptz IS NULL OR (date_trunc('milliseconds', r.requested_at), r.id) < ($${values.length + 1}, $${values.length + 2}::uuid))
       ORDER BY date_trunc('milliseconds', r.requested_at) DESC, r.id DESC LIMIT $${values.length + 3}`,
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

  async countRuns(where: HarvestRunWhere): Promise<number> {
    const { condition, values } = conditionOf(where);
    const rows: { count: string }[] = await this.#db.query(
      `SELECT count(*) AS count FROM harvest_run r JOIN data_source s ON s.id = r.source_id WHERE ${condition}`,
      values,
    );
    return Number(rows[0]?.count);
  }

  async runsByIds(ids: readonly string[]): Promise<readonly HarvestRun[]> {
    const rows: unknown[] = await this.#db.query(`${selectRuns} WHERE r.id = ANY($1::uuid[])`, [ids]);
    return rows.map((row) => runRow.parse(row));
  }

  async waitingRun(sourceId: DataSourceId): Promise<HarvestRun | undefined> {
    const rows: unknown[] = await this.#db.query(
      `${selectRuns} WHERE r.source_id = $1 AND r.state = 'REQUESTED' ORDER BY r.requested_at LIMIT 1`,
      [sourceId],
    );
    return rows[0] === undefined ? undefined : runRow.parse(rows[0]);
  }

  async lease({ sourceId, holder }: Lease, forMs: number): Promise<boolean> {
    const [rows]: [unknown[], number] = await this.#db.query(
      `UPDATE data_source SET lease_holder = $2, leased_until = clock_timestamp() + $3 * interval '1 millisecond'
       WHERE id = $1 AND (lease_holder IS NULL OR lease_holder = $2 OR leased_until < clock_timestamp()) RETURNING id`,
      [sourceId, holder, forMs],
    );
    return rows.length > 0;
  }

  async release({ sourceId, holder }: Lease): Promise<void> {
    await this.#db.query(
      'UPDATE data_source SET lease_holder = NULL, leased_until = NULL WHERE id = $1 AND lease_holder = $2',
      [sourceId, holder],
    );
  }

  async beginRun({ sourceId }: Lease, runId: HarvestRunId): Promise<void> {
    await this.#db.transaction(async (tx) => {
      await tx.query(
        `UPDATE harvest_run SET state = 'FAILED', finished_at = clock_timestamp(),
           error = 'The process that ran it ended before it was done; what it had stored stays, the next run goes on from there.'
         WHERE source_id = $1 AND state = 'RUNNING' AND id <> $2`,
        [sourceId, runId],
      );
      await tx.query(`UPDATE harvest_run SET state = 'RUNNING', started_at = clock_timestamp() WHERE id = $1`, [runId]);
    });
  }

  async saveProgress(runId: HarvestRunId, progress: HarvestProgress): Promise<void> {
    await this.#db.query(`UPDATE harvest_run SET progress = $2 WHERE id = $1 AND state = 'RUNNING'`, [
      runId,
      JSON.stringify(progress),
    ]);
  }

  async endRun(runId: HarvestRunId, { state, report, error, freshAt, url }: Parameters<HarvestStore['endRun']>[1]) {
    await this.#db.transaction(async (tx) => {
      await tx.query(
        `UPDATE harvest_run SET state = $2, report = $3, error = $4, finished_at = clock_timestamp() WHERE id = $1`,
        [runId, state, report === undefined ? null : JSON.stringify(report), error ?? null],
      );
      if (state === 'SUCCEEDED' && freshAt !== undefined)
        await tx.query(
          `UPDATE data_source SET fresh_at = $2, url = coalesce($3, url)
           WHERE id = (SELECT source_id FROM harvest_run WHERE id = $1)`,
          [runId, freshAt, url ?? null],
        );
    });
  }

  async freshness(datasetIds: readonly string[]): Promise<readonly Freshness[]> {
    const rows: unknown[] = await this.#db.query(
      `SELECT p.dataset_id, s.name AS source, min(p.checked_at) AS checked_at, max(p.changed_at) AS changed_at, bool_and(p.readable) AS readable
       FROM mirror_project p JOIN data_source s ON s.id = p.source_id WHERE p.dataset_id = ANY($1::uuid[])
       GROUP BY p.dataset_id, s.name ORDER BY s.name`,
      [datasetIds],
    );
    return rows.map((row) => freshnessRow.parse(row));
  }

  mirror(lease: Lease): MirrorState {
    return new PostgresMirrorState(this.#db, lease);
  }
}

function conditionOf({ source, state }: HarvestRunWhere): { readonly condition: string; readonly values: unknown[] } {
  const parts = ['TRUE'];
  const values: unknown[] = [];
  if (source !== undefined) parts.push(`s.name = $${values.push(source)}`);
  if (state !== undefined) parts.push(`r.state = ANY($${values.push(state)})`);
  return { condition: parts.join(' AND '), values };
}
