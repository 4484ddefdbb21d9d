import type { EntityManager } from 'typeorm';

/** What to do with a row that is already there: by primary key, or by another key with its own update. */
export type OnConflict = 'fail' | 'ignore' | 'update' | { readonly key: string; readonly update: string };

/**
 * Inserts any number of rows of one table in one statement.
 * @param table - name of a table of `entities.ts`
 * @param rows - objects of its property names; all have the same properties, those left out take their default
 * @param onConflict - fail, keep what is there, or overwrite it
 */
export async function insertRows(
  tx: EntityManager,
  table: string,
  rows: readonly object[],
  onConflict: OnConflict = 'fail',
): Promise<void> {
  const first = rows[0];
  if (first === undefined) return;
  const { columns, primaryColumns, tablePath } = tx.dataSource.getMetadata(table);
  const used = columns.filter((column) => column.propertyName in first);
  const names = used.map((column) => `"${column.databaseName}"`).join(', ');
  const types = used
    .map((column) => `"${column.databaseName}" ${sqlType(column.type)}${column.isArray ? '[]' : ''}`)
    .join(', ');
  const records = rows.map((row) => {
    const values = new Map(Object.entries(row));
    return Object.fromEntries(used.map((column) => [column.databaseName, jsonValue(values.get(column.propertyName))]));
  });
  const keys = primaryColumns.map((column) => `"${column.databaseName}"`);
  const updates = used
    .map((column) => `"${column.databaseName}"`)
    .filter((name) => !keys.includes(name))
    .map((name) => `${name} = excluded.${name}`);
  const byName = {
    fail: '',
    ignore: 'ON CONFLICT DO NOTHING',
    update: `ON CONFLICT (${keys.join(', ')}) DO UPDATE SET ${updates.join(', ')}`,
  };
  const conflict =
    typeof onConflict === 'string'
      ? byName[onConflict]
      : `ON CONFLICT ${onConflict.key} DO UPDATE SET ${onConflict.update}`;
  await tx.query(
    `INSERT INTO "${tablePath}" (${names}) SELECT ${names} FROM jsonb_to_recordset($1::jsonb) AS r(${types}) ${conflict}`,
    [JSON.stringify(records)],
  );
}

function sqlType(type: unknown): string {
  return typeof type === 'string' ? type : 'text';
}

function jsonValue(value: unknown): unknown {
  return Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : value;
}
