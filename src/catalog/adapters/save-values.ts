import type { EntityManager } from 'typeorm';
import type { ValueSet } from '../model/lay-out-rows.ts';

/** What differs between the values of subjects and those of sessions: whose they are, and which of the two unique indices holds them. */
interface Level {
  readonly table: string;
  /** Column of `value` whose rows all that the source says of are replaced. */
  readonly owner: 'subject_id' | 'session_id';
  readonly ownerOf: (set: ValueSet) => string | undefined;
  /** Rows of `x` on this level. */
  readonly on: string;
  readonly key: string;
}

const levels: readonly Level[] = [
  {
    table: 'incoming_value',
    owner: 'subject_id',
    ownerOf: ({ subjectId, sessionId }) => (sessionId === undefined ? subjectId : undefined),
    on: 'session_id IS NULL',
    key: 'variable_id, subject_id',
  },
  {
    table: 'incoming_session_value',
    owner: 'session_id',
    ownerOf: ({ sessionId }) => sessionId,
    on: 'session_id IS NOT NULL',
    key: 'variable_id, subject_id, session_id',
  },
];

/**
 * Writes all values that a source gives of some subjects and sessions: new and changed ones are stored, those it gave earlier and gives
 * no more are deleted. A value of a source of higher rank stays as it is.
 * @returns ids of the subjects of which, or of whose sessions, values changed
 */
export async function saveValues(
  tx: EntityManager,
  sourceId: number,
  sets: readonly ValueSet[],
): Promise<readonly string[]> {
  const changed = new Set<string>();
  for (const level of levels) for (const id of await saveLevel(tx, sourceId, { level, sets })) changed.add(id);
  return [...changed];
}

async function saveLevel(
  tx: EntityManager,
  sourceId: number,
  { level, sets }: { readonly level: Level; readonly sets: readonly ValueSet[] },
): Promise<readonly string[]> {
  const { table, owner, on, key } = level;
  // Of two that name the same owner the later one counts, as it does for rows.
  const byOwner = new Map(sets.map((set) => [level.ownerOf(set), set]));
  byOwner.delete(undefined);
  const ofLevel = [...byOwner.values()];
  if (ofLevel.length === 0) return [];
  await fillIncoming(tx, level, ofLevel);
  const changed: { id: string }[] = await tx.query(
    `WITH gone AS (
       DELETE FROM value x WHERE x.${owner} = ANY($1::uuid[]) AND x.source_id = $2 AND x.${on}
         AND NOT EXISTS (SELECT 1 FROM ${table} i WHERE i.variable_id = x.variable_id AND i.${owner} = x.${owner})
       RETURNING x.subject_id),
     put AS (
       INSERT INTO value AS x (variable_id, subject_id, session_id, text, number, label, missing, source_id)
       SELECT i.variable_id, i.subject_id, i.session_id, i.text, i.number, i.label, i.missing, $2 FROM ${table} i
       ON CONFLICT (${key}) WHERE ${on} DO UPDATE
         SET text = excluded.text, number = excluded.number, label = excluded.label, missing = excluded.missing, source_id = excluded.source_id
         WHERE (x.text, x.number, x.label, x.missing) IS DISTINCT FROM (excluded.text, excluded.number, excluded.label, excluded.missing)
           AND (SELECT s.rank FROM source s WHERE s.id = x.source_id) <= (SELECT s.rank FROM source s WHERE s.id = $2)
       RETURNING x.subject_id)
     SELECT subject_id AS id FROM gone UNION SELECT subject_id FROM put`,
    [ofLevel.map(level.ownerOf), sourceId],
  );
  return changed.map((row) => row.id);
}

/**
 * Lays the values out in a table of this transaction, with an index and statistics: the planner takes a list of parameters for a
 * short one. What it knows of `value` may be hours old, so no step may depend on it: each row is found through an index.
 */
async function fillIncoming(tx: EntityManager, { table, owner }: Level, sets: readonly ValueSet[]): Promise<void> {
  const rows = sets.flatMap(({ subjectId, sessionId, values }) =>
    values.map((value) => ({ subjectId, sessionId: sessionId ?? null, ...value })),
  );
  await tx.query(
    `CREATE TEMPORARY TABLE ${table} (subject_id uuid, session_id uuid, variable_id uuid, text text, number double precision,
       label text COLLATE "C", missing boolean) ON COMMIT DROP`,
  );
  await tx.query(
    `INSERT INTO ${table} SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::double precision[], $6::text[], $7::boolean[])`,
    [
      rows.map((row) => row.subjectId),
      rows.map((row) => row.sessionId),
      rows.map((row) => row.variableId),
      rows.map((row) => row.text),
      rows.map((row) => row.number),
      rows.map((row) => row.label),
      rows.map((row) => row.missing),
    ],
  );
  await tx.query(`CREATE UNIQUE INDEX ON ${table} (${owner}, variable_id)`);
  await tx.query(`ANALYZE ${table}`);
}

/** Lets the values of sessions that moved to another subject follow them. */
export async function moveValues(tx: EntityManager, sessionIds: readonly string[]): Promise<void> {
  if (sessionIds.length === 0) return;
  await tx.query(
    `UPDATE value x SET subject_id = e.subject_id FROM imaging_session e
     WHERE e.id = ANY($1::uuid[]) AND x.session_id = e.id AND x.subject_id <> e.subject_id`,
    [sessionIds],
  );
}
