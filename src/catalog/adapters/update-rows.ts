import type { EntityManager } from 'typeorm';
import { readCopyLine } from '../model/copy-text.ts';
import { type FlatRow, type RowTable, rowColumns } from '../model/lay-out-rows.ts';
import type { RowOwner } from './copy-rows.ts';

/** Tables whose rows keep what a lower source says of them (`prior`), beside what their owner says. */
export const foldedTables = ['imaging_session', 'scan'] as const satisfies readonly RowTable[];
export type FoldedTable = (typeof foldedTables)[number];

/** Whether rows of a table keep what a lower source says of them. */
export function isFolded(table: string): table is FoldedTable {
  return (foldedTables as readonly string[]).includes(table);
}

/** The column that says how big a row is, of a table whose rows have a size. */
export function bytesOf(table: string, alias: string): string {
  return table === 'scan' ? `coalesce(${alias}.byte_size, 0)` : '0';
}

/** Sizes of rows after a write, by id: what the owner leaves empty may be another source's. */
export type ByteSizes = ReadonlyMap<string, number>;

/** Makes rows what this source says of them, and nothing else. */
export async function replaceRows(
  tx: EntityManager,
  table: RowTable,
  rows: readonly FlatRow[],
  owner: RowOwner,
): Promise<void> {
  if (rows.length === 0) return;
  const { columns, typeOf, from } = incoming(tx, table);
  const assignments = columns.map((column) => `"${column}" = r."${column}"::${typeOf(column)}`).join(', ');
  await tx.query(
    `UPDATE "${table}" t SET ${assignments}, source_hash = r.source_hash, source_id = $2, retired_at = NULL
       ${isFolded(table) ? ', prior = NULL' : ''}
     FROM ${from} WHERE t.id = r.id`,
    [recordsOf(table, rows), owner.sourceId],
  );
}

/**
 * Makes rows what this source says of them, over what a lower source says: that one's word stays in the columns this one leaves empty,
 * and is kept whole in `prior`. A row that was the lower source's until now is taken over.
 */
export async function foldRows(
  tx: EntityManager,
  table: FoldedTable,
  rows: readonly FlatRow[],
  owner: RowOwner,
): Promise<ByteSizes> {
  if (rows.length === 0) return new Map();
  const { columns, typeOf, from } = incoming(tx, table);
  const assignments = columns.map(
    (column) => `"${column}" = coalesce(r."${column}"::${typeOf(column)}, b."${column}")`,
  );
  const [written]: [{ id: string; bytes: number }[], number] = await tx.query(
    `UPDATE "${table}" t SET ${assignments.join(', ')}, source_hash = r.source_hash, source_id = $2, retired_at = NULL,
       prior = k.prior || jsonb_build_object('empty', ${emptyColumns(columns, 'r')})
     FROM ${from}
     CROSS JOIN LATERAL (
       SELECT CASE WHEN s.rank >= $3::int THEN x.prior ELSE jsonb_build_object('source', x.source_id, 'rank', s.rank,
         'hash', encode(x.source_hash, 'hex'), 'columns', ${asJson(columns, 'x')}) END AS prior
       FROM "${table}" x JOIN source s ON s.id = x.source_id WHERE x.id = r.id) k
     CROSS JOIN LATERAL jsonb_populate_record(NULL::"${table}", k.prior -> 'columns') b
     WHERE t.id = r.id RETURNING t.id, ${bytesOf(table, 't')} AS bytes`,
    [recordsOf(table, rows), owner.sourceId, owner.rank],
  );
  return new Map(written.map(({ id, bytes }) => [id, bytes]));
}

/** Keeps what this source says of rows that a higher source owns, and fills what their owner leaves empty. */
export async function rememberRows(
  tx: EntityManager,
  table: FoldedTable,
  rows: readonly FlatRow[],
  owner: RowOwner,
): Promise<ByteSizes> {
  if (rows.length === 0) return new Map();
  const { columns, typeOf, from } = incoming(tx, table);
  const assignments = columns.map(
    (column) =>
      `"${column}" = CASE WHEN jsonb_exists(e.empty, '${column}') THEN r."${column}"::${typeOf(column)} ELSE t."${column}" END`,
  );
  const [written]: [{ id: string; bytes: number }[], number] = await tx.query(
    `UPDATE "${table}" t SET ${assignments.join(', ')},
       prior = jsonb_build_object('source', $2::int, 'rank', $3::int, 'hash', encode(r.source_hash, 'hex'),
         'columns', ${asJson(columns, 'r')}, 'empty', e.empty)
     FROM ${from}
     CROSS JOIN LATERAL (SELECT coalesce(x.prior -> 'empty', ${emptyColumns(columns, 'x')}) AS empty FROM "${table}" x WHERE x.id = r.id) e
     WHERE t.id = r.id RETURNING t.id, ${bytesOf(table, 't')} AS bytes`,
    [recordsOf(table, rows), owner.sourceId, owner.rank],
  );
  return new Map(written.map(({ id, bytes }) => [id, bytes]));
}

/** Rows as a set `r` in SQL. Read as text and cast: as JSON, a text that holds JSON would be a JSON string. */
function incoming(tx: EntityManager, table: RowTable) {
  const metadata = tx.dataSource.getMetadata(table);
  const columns = rowColumns[table];
  const types = ['id uuid', 'source_hash bytea', ...columns.map((column) => `"${column}" text`)].join(', ');
  return {
    columns,
    typeOf: (column: string): string => String(metadata.findColumnWithDatabaseName(column)?.type ?? 'text'),
    from: `jsonb_to_recordset($1::jsonb) AS r(${types})`,
  };
}

function recordsOf(table: RowTable, rows: readonly FlatRow[]): string {
  const records = rows.map((row) => {
    const cells = readCopyLine(row.line);
    return {
      id: row.id,
      source_hash: `\\x${row.hash}`,
      ...Object.fromEntries(rowColumns[table].map((column, index) => [column, cells[index] ?? null])),
    };
  });
  return JSON.stringify(records);
}

function asJson(columns: readonly string[], alias: string): string {
  return `jsonb_build_object(${columns.map((column) => `'${column}', ${alias}."${column}"`).join(', ')})`;
}

/** Names of the columns that a row leaves empty. */
function emptyColumns(columns: readonly string[], alias: string): string {
  const names = columns.map((column) => `CASE WHEN ${alias}."${column}" IS NULL THEN '${column}' END`).join(', ');
  return `to_jsonb(array_remove(ARRAY[${names}], NULL))`;
}
