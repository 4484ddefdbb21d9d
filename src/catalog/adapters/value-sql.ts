import type { ReadScope } from '../../access/index.ts';
import type { Reads } from '../../db/read-pool.ts';
import type { VariableSummary, VariableValue } from '../model/dataset.ts';
import type { ValueTest } from '../model/where.ts';
import type { ValueOwners } from '../ports.ts';
import { present } from './page-sql.ts';
import { rowsVisible } from './scope-sql.ts';
import { isStorable, SqlParameters } from './sql-parameters.ts';
import { all } from './where-sql.ts';

/** Values that a summary lists at most. */
const topValues = 10;

/**
 * Tests on values of the subject `t`: each names a variable of the subject's dataset of which it has a value that passes. It stands
 * beside the scope's condition on `d` in every statement, so that it answers nothing about rows the reader may not see.
 */
export function hasValueField(tests: readonly ValueTest[], parameters: SqlParameters): string {
  return all(tests.map((test) => hasValue(test, parameters)));
}

function hasValue(test: ValueTest, parameters: SqlParameters): string {
  if (![test.variable, test.eq ?? '', test.contains ?? ''].every(isStorable)) return 'FALSE';
  const conditions = [
    `x.subject_id = t.id AND NOT x.missing AND v.dataset_id = t.dataset_id AND v.name = ${parameters.add(test.variable, 'text')}`,
  ];
  if (test.eq !== undefined) conditions.push(equals([test.eq], parameters));
  if (test.in !== undefined) conditions.push(equals(test.in.filter(isStorable), parameters));
  if (test.contains !== undefined) {
    const needle = parameters.add(test.contains, 'text');
    conditions.push(`strpos(lower(x.label), lower(${needle})) > 0 OR strpos(lower(x.text), lower(${needle})) > 0`);
  }
  if (test.gte !== undefined) conditions.push(`x.number >= ${parameters.add(test.gte, 'double precision')}`);
  if (test.lte !== undefined) conditions.push(`x.number <= ${parameters.add(test.lte, 'double precision')}`);
  return `EXISTS (SELECT 1 FROM value x JOIN variable v ON v.id = x.variable_id WHERE ${all(conditions)})`;
}

/** As written, as meant, or as the number it is: `21` finds what was written `21.0`. */
function equals(wanted: readonly string[], parameters: SqlParameters): string {
  const texts = parameters.add(wanted, 'text[]');
  const numbers = wanted.filter((text) => text.trim() !== '' && Number.isFinite(Number(text))).map(Number);
  const asNumber = numbers.length === 0 ? '' : ` OR x.number = ANY(${parameters.add(numbers, 'double precision[]')})`;
  return `x.label = ANY(${texts}) OR x.text = ANY(${texts})${asNumber}`;
}

/** Values of some subjects or sessions, in the order of the variables. */
export async function readValues(
  db: Reads,
  { kind, ids }: ValueOwners,
  names: readonly string[] | undefined,
  scope: ReadScope,
): Promise<ReadonlyMap<string, readonly VariableValue[]>> {
  const parameters = new SqlParameters();
  const owner = kind === 'subject' ? 'x.subject_id' : 'x.session_id';
  const rows = await db.query(
    `SELECT ${owner} AS "ownerId", x.variable_id AS "variableId", x.text, x.number, x.label, x.missing,
       v.category_concepts ->> x.label AS "conceptId"
     FROM value x JOIN variable v ON v.id = x.variable_id JOIN dataset d ON d.id = v.dataset_id
     WHERE ${owner} = ANY(${parameters.add(ids, 'uuid[]')}) ${kind === 'subject' ? 'AND x.session_id IS NULL' : ''} AND ${rowsVisible(scope, parameters)}
       ${names === undefined ? '' : `AND v.name = ANY(${parameters.add(names.filter(isStorable), 'text[]')})`}
     ORDER BY ${owner}, v.position, x.id`,
    parameters.values,
  );
  return Map.groupBy(
    rows.map((row) => present<VariableValue>(row)),
    (value) => value.ownerId,
  );
}

/**
 * Summaries of variables over the live subjects of datasets whose rows the reader may see; a variable that is recorded per session is
 * summed up over the live sessions.
 */
export async function readSummaries(
  db: Reads,
  variableIds: readonly string[],
  scope: ReadScope,
): Promise<ReadonlyMap<string, VariableSummary>> {
  const parameters = new SqlParameters();
  // Whatever retires a session deletes its values, so that a value's subject is all there is to look at.
  const live = `value x JOIN subject t ON t.id = x.subject_id AND t.retired_at IS NULL
       WHERE x.variable_id = v.id AND (x.session_id IS NOT NULL) = v.per_session AND NOT x.missing`;
  const rows = await db.query(
    `SELECT v.id AS "variableId", s.n, greatest(CASE WHEN v.per_session THEN d.held_sessions ELSE d.held_subjects END - s.n, 0) AS missing,
       s.min, s.median, s.mean, s.max, coalesce(top.list, '[]') AS "topValues"
     FROM variable v JOIN dataset d ON d.id = v.dataset_id
     CROSS JOIN LATERAL (
       SELECT count(DISTINCT coalesce(x.session_id, x.subject_id)) AS n, min(x.number), max(x.number), avg(x.number) AS mean,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY x.number) AS median
       FROM ${live}) s
     LEFT JOIN LATERAL (
       SELECT jsonb_agg(jsonb_build_object('value', c.value, 'count', c.count) ORDER BY c.count DESC, c.value) AS list FROM (
         SELECT coalesce(x.label, x.text) AS value, count(*) AS count
         FROM ${live} AND x.number IS NULL AND coalesce(x.label, x.text) IS NOT NULL
         GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${topValues}) c) top ON TRUE
     WHERE v.id = ANY(${parameters.add(variableIds, 'uuid[]')}) AND ${rowsVisible(scope, parameters)}`,
    parameters.values,
  );
  return new Map(
    rows.map((row) => {
      const summary = present<VariableSummary>(row);
      return [summary.variableId, summary];
    }),
  );
}
