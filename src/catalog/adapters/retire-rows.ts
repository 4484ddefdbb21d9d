import type { EntityManager } from 'typeorm';
import type { RowLayout } from '../model/lay-out-rows.ts';
import type { HeldDelta } from './held-delta.ts';

/** What retiring removed from the live rows. */
export interface Retired {
  /** Rows of every table. */
  readonly rows: number;
  readonly sessions: number;
  readonly scans: number;
  readonly bytes: number;
}

/** Which rows of a table hang below some subjects ($1). */
const belowSubjects = {
  imaging_session: 't.subject_id = ANY($1::uuid[])',
  scan: 't.session_id IN (SELECT e.id FROM imaging_session e WHERE e.subject_id = ANY($1::uuid[]))',
  resource: `(t.subject_id = ANY($1::uuid[]) OR t.session_id IN (SELECT e.id FROM imaging_session e WHERE e.subject_id = ANY($1::uuid[]))
    OR t.scan_id IN (SELECT c.id FROM scan c JOIN imaging_session e ON e.id = c.session_id WHERE e.subject_id = ANY($1::uuid[])))`,
  assessor: 't.session_id IN (SELECT e.id FROM imaging_session e WHERE e.subject_id = ANY($1::uuid[]))',
};

/** Retires the rows that a source gave below the subjects of a layout and that the layout does not name. */
export async function retireUnnamed(tx: EntityManager, sourceId: number, layout: RowLayout): Promise<Retired> {
  const subjectIds = layout.subject.map((row) => row.id);
  const unnamed = async (table: keyof typeof belowSubjects): Promise<{ count: number; bytes: number }> =>
    await retire(tx, table, `${belowSubjects[table]} AND t.source_id = $2 AND NOT t.id = ANY($3::uuid[])`, [
      subjectIds,
      sourceId,
      layout[table].map((row) => row.id),
    ]);
  const resources = await unnamed('resource');
  const assessors = await unnamed('assessor');
  const scans = await unnamed('scan');
  const sessions = await unnamed('imaging_session');
  const rows = resources.count + assessors.count + scans.count + sessions.count;
  return { rows, sessions: sessions.count, scans: scans.count, bytes: scans.bytes };
}

/** Retires subjects that a source gave, and what it gave below them. */
export async function retireSubjects(
  tx: EntityManager,
  datasetId: string,
  sourceId: number,
  labels: readonly string[],
): Promise<HeldDelta> {
  const found: { id: string }[] = await tx.query(
    'SELECT id FROM subject WHERE dataset_id = $1 AND source_id = $2 AND label = ANY($3) AND retired_at IS NULL',
    [datasetId, sourceId, labels],
  );
  const ids = found.map((row) => row.id);
  const below = async (table: keyof typeof belowSubjects): Promise<{ count: number; bytes: number }> =>
    await retire(tx, table, `${belowSubjects[table]} AND t.source_id = $2`, [ids, sourceId]);
  await below('resource');
  await below('assessor');
  const scans = await below('scan');
  const sessions = await below('imaging_session');
  await retire(tx, 'subject', 't.id = ANY($1::uuid[])', [ids]);
  return { subjects: -ids.length, sessions: -sessions.count, scans: -scans.count, bytes: -scans.bytes };
}

async function retire(
  tx: EntityManager,
  table: string,
  condition: string,
  values: unknown[],
): Promise<{ count: number; bytes: number }> {
  const bytes = table === 'scan' ? 'coalesce(sum(r.byte_size), 0)::bigint' : '0';
  const rows: { count: number; bytes: number }[] = await tx.query(
    `WITH r AS (UPDATE "${table}" t SET retired_at = clock_timestamp() WHERE ${condition} AND t.retired_at IS NULL RETURNING t.*)
     SELECT count(*) AS count, ${bytes} AS bytes FROM r`,
    values,
  );
  return { count: Number(rows[0]?.count), bytes: Number(rows[0]?.bytes) };
}
