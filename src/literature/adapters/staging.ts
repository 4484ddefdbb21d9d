import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { EntityManager } from 'typeorm';
import { type Cell, copyLine } from '../../catalog/index.ts';

/** Rows of about so many characters are sent at a time. */
const pieceLength = 65_536;

/**
 * Fills a table of this connection alone, which is empty again after the transaction.
 * @param like - the table whose columns it has
 */
export async function stage(
  tx: EntityManager,
  like: string,
  { columns, rows }: { readonly columns: readonly string[]; readonly rows: Iterable<readonly Cell[]> },
): Promise<string> {
  const name = `${like}_staging`;
  await tx.query(
    `CREATE TEMP TABLE IF NOT EXISTS ${name} ON COMMIT DELETE ROWS AS SELECT ${columns.join(', ')} FROM ${like} WITH NO DATA`,
  );
  // Twice in one transaction, the rows of the first time are in the way.
  await tx.query(`TRUNCATE ${name}`);
  // TypeORM hands out the driver's own client; COPY has no other way in.
  const client = (await tx.queryRunner?.connect()) as PoolClient;
  const sql = `COPY ${name} (${columns.join(', ')}) FROM STDIN`;
  await pipeline(Readable.from(lines(rows)), client.query(copyFrom(sql)));
  return name;
}

/** A list as PostgreSQL's literal of an array of texts (manual, section 8.15.2). */
export function textArray(texts: readonly string[]): string {
  return `{${texts.map((text) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`).join(',')}}`;
}

function* lines(rows: Iterable<readonly Cell[]>): Generator<string> {
  let piece = '';
  for (const row of rows) {
    piece += `${copyLine(row)}\n`;
    if (piece.length > pieceLength) {
      yield piece;
      piece = '';
    }
  }
  yield piece;
}
