import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import { type FlatRow, type RowLayout, rowTables } from '../model/lay-out-rows.ts';
import { copyCell, copyRows, copyText, lockParents, type RowOwner, withoutTriggers } from './copy-rows.ts';
import { statementCells, statementColumns } from './merge-subjects.ts';

/** SQLSTATE of a key that is there already (PostgreSQL manual, appendix A). */
const uniqueViolation = '23505';

/**
 * Writes rows of subjects that are all new, on the guess that what hangs below them is new, too: looking for each of a million scans
 * first costs a third of storing them.
 * @returns ids of the rows written, or undefined when something was there; then nothing was done
 */
export async function saveFreshRows(
  tx: EntityManager,
  layout: RowLayout,
  owner: RowOwner,
): Promise<ReadonlySet<string> | undefined> {
  await tx.query('SAVEPOINT fresh_rows');
  try {
    const inserted = new Set<string>();
    for (const table of rowTables) {
      await lockParents(tx, table, layout[table], { owner, inserted });
      for (const row of layout[table]) inserted.add(row.id);
    }
    await withoutTriggers(tx, async () => {
      for (const table of rowTables) if (layout[table].length > 0) await copyRows(tx, table, layout[table], owner);
      await copyText(tx, `COPY subject_statement (${statementColumns.join(', ')}) FROM STDIN`, [
        layout.subject.map((row) => statementLine(row, owner)).join(''),
      ]);
    });
    await tx.query('RELEASE SAVEPOINT fresh_rows');
    return inserted;
  } catch (error) {
    if (z.object({ code: z.literal(uniqueViolation) }).safeParse(error).success) {
      await tx.query('ROLLBACK TO SAVEPOINT fresh_rows');
      return undefined;
    }
    throw error;
  }
}

function statementLine(row: FlatRow, owner: RowOwner): string {
  return `${[row.id, owner.sourceId, `\\\\x${row.hash}`, ...statementCells(row).map(copyCell)].join('\t')}\n`;
}
