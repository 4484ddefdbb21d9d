import type { EntityManager } from 'typeorm';
import { readCopyLine } from '../model/copy-text.ts';
import { type FlatRow, type RowLayout, type RowTable, rowColumns, rowTables } from '../model/lay-out-rows.ts';
import type { Written } from '../ports.ts';
import { insertRowsChecked, type RowOwner } from './copy-rows.ts';
import type { HeldDelta } from './held-delta.ts';
import { idList } from './id-list.ts';
import { mergeSubjects, saveStatements } from './merge-subjects.ts';
import { retireUnnamed } from './retire-rows.ts';
import { saveFreshRows } from './save-fresh-rows.ts';

interface KnownRow {
  readonly hash: string;
  readonly retired: boolean;
  readonly rank: number;
  readonly bytes: number;
  /** Hash of what this source said before, where others speak of the same row, too. */
  readonly stated: string | null;
}

/**
 * Writes rows table by table, parents first: new ones by COPY straight into the table, changed ones by one UPDATE, then retires
 * what the source no longer names below the same subjects.
 */
export async function saveRows(
  tx: EntityManager,
  datasetId: string,
  sourceId: number,
  layout: RowLayout,
): Promise<{ readonly written: Written; readonly retired: number; readonly delta: HeldDelta }> {
  const owner = { datasetId, sourceId, rank: await rankOfSource(tx, sourceId) };
  const subjects = await knownRows(tx, 'subject', layout.subject, owner);
  if (subjects.size === 0 && layout.subject.length > 0) {
    if (await saveFreshRows(tx, layout, owner)) return { written: 'all', retired: 0, delta: sizeOf(layout) };
  }
  return await saveKnownRows(tx, uniqueLayout(layout), { owner, subjects });
}

async function saveKnownRows(
  tx: EntityManager,
  layout: RowLayout,
  { owner, subjects }: { readonly owner: RowOwner; readonly subjects: ReadonlyMap<string, KnownRow> },
): ReturnType<typeof saveRows> {
  const written = new Set<string>();
  const inserted = new Set<string>();
  const live: Record<RowTable, number> = { subject: 0, imaging_session: 0, scan: 0, resource: 0, assessor: 0 };
  let bytes = 0;
  let known = false;
  for (const table of rowTables) {
    const rows = layout[table];
    const before = table === 'subject' ? subjects : await knownRows(tx, table, rows, owner);
    known ||= before.size > 0;
    const fresh = rows.filter((row) => !before.has(row.id));
    const changed = rows.filter((row) => differs(row, before.get(row.id), owner));
    await insertRowsChecked(tx, table, fresh, { owner, inserted });
    await updateRows(tx, table, changed, owner);
    for (const row of [...fresh, ...changed]) written.add(row.id);
    if (table === 'subject') {
      await saveStatements(tx, rows, owner);
      for (const id of await mergeSubjects(tx, [...before.keys()])) written.add(id);
    }
    live[table] += fresh.length + changed.filter((row) => before.get(row.id)?.retired === true).length;
    if (table === 'scan') bytes += byteDelta(fresh, changed, before);
  }
  const retired = known
    ? await retireUnnamed(tx, owner.sourceId, layout)
    : { rows: 0, sessions: 0, scans: 0, bytes: 0 };
  const delta = {
    subjects: live.subject,
    sessions: live.imaging_session - retired.sessions,
    scans: live.scan - retired.scans,
    bytes: bytes - retired.bytes,
  };
  return { written, retired: retired.rows, delta };
}

function sizeOf(layout: RowLayout): HeldDelta {
  return {
    subjects: layout.subject.length,
    sessions: layout.imaging_session.length,
    scans: layout.scan.length,
    bytes: layout.scan.reduce((sum, row) => sum + row.byteSize, 0),
  };
}

/** Inserts rows that are not there as tombstones: what a source once had, and no row replaces. */
export async function saveTombstones(
  tx: EntityManager,
  datasetId: string,
  sourceId: number,
  layout: RowLayout,
): Promise<ReadonlySet<string>> {
  const owner = { datasetId, sourceId, rank: 0, retired: true };
  const written = new Set<string>();
  for (const table of rowTables) {
    const rows = uniqueRows(layout[table]);
    const before = await knownRows(tx, table, rows, owner);
    const fresh = rows.filter((row) => !before.has(row.id));
    await insertRowsChecked(tx, table, fresh, { owner, inserted: written });
  }
  return written;
}

