import type { EntityManager } from 'typeorm';
import type { RowLayout } from '../model/lay-out-rows.ts';
import type { RowOwner } from './copy-rows.ts';
import type { HeldDelta } from './held-delta.ts';
import { idList } from './id-list.ts';
import { handOver, mergeSubjects } from './merge-subjects.ts';
import { forgetPrior, handBack, hasPriorRows, type Reworded } from './prior-rows.ts';
import { foldedTables, isFolded } from './update-rows.ts';

/** What retiring removed from the live rows. */
export interface Retired {
  /** Rows of every table. */
  readonly rows: number;
  readonly sessions: number;
  readonly scans: number;
  readonly bytes: number;
}

/**
 * Which rows of a table hang below some subjects ($1). As arrays: a list of ids can only be looked up in an index, while of a subquery the
 * planner, who may know nothing of the tables yet, has made a loop within a loop (minutes for 6,000 resources).
 */
const belowSubjects = {
  imaging_session: 't.subject_id = ANY($1::uuid[])',
  scan: 't.session_id = ANY(ARRAY(SELECT e.id FROM imaging_session e WHERE e.subject_id = ANY($1::uuid[])))',
  resource: `t.id = ANY(ARRAY(SELECT r.id FROM resource r WHERE r.subject_id = ANY($1::uuid[])
    UNION ALL SELECT r.id FROM imaging_session e JOIN resource r ON r.session_id = e.id WHERE e.subject_id = ANY($1::uuid[])
    UNION ALL SELECT r.id FROM imaging_session e JOIN scan c ON c.session_id = e.id JOIN resource r ON r.scan_id = c.id
      WHERE e.subject_id = ANY($1::uuid[])))`,
  assessor: `t.id = ANY(ARRAY(SELECT a.id FROM assessor a WHERE a.subject_id = ANY($1::uuid[])
    UNION ALL SELECT a.id FROM imaging_session e JOIN assessor a ON a.session_id = e.id WHERE e.subject_id = ANY($1::uuid[])))`,
};

/** Rows that live below a row of a table: while there are some, of another source, the row itself stays. */
const liveBelow: Readonly<Record<string, string>> = {
  subject: `SELECT b.source_id FROM imaging_session b WHERE b.subject_id = t.id AND b.retired_at IS NULL
    UNION ALL SELECT b.source_id FROM resource b WHERE b.subject_id = t.id AND b.retired_at IS NULL
    UNION ALL SELECT b.source_id FROM assessor b WHERE b.subject_id = t.id AND b.retired_at IS NULL`,
  imaging_session: `SELECT b.source_id FROM scan b WHERE b.session_id = t.id AND b.retired_at IS NULL
    UNION ALL SELECT b.source_id FROM resource b WHERE b.session_id = t.id AND b.retired_at IS NULL
    UNION ALL SELECT b.source_id FROM assessor b WHERE b.session_id = t.id AND b.retired_at IS NULL
    UNION ALL SELECT b.source_id FROM value b WHERE b.session_id = t.id`,
  scan: 'SELECT b.source_id FROM resource b WHERE b.scan_id = t.id AND b.retired_at IS NULL',
};

/**
 * Whether the planner must go by indices. What it knows of the tables may be from before the load that is under way, and one guess at a
 * hash join reads a million rows for every batch.
 */
async function planThroughIndices(tx: EntityManager, on: boolean): Promise<void> {
  for (const method of ['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin'])
    await tx.query(`SET LOCAL ${method} = ${on ? 'off' : 'DEFAULT'}`);
}

/** Retires the rows that a source gave below the subjects of a layout and that the layout does not name. */
export async function retireUnnamed(
  tx: EntityManager,
  { datasetId, sourceId }: RowOwner,
  layout: RowLayout,
): Promise<Retired> {
  const subjectIds = idList(layout.subject.map((row) => row.id));
  await planThroughIndices(tx, true);
  const values = await forgetValues(tx, [subjectIds, sourceId, idList(layout.imaging_session.map((row) => row.id))]);
  const unnamed = async (table: keyof typeof belowSubjects): Promise<{ count: number; bytes: number }> =>
    await retire(tx, table, `${belowSubjects[table]} AND t.source_id = $2 AND NOT t.id = ANY($3::uuid[])`, [
      subjectIds,
      sourceId,
      idList(layout[table].map((row) => row.id)),
    ]);
  const resources = await unnamed('resource');
  const assessors = await unnamed('assessor');
  const reworded = await rewordFolded(tx, datasetId, (table) => ({
    condition: `${belowSubjects[table]} AND NOT t.id = ANY($3::uuid[])`,
    values: [subjectIds, sourceId, idList(layout[table].map((row) => row.id))],
  }));
  const scans = await unnamed('scan');
  const sessions = await unnamed('imaging_session');
  await planThroughIndices(tx, false);
  const rows = values + reworded.count + resources.count + assessors.count + scans.count + sessions.count;
  return { rows, sessions: sessions.count, scans: scans.count, bytes: scans.bytes + reworded.bytes };
}

