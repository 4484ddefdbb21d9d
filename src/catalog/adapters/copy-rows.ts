import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { DataSource, EntityManager } from 'typeorm';
import { readCopyLine } from '../model/copy-text.ts';
import { type FlatRow, type RowTable, rowColumns } from '../model/lay-out-rows.ts';
import { idList } from './id-list.ts';

/** Which dataset and source the rows belong to. */
export interface RowOwner {
  readonly datasetId: string;
  readonly sourceId: number;
  readonly rank: number;
  /** Whether new rows are tombstones from the start. */
  readonly retired?: boolean;
}

/** Where the foreign keys of each table lead, beside those of a subject to its dataset and source. */
const parents: Readonly<Record<RowTable, Readonly<Record<string, RowTable | 'license'>>>> = {
  subject: {},
  imaging_session: { subject_id: 'subject' },
  scan: { session_id: 'imaging_session', license_id: 'license' },
  resource: { subject_id: 'subject', session_id: 'imaging_session', scan_id: 'scan' },
  assessor: { subject_id: 'subject', session_id: 'imaging_session' },
};

const ownColumns = ['id', 'dataset_id', 'source_id', 'retired_at', 'source_hash'];

/**
 * Inserts new rows of one table by COPY, their foreign keys checked.
 * @param inserted - ids of the rows that this transaction inserted so far; those of `rows` are added
 */
export async function insertRowsChecked(
  tx: EntityManager,
  table: RowTable,
  rows: readonly FlatRow[],
  { owner, inserted }: { readonly owner: RowOwner; readonly inserted: Set<string> },
): Promise<void> {
  if (rows.length === 0) return;
  await lockParents(tx, table, rows, { owner, inserted });
  await withoutTriggers(tx, async () => await copyRows(tx, table, rows, owner));
  for (const row of rows) inserted.add(row.id);
}

/** Writes rows by COPY straight into their table. */
export async function copyRows(
  tx: EntityManager,
  table: RowTable,
  rows: readonly FlatRow[],
  owner: RowOwner,
): Promise<void> {
  const columns = [...ownColumns, ...rowColumns[table]].map((column) => `"${column}"`).join(', ');
  await copyText(tx, `COPY "${table}" (${columns}) FROM STDIN`, linesOf(rows, owner));
}

/** Sends text in COPY's own format. */
export async function copyText(tx: EntityManager, sql: string, pieces: Iterable<string>): Promise<void> {
  // TypeORM hands out the driver's own client; COPY has no other way in.
  const client = (await tx.queryRunner?.connect()) as PoolClient;
  await pipeline(Readable.from(pieces), client.query(copyFrom(sql)));
}

/**
 * Finds and locks what new rows point to, as PostgreSQL's own triggers would, but a set at a time and in the order of the ids, as every
 * other writer does. What this transaction inserted itself is there.
 */
export async function lockParents(
  tx: EntityManager,
  table: RowTable,
  rows: readonly FlatRow[],
  { owner, inserted }: { readonly owner: RowOwner; readonly inserted: ReadonlySet<string> },
): Promise<void> {
  if (table === 'subject') {
    await findParents(tx, 'dataset', [owner.datasetId]);
    await findParents(tx, 'source', [owner.sourceId]);
  }
  for (const [column, parent] of Object.entries(parents[table])) {
    const place = rowColumns[table].indexOf(column);
    const ids = new Set<string>();
    for (const { line } of rows) {
      const id = readCopyLine(line)[place];
      if (typeof id === 'string' && !inserted.has(id)) ids.add(id);
    }
    if (ids.size > 0) await findParents(tx, parent, [...ids]);
  }
}

/** Locks rows that others point to, in the order of their ids; all must be there. */
export async function findParents(
  tx: EntityManager,
  parent: 'dataset' | 'source' | 'license' | RowTable,
  ids: readonly (string | number)[],
): Promise<void> {
  if (ids.length === 0) return;
  const type = parent === 'source' ? 'smallint' : 'uuid';
  const found: unknown[] = await tx.query(
    `SELECT 1 FROM "${parent}" WHERE id = ANY($1::${type}[]) ORDER BY id FOR KEY SHARE`,
    [idList(ids)],
  );
  if (found.length < ids.length) throw new Error(`a row points to a ${parent} that is not there`);
}

/**
 * Runs COPY without the triggers that check foreign keys once more, row by row: that costs more than storing the rows. Only where the
 * role may switch them off (the embedded server; elsewhere `GRANT SET ON PARAMETER session_replication_role`).
 */
export async function withoutTriggers(tx: EntityManager, work: () => Promise<void>): Promise<void> {
  const may = await maySwitchTriggersOff(tx.dataSource);
  if (may) await tx.query('SET LOCAL session_replication_role = replica');
  await work();
  if (may) await tx.query('SET LOCAL session_replication_role = DEFAULT');
}

const rights = new WeakMap<DataSource, Promise<boolean>>();

async function maySwitchTriggersOff(db: DataSource): Promise<boolean> {
  let right = rights.get(db);
  if (right === undefined) {
    right = db
      .query<{ may: boolean }[]>(`SELECT has_parameter_privilege('session_replication_role', 'SET') AS may`)
      .then((rows) => rows[0]?.may === true);
    rights.set(db, right);
  }
  return await right;
}

/** COPY text format (PostgreSQL manual, COPY, "Text Format"), in pieces of some hundred rows. */
function* linesOf(rows: readonly FlatRow[], owner: RowOwner): Generator<string> {
  const prefix = `\t${owner.datasetId}\t${owner.sourceId}\t${owner.retired === true ? new Date().toISOString() : '\\N'}\t\\\\x`;
  let piece = '';
  for (const row of rows) {
    piece += `${row.id}${prefix}${row.hash}\t${row.line}\n`;
    if (piece.length > 65_536) {
      yield piece;
      piece = '';
    }
  }
  yield piece;
}
