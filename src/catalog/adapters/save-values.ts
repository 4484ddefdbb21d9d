import type { EntityManager } from 'typeorm';
import type { SubjectValues } from '../model/lay-out-rows.ts';

/**
 * Writes all values that a source gives of some subjects: new and changed ones are stored, those it gave earlier and gives no
 * more are deleted. A value of a source of higher rank stays as it is.
 * @returns ids of the subjects whose values changed
 */
export async function saveValues(
  tx: EntityManager,
  sourceId: number,
  subjects: readonly SubjectValues[],
): Promise<readonly string[]> {
  if (subjects.length === 0) return [];
  await fillIncoming(tx, subjects);
  const changed: { id: string }[] = await tx.query(
    `WITH gone AS (
       DELETE FROM value x WHERE x.subject_id = ANY($1::uuid[]) AND x.source_id = $2 AND x.session_id IS NULL
         AND NOT EXISTS (SELECT 1 FROM incoming_value i WHERE i.variable_id = x.variable_id AND i.subject_id = x.subject_id)
       RETURNING x.subject_id),
     put AS (
       INSERT INTO value AS x (variable_id, subject_id, text, number, label, missing, source_id)
       SELECT i.variable_id, i.subject_id, i.text, i.number, i.label, i.missing, $2 FROM incoming_value i
       ON CONFLICT (variable_id, subject_id) WHERE session_id IS NULL DO UPDATE
         SET text = excluded.text, number = excluded.number, label = excluded.label, missing = excluded.missing, source_id = excluded.source_id
         WHERE (x.text, x.number, x.label, x.missing) IS DISTINCT FROM (excluded.text, excluded.number, excluded.label, excluded.missing)
           AND (SELECT s.rank FROM source s WHERE s.id = x.source_id) <= (SELECT s.rank FROM source s WHERE s.id = $2)
       RETURNING x.subject_id)
     SELECT subject_id AS id FROM gone UNION SELECT subject_id FROM put`,
    [subjects.map((subject) => subject.subjectId), sourceId],
  );
  return changed.map((row) => row.id);
}

/**
 * Lays the values out in a table of this transaction, with an index and statistics: the planner takes a list of parameters for a
 * short one. What it knows of `value` may be hours old, so no step may depend on it: each row is found through an index.
 */
async function fillIncoming(tx: EntityManager, subjects: readonly SubjectValues[]): Promise<void> {
  const rows = subjects.flatMap(({ subjectId, values }) => values.map((value) => ({ subjectId, ...value })));
  await tx.query(
    `CREATE TEMPORARY TABLE incoming_value (subject_id uuid, variable_id uuid, text text, number double precision, label text COLLATE "C", missing boolean)
     ON COMMIT DROP`,
  );
  await tx.query(
    'INSERT INTO incoming_value SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::double precision[], $5::text[], $6::boolean[])',
    [
      rows.map((row) => row.subjectId),
      rows.map((row) => row.variableId),
      rows.map((row) => row.text),
      rows.map((row) => row.number),
      rows.map((row) => row.label),
      rows.map((row) => row.missing),
    ],
  );
  await tx.query('CREATE UNIQUE INDEX ON incoming_value (subject_id, variable_id)');
  await tx.query('ANALYZE incoming_value');
}