/** Deletes the values that a source ($2) gave of sessions below some subjects ($1) but for some ($3). @returns how many */
async function forgetValues(tx: EntityManager, values: readonly unknown[]): Promise<number> {
  const [, count]: [unknown, number] = await tx.query(
    `DELETE FROM value x WHERE x.session_id IN (SELECT e.id FROM imaging_session e WHERE e.subject_id = ANY($1::uuid[]))
       AND NOT x.session_id = ANY($3::uuid[]) AND x.source_id = $2`,
    [...values],
  );
  return count;
}

/** Takes a source's words out of rows of which another one speaks: those it owns go back to that one, in the others it filled gaps. */
async function rewordFolded(
  tx: EntityManager,
  datasetId: string,
  which: (table: (typeof foldedTables)[number]) => { readonly condition: string; readonly values: readonly unknown[] },
): Promise<Reworded> {
  let [count, bytes] = [0, 0];
  if (!(await hasPriorRows(tx, datasetId))) return { count, bytes };
  // What hangs below these rows was found where they are now. Scans first: what one goes back to is looked for among the sessions as they are.
  for (const table of foldedTables.toReversed()) {
    const { condition, values } = which(table);
    const back = await handBack(tx, table, `${condition} AND t.source_id = $2`, values);
    const cleared = await forgetPrior(tx, table, condition, values);
    count += back.count + cleared.count;
    bytes += back.bytes + cleared.bytes;
  }
  return { count, bytes };
}

/**
 * Takes back what a source said of subjects: rows below them, values, fields. Those that no other source speaks of are retired;
 * the others go over to the next source in precedence.
 * @returns how many subjects the source had spoken of, and what that did to the live rows
 */
export async function retireSubjects(
  tx: EntityManager,
  datasetId: string,
  sourceId: number,
  labels: readonly string[],
): Promise<{ readonly named: number; readonly delta: HeldDelta }> {
  const found: { id: string }[] = await tx.query(
    `SELECT t.id FROM subject t JOIN subject_statement o ON o.subject_id = t.id AND o.source_id = $2
     WHERE t.dataset_id = $1 AND t.label = ANY($3) AND t.retired_at IS NULL`,
    [datasetId, sourceId, labels],
  );
  const ids = found.map((row) => row.id);
  await planThroughIndices(tx, true);
  const below = async (table: keyof typeof belowSubjects): Promise<{ count: number; bytes: number }> =>
    await retire(tx, table, `${belowSubjects[table]} AND t.source_id = $2`, [ids, sourceId]);
  await tx.query('DELETE FROM value WHERE subject_id = ANY($1::uuid[]) AND source_id = $2', [ids, sourceId]);
  await below('resource');
  await below('assessor');
  const reworded = await rewordFolded(tx, datasetId, (table) => ({
    condition: belowSubjects[table],
    values: [ids, sourceId],
  }));
  const scans = await below('scan');
  const sessions = await below('imaging_session');
  await tx.query('DELETE FROM subject_statement WHERE subject_id = ANY($1::uuid[]) AND source_id = $2', [
    ids,
    sourceId,
  ]);
  await handOver(tx, ids, sourceId);
  await mergeSubjects(tx, ids);
  const retired = await retire(
    tx,
    'subject',
    't.id = ANY($1::uuid[]) AND NOT EXISTS (SELECT 1 FROM subject_statement o WHERE o.subject_id = t.id)',
    [ids],
  );
  await planThroughIndices(tx, false);
  const bytes = -(scans.bytes + reworded.bytes);
  const delta = { subjects: -retired.count, sessions: -sessions.count, scans: -scans.count, bytes };
  return { named: ids.length, delta };
}

/**
 * Retires rows of one table. One below which rows of other sources live is handed to the first of these instead: else they would be
 * live rows of a session, or a subject, that is gone.
 */
async function retire(
  tx: EntityManager,
  table: string,
  condition: string,
  values: unknown[],
): Promise<{ count: number; bytes: number }> {
  const bytes = table === 'scan' ? 'coalesce(sum(r.byte_size), 0)::bigint' : '0';
  const below = liveBelow[table];
  const rows: { count: number; bytes: number }[] = await tx.query(
    `WITH r AS (UPDATE "${table}" t SET retired_at = clock_timestamp() WHERE ${condition} AND t.retired_at IS NULL
       ${below === undefined ? '' : `AND NOT EXISTS (${below})`} RETURNING t.*)
     SELECT count(*) AS count, ${bytes} AS bytes FROM r`,
    values,
  );
  if (below !== undefined) {
    await tx.query(
      `UPDATE "${table}" t SET source_id = (SELECT x.source_id FROM (${below}) x JOIN source s ON s.id = x.source_id ORDER BY s.rank DESC, x.source_id LIMIT 1),
         source_hash = ''${isFolded(table) ? ', prior = NULL' : ''} WHERE ${condition} AND t.retired_at IS NULL`,
      values,
    );
  }
  return { count: Number(rows[0]?.count), bytes: Number(rows[0]?.bytes) };
}