async function rankOfSource(tx: EntityManager, sourceId: number): Promise<number> {
  const rows: { rank: number }[] = await tx.query('SELECT rank FROM source WHERE id = $1', [sourceId]);
  return rows[0]?.rank ?? 0;
}

async function knownRows(
  tx: EntityManager,
  table: RowTable,
  rows: readonly FlatRow[],
  owner: RowOwner,
): Promise<ReadonlyMap<string, KnownRow>> {
  if (rows.length === 0) return new Map();
  const bytes = table === 'scan' ? 'coalesce(t.byte_size, 0)' : '0';
  const stated =
    table === 'subject'
      ? `(SELECT encode(o.source_hash, 'hex') FROM subject_statement o WHERE o.subject_id = t.id AND o.source_id = ${owner.sourceId})`
      : 'NULL';
  const found: (KnownRow & { id: string })[] = await tx.query(
    `SELECT t.id, encode(t.source_hash, 'hex') AS hash, t.retired_at IS NOT NULL AS retired, s.rank, ${bytes} AS bytes, ${stated} AS stated
     FROM "${table}" t JOIN source s ON s.id = t.source_id WHERE t.id = ANY($1::uuid[])`,
    [idList(rows.map((row) => row.id))],
  );
  return new Map(found.map((row) => [row.id, row]));
}

function differs(row: FlatRow, before: KnownRow | undefined, owner: RowOwner): boolean {
  if (before === undefined) return false;
  // A retired row is one that its source took back: whoever still speaks of it owns it.
  if (before.retired) return true;
  if (before.rank > owner.rank) return false;
  // Of two sources of one rank the later one's word stands until the other says something new.
  if (before.rank === owner.rank && before.stated === row.hash) return false;
  return before.hash !== row.hash || before.rank < owner.rank;
}

function byteDelta(
  fresh: readonly FlatRow[],
  changed: readonly FlatRow[],
  before: ReadonlyMap<string, KnownRow>,
): number {
  const liveBefore = (row: FlatRow): number => {
    const old = before.get(row.id);
    return old === undefined || old.retired ? 0 : old.bytes;
  };
  return [...fresh, ...changed].reduce((sum, row) => sum + row.byteSize - liveBefore(row), 0);
}

async function updateRows(
  tx: EntityManager,
  table: RowTable,
  rows: readonly FlatRow[],
  owner: RowOwner,
): Promise<void> {
  if (rows.length === 0) return;
  const metadata = tx.dataSource.getMetadata(table);
  const typeOf = (column: string): string => String(metadata.findColumnWithDatabaseName(column)?.type ?? 'text');
  const columns = rowColumns[table];
  const records = rows.map((row) => {
    const cells = readCopyLine(row.line);
    return {
      id: row.id,
      source_hash: `\\x${row.hash}`,
      ...Object.fromEntries(columns.map((column, index) => [column, cells[index] ?? null])),
    };
  });
  // Read as text and cast: as JSON, a text that holds JSON would be a JSON string.
  const types = ['id uuid', 'source_hash bytea', ...columns.map((column) => `"${column}" text`)].join(', ');
  const assignments = columns.map((column) => `"${column}" = r."${column}"::${typeOf(column)}`).join(', ');
  await tx.query(
    `UPDATE "${table}" t SET ${assignments}, source_hash = r.source_hash, source_id = $2, retired_at = NULL
     FROM jsonb_to_recordset($1::jsonb) AS r(${types}) WHERE t.id = r.id`,
    [JSON.stringify(records), owner.sourceId],
  );
}

function uniqueLayout(layout: RowLayout): RowLayout {
  const { subject, imaging_session, scan, resource, assessor } = layout;
  return {
    subject: uniqueRows(subject),
    imaging_session: uniqueRows(imaging_session),
    scan: uniqueRows(scan),
    resource: uniqueRows(resource),
    assessor: uniqueRows(assessor),
  };
}

function uniqueRows(rows: readonly FlatRow[]): readonly FlatRow[] {
  const ids = new Set<string>();
  for (const row of rows) ids.add(row.id);
  return ids.size === rows.length ? rows : [...new Map(rows.map((row) => [row.id, row])).values()];
}
