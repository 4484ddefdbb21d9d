import type { EntityManager } from 'typeorm';
import { rowColumns } from '../model/lay-out-rows.ts';
import { moveValues } from './save-values.ts';
import { bytesOf, type FoldedTable } from './update-rows.ts';

/** Rows that live on with other words. */
export interface Reworded {
  readonly count: number;
  /** How many bytes less they have than before. */
  readonly bytes: number;
}

/** Whether any row of a dataset keeps the word of a second source: most datasets have one, and nothing more is looked at. */
export async function hasPriorRows(tx: EntityManager, datasetId: string): Promise<boolean> {
  const [row]: { any: boolean }[] = await tx.query(
    `SELECT EXISTS (SELECT 1 FROM scan t WHERE t.dataset_id = $1 AND t.prior IS NOT NULL)
       OR EXISTS (SELECT 1 FROM imaging_session t WHERE t.dataset_id = $1 AND t.prior IS NOT NULL) AS any`,
    [datasetId],
  );
  return row?.any === true;
}

/** Where the row that a prior one hangs below is looked up. */
const parents = {
  imaging_session: '(SELECT p.retired_at FROM subject p WHERE p.id = b.subject_id)',
  scan: '(SELECT p.retired_at FROM imaging_session p WHERE p.id = b.session_id)',
} as const;

/**
 * Gives rows that their owner no longer has back to the lower source that still has them, as it says they are. Where it hung them below
 * something that is gone since, they are left to be retired.
 * @param condition - which rows `t`
 */
export async function handBack(
  tx: EntityManager,
  table: FoldedTable,
  condition: string,
  values: readonly unknown[],
): Promise<Reworded> {
  const columns = rowColumns[table].map((column) => `"${column}"`);
  const rows: { id: string; freed: number }[] = await tx.query(
    `WITH back AS (
       UPDATE "${table}" u SET ${columns.map((column) => `${column} = k.${column}`).join(', ')},
         source_id = k.prior_source, source_hash = k.prior_hash, prior = NULL
       FROM (SELECT t.id AS row_id, ${bytesOf(table, 't')} AS old_bytes, (t.prior ->> 'source')::smallint AS prior_source,
           decode(t.prior ->> 'hash', 'hex') AS prior_hash, ${columns.map((column) => `b.${column}`).join(', ')}
         FROM "${table}" t CROSS JOIN LATERAL jsonb_populate_record(NULL::"${table}", t.prior -> 'columns') b
         WHERE ${condition} AND t.prior IS NOT NULL AND t.retired_at IS NULL AND ${parents[table]} IS NULL) k
       WHERE u.id = k.row_id RETURNING u.id, k.old_bytes - ${bytesOf(table, 'u')} AS freed)
     SELECT id, freed FROM back`,
    [...values],
  );
  if (table === 'imaging_session')
    await moveValues(
      tx,
      rows.map((row) => row.id),
    );
  return { count: rows.length, bytes: rows.reduce((sum, row) => sum + row.freed, 0) };
}

/**
 * Takes the words of a lower source ($2) out of rows that a higher one owns.
 * @param condition - which rows `t`
 */
export async function forgetPrior(
  tx: EntityManager,
  table: FoldedTable,
  condition: string,
  values: readonly unknown[],
): Promise<Reworded> {
  const assignments = rowColumns[table].map(
    (column) => `"${column}" = CASE WHEN jsonb_exists(k.empty, '${column}') THEN NULL ELSE u."${column}" END`,
  );
  const rows: { freed: number }[] = await tx.query(
    `WITH cleared AS (
       UPDATE "${table}" u SET ${assignments.join(', ')}, prior = NULL
       FROM (SELECT t.id AS row_id, ${bytesOf(table, 't')} AS old_bytes, t.prior -> 'empty' AS empty FROM "${table}" t
         WHERE ${condition} AND t.prior IS NOT NULL AND (t.prior ->> 'source')::int = $2) k
       WHERE u.id = k.row_id RETURNING k.old_bytes - ${bytesOf(table, 'u')} AS freed)
     SELECT freed FROM cleared`,
    [...values],
  );
  return { count: rows.length, bytes: rows.reduce((sum, row) => sum + row.freed, 0) };
}
