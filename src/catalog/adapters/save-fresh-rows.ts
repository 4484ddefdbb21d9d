import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { copyLine, readCopyLine } from '../model/copy-text.ts';
import { type FlatRow, type RowLayout, rowColumns, rowTables } from '../model/lay-out-rows.ts';
import { copyRows, copyText, findParents, type RowOwner, withoutTriggers } from './copy-rows.ts';
import { statementCells, statementColumns } from './merge-subjects.ts';

/** SQLSTATE of a key that is there already (PostgreSQL manual, appendix A). */
const uniqueViolation = '23505';

/**
 * Writes rows of subjects that are all new, on the guess that what hangs below them is new, too: looking for each of a million scans
 * first costs a third of storing them.
 * @returns whether they were written; when something was there already, nothing was done
 */
export async function saveFreshRows(tx: EntityManager, layout: RowLayout, owner: RowOwner): Promise<boolean> {
  await tx.query('SAVEPOINT fresh_rows');
  try {
    // What rows of a layout hang below is in the layout itself.
    await findParents(tx, 'dataset', [owner.datasetId]);
    await findParents(tx, 'source', [owner.sourceId]);
    await findParents(tx, 'license', licensesOf(layout.scan));
    await withoutTriggers(tx, async () => {
      for (const table of rowTables) if (layout[table].length > 0) await copyRows(tx, table, layout[table], owner);
      await copyText(tx, `COPY subject_statement (${statementColumns.join(', ')}) FROM STDIN`, [
        layout.subject.map((row) => statementLine(row, owner)).join(''),
      ]);
    });
    await tx.query('RELEASE SAVEPOINT fresh_rows');
    return true;
  } catch (error) {
    if (z.object({ code: z.literal(uniqueViolation) }).safeParse(error).success) {
      await tx.query('ROLLBACK TO SAVEPOINT fresh_rows');
      return false;
    }
    throw error;
  }
}

function licensesOf(scans: readonly FlatRow[]): readonly string[] {
  const place = rowColumns.scan.indexOf('license_id');
  const ids = new Set<string>();
  for (const { line } of scans) {
    // Nothing before it is long: cutting the line there is cheaper than reading all of it.
    const id = line.split('\t', place + 1)[place];
    if (id !== undefined && id !== '\\N') ids.add(id);
  }
  return [...ids];
}

function statementLine(row: FlatRow, owner: RowOwner): string {
  const cells = statementCells(readCopyLine(row.line));
  return `${copyLine([row.id, owner.sourceId, `\\x${row.hash}`, ...cells])}\n`;
}
