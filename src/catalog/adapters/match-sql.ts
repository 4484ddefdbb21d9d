import type { ReadScope } from '../../access/index.ts';
import type { Reads } from '../../db/read-pool.ts';
import type { TermExpansion } from '../model/term-expansion.ts';
import type { DatasetFacet, NameSuggestion, ValueCountQuery, ValueCounts } from '../model/value-counts.ts';
import type { DatasetWhere } from '../model/where.ts';
import { datasetCondition, sourcesOf } from './dataset-sql.ts';
import { recordVisible, rowsVisible } from './scope-sql.ts';
import { SqlParameters } from './sql-parameters.ts';

interface Match {
  readonly where: DatasetWhere;
  readonly among?: readonly string[];
}

/** Ids of the datasets that pass a filter, by title. */
export async function readMatchingIds(
  db: Reads,
  match: Match,
  scope: ReadScope,
  terms: TermExpansion,
): Promise<readonly string[]> {
  const parameters = new SqlParameters();
  const condition = matchCondition(match, scope, terms, parameters);
  const rows = await db.rows({
    text: `SELECT d.id FROM dataset d WHERE ${condition} ORDER BY d.title, d.slug`,
    values: parameters.values,
  });
  return rows.map(([id]) => String(id));
}

/** Counts the values of one field; the row without a key holds the datasets without a value. */
export async function readValueCounts(
  db: Reads,
  query: ValueCountQuery,
  scope: ReadScope,
  terms: TermExpansion,
): Promise<ValueCounts> {
  const parameters = new SqlParameters();
  const condition = matchCondition(query, scope, terms, parameters);
  const values = valuesOf(query.field, () => rowsVisible(scope, parameters));
  const limit = parameters.add(query.size + 1, 'int');
  const rows = await db.rows({
    text: `SELECT f.key, min(f.label), count(DISTINCT d.id)::int AS n FROM dataset d
      LEFT JOIN LATERAL (SELECT DISTINCT v.key, v.label FROM (${values}) v WHERE v.key IS NOT NULL) f ON TRUE
      WHERE ${condition} GROUP BY f.key ORDER BY (f.key IS NULL) DESC, n DESC, min(f.label), f.key LIMIT ${limit}`,
    values: parameters.values,
  });
  const missing = rows.find(([key]) => key === null);
  return {
    buckets: rows
      .filter(([key]) => key !== null)
      .slice(0, query.size)
      .map(([key, label, count]) => ({ key: String(key), label: String(label), count: Number(count) })),
    missing: Number(missing?.[2] ?? 0),
  };
}

/** Names that begin with a prefix, or have a word that does, of what the reader may see. */
export async function readNames(
  db: Reads,
  prefix: string,
  first: number,
  scope: ReadScope,
): Promise<readonly NameSuggestion[]> {
  const parameters = new SqlParameters();
  const visible = `${recordVisible(scope, parameters)} AND d.status <> 'WITHDRAWN'`;
  const start = parameters.add(prefix.trim().toLowerCase(), 'text');
  const limit = parameters.add(first, 'int');
  const rows = await db.rows({
    text: `WITH names AS (
      SELECT 'TITLE' AS kind, d.title AS name, d.id FROM dataset d WHERE ${visible}
      UNION ALL SELECT 'ACRONYM', d.acronym, d.id FROM dataset d WHERE ${visible} AND d.acronym IS NOT NULL
      UNION ALL SELECT x.role, c.label, d.id FROM dataset d JOIN dataset_concept x ON x.dataset_id = d.id
        JOIN concept c ON c.id = x.concept_id WHERE ${visible} AND x.role IN ('CONDITION', 'BODY_PART')
      UNION ALL SELECT 'MODALITY', m.label, d.id FROM dataset d JOIN dataset_modality x ON x.dataset_id = d.id
        JOIN modality m ON m.code = x.modality_code WHERE ${visible})
      SELECT kind, name, count(DISTINCT id)::int FROM names
      WHERE starts_with(lower(name), ${start}) OR strpos(lower(name), ' ' || ${start}) > 0
      GROUP BY kind, name ORDER BY NOT starts_with(lower(name), ${start}), count(DISTINCT id) DESC, name, kind LIMIT ${limit}`,
    values: parameters.values,
  });
  return rows.map(([kind, text, count]) => ({
    // The statement makes no other kinds.
    kind: kind as NameSuggestion['kind'],
    text: String(text),
    count: Number(count),
  }));
}

function matchCondition(match: Match, scope: ReadScope, terms: TermExpansion, parameters: SqlParameters): string {
  const condition = datasetCondition(match.where, scope, terms, parameters);
  return match.among === undefined
    ? condition
    : `${condition} AND d.id = ANY(${parameters.add(match.among, 'uuid[]')})`;
}

/** The values of a field of `d`, with the keys that the field's filter takes. */
function valuesOf(field: DatasetFacet, rowsAreVisible: () => string): string {
  const concepts = (role: string): string =>
    `SELECT c.iri AS key, c.label FROM dataset_concept x JOIN concept c ON c.id = x.concept_id
     WHERE x.dataset_id = d.id AND x.role = '${role}'`;
  switch (field) {
    case 'condition':
      return concepts('CONDITION');
    case 'bodyPart':
      return concepts('BODY_PART');
    case 'modality':
      return `SELECT m.code AS key, m.label FROM dataset_modality x JOIN modality m ON m.code = x.modality_code WHERE x.dataset_id = d.id`;
    case 'accessClass':
      return `SELECT d.access_class AS key, d.access_class AS label`;
    case 'license':
      return `SELECT coalesce(l.spdx_id, l.iri, l.label) AS key, l.label FROM license l
        WHERE l.id = d.license_id OR l.id IN (SELECT p.license_id FROM distribution p WHERE p.dataset_id = d.id)`;
    case 'source':
      return `SELECT s.name AS key, s.name AS label FROM ${sourcesOf(rowsAreVisible())}`;
    case 'publisher':
      return `SELECT a.name AS key, a.name AS label FROM agent a WHERE a.id = d.publisher_id`;
    case 'year':
      return `SELECT d.issued_year::text AS key, d.issued_year::text AS label`;
  }
}
