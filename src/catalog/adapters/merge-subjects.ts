import type { EntityManager } from 'typeorm';
import { readCopyLine } from '../model/copy-text.ts';
import { type FlatRow, rowColumns } from '../model/lay-out-rows.ts';

/** Fields of a subject that each source may fill; the same columns in `subject` and `subject_statement`. */
const fields = ['sex', 'age_years', 'diagnosis', 'subject_group', 'site'] as const;
const listed = fields.join(', ');

/** Columns of a statement, in the order of {@link statementCells} behind the three keys. */
export const statementColumns = ['subject_id', 'source_id', 'source_hash', ...fields] as const;

/** Those columns of a subject that a statement keeps. */
export function statementCells(subject: readonly (string | null)[]): readonly (string | null)[] {
  return fields.map((field) => subject[rowColumns.subject.indexOf(field)] ?? null);
}

/** Keeps what a source says of some subjects. */
export async function saveStatements(
  tx: EntityManager,
  rows: readonly FlatRow[],
  owner: { readonly sourceId: number },
): Promise<void> {
  if (rows.length === 0) return;
  const statements = rows.map((row) => {
    const cells = statementCells(readCopyLine(row.line));
    return {
      subject_id: row.id,
      source_hash: `\\x${row.hash}`,
      ...Object.fromEntries(fields.map((field, index) => [field, cells[index] ?? null])),
    };
  });
  await tx.query(
    `INSERT INTO subject_statement AS o (subject_id, source_id, source_hash, received_at, ${listed})
     SELECT r.subject_id, $2, r.source_hash, clock_timestamp(), ${fields.map((field) => `r.${field}`).join(', ')}
     FROM jsonb_to_recordset($1::jsonb) AS r(subject_id uuid, source_hash bytea, sex text, age_years double precision,
       diagnosis text, subject_group text, site text)
     ON CONFLICT (subject_id, source_id) DO UPDATE SET source_hash = excluded.source_hash, received_at = excluded.received_at,
       ${fields.map((field) => `${field} = excluded.${field}`).join(', ')}
     WHERE o.source_hash <> excluded.source_hash`,
    [JSON.stringify(statements), owner.sourceId],
  );
}

/**
 * Folds what all sources say of some subjects into their rows: per field the source of the highest rank that is not silent, the
 * later one of two equals.
 * @returns ids of the subjects whose row changed
 */
export async function mergeSubjects(tx: EntityManager, ids: readonly string[]): Promise<readonly string[]> {
  if (ids.length === 0) return [];
  const first = (field: string): string =>
    `(array_agg(o.${field} ORDER BY s.rank DESC, o.received_at DESC) FILTER (WHERE o.${field} IS NOT NULL))[1] AS ${field}`;
  const [rows]: [{ id: string }[], number] = await tx.query(
    `UPDATE subject t SET ${fields.map((field) => `${field} = m.${field}`).join(', ')}
     FROM (SELECT o.subject_id, ${fields.map(first).join(', ')}
           FROM subject_statement o JOIN source s ON s.id = o.source_id WHERE o.subject_id = ANY($1::uuid[]) GROUP BY o.subject_id) m
     WHERE t.id = m.subject_id AND (${fields.map((field) => `t.${field}`).join(', ')}) IS DISTINCT FROM (${fields.map((field) => `m.${field}`).join(', ')})
     RETURNING t.id`,
    [ids],
  );
  return rows.map((row) => row.id);
}

/** Gives rows of a source that no longer speaks of them to the next one in precedence that does. */
export async function handOver(tx: EntityManager, ids: readonly string[], fromSourceId: number): Promise<void> {
  await tx.query(
    `UPDATE subject t SET source_id = heir.source_id, source_hash = heir.source_hash, tree_hash = NULL
     FROM (SELECT DISTINCT ON (o.subject_id) o.subject_id, o.source_id, o.source_hash
           FROM subject_statement o JOIN source s ON s.id = o.source_id WHERE o.subject_id = ANY($1::uuid[])
           ORDER BY o.subject_id, s.rank DESC, o.received_at DESC) heir
     WHERE t.id = heir.subject_id AND t.source_id = $2`,
    [ids, fromSourceId],
  );
}
