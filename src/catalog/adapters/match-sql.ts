import type { ReadScope } from '../../access/index.ts';
import type { Reads } from '../../db/read-pool.ts';
import type { TermExpansion } from '../model/term-expansion.ts';
import type { DatasetFacet, NamedQuery, NameSuggestion, ValueCountQuery, ValueCounts } from '../model/value-counts.ts';
import type { DatasetWhere } from '../model/where.ts';
import { datasetCondition, sourcesOf } from './dataset-sql.ts';
import { recordVisible, rowsVisible } from './scope-sql.ts';
import { isStorable, SqlParameters } from './sql-parameters.ts';

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

/** Ids of the datasets that pass a filter and have one of some names as slug, title, acronym or identifier: by indices, never by a look at all. */
export async function readNamedIds(
  db: Reads,
  asked: NamedQuery,
  scope: ReadScope,
  terms: TermExpansion,
): Promise<readonly string[]> {
  const parameters = new SqlParameters();
  const condition = datasetCondition(asked.where, scope, terms, parameters);
  const names = parameters.add(asked.names.filter(isStorable), 'text[]');
  const { inIdentifier } = asked;
  const parts =
    inIdentifier !== undefined && isStorable(inIdentifier) ? parameters.add(inIdentifier, 'text') : undefined;
  const holds = (column: string): string => `strpos(lower(${column}), lower(${parts ?? ''})) > 0`;
  const rows = await db.rows({
    text: `SELECT d.id FROM dataset d WHERE d.id IN (
        SELECT n.id FROM dataset n WHERE n.slug = ANY(${names}) UNION ALL SELECT n.id FROM dataset n WHERE n.title = ANY(${names})
        UNION ALL SELECT n.id FROM dataset n WHERE n.acronym = ANY(${names})
        UNION ALL SELECT n.id FROM dataset n WHERE n.alternative_titles && ${names}
        UNION ALL SELECT i.dataset_id FROM identifier i WHERE i.value = ANY(${names})
        UNION ALL SELECT i.dataset_id FROM identifier i WHERE i.iri = ANY(${names})
        ${parts === undefined ? '' : `UNION ALL SELECT i.dataset_id FROM identifier i WHERE ${holds('i.value')} OR ${holds('i.iri')}`})
      AND ${condition} ORDER BY d.title, d.slug`,
    values: parameters.values,
  });
  return rows.map(([id]) => String(id));
}

/** Counts the values of fields over the same datasets, which are looked up once; the row without a key holds the datasets without a value. */
export async function readValueCounts(
  db: Reads,
  query: ValueCountQuery,
  scope: ReadScope,
  terms: TermExpansion,
): Promise<readonly ValueCounts[]> {
  if (query.fields.length === 0) return [];
  const parameters = new SqlParameters();
  const condition = matchCondition(query, scope, terms, parameters);
  const counts = query.fields.map(({ field, size }, at) => {
    const limit = parameters.add(size + 1, 'int');
    return `(SELECT ${at} AS at, f.key, min(f.label) AS label, count(DISTINCT d.id)::int AS n
      FROM among d ${valuesOf(field, () => rowsVisible(scope, parameters))}
      GROUP BY f.key ORDER BY (f.key IS NULL) DESC, n DESC, min(f.label), f.key LIMIT ${limit})`;
  });
  const rows = await db.rows({
    text: `WITH among AS MATERIALIZED (SELECT ${amongColumns} FROM dataset d WHERE ${condition}) ${counts.join(' UNION ALL ')}`,
    values: parameters.values,
  });
  return query.fields.map(({ size }, at) => {
    const own = rows.filter(([field]) => field === at).map(([, ...row]) => row);
    const buckets = own.flatMap(([key, label, count]) =>
      typeof key === 'string' ? [{ key, label: String(label), count: Number(count) }] : [],
    );
    return {
      buckets: buckets
        .sort((a, b) => b.count - a.count || compare(a.label, b.label) || compare(a.key, b.key))
        .slice(0, size),
      missing: Number(own.find(([key]) => key === null)?.[2] ?? 0),
    };
  });
}

/** A union has no order of its own. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
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

/** What the values of facets and the visibility of rows are read from. */
const amongColumns =
  'd.id, d.status, d.access_class, d.license_id, d.publisher_id, d.issued_year, d.published_version, d.withheld_source_id';

/** The join of `d` with the values of a field as `f`, with the keys that the field's filter takes. */
function valuesOf(field: DatasetFacet, rowsAreVisible: () => string): string {
  // A plain join where a list may be long: the database may then hash instead of looking up each dataset's values.
  const listed = (values: string): string => `LEFT JOIN (${values}) f ON f.dataset_id = d.id`;
  const each = (values: string): string => `LEFT JOIN LATERAL (${values}) f ON f.key IS NOT NULL`;
  const concepts = (role: string): string =>
    listed(`SELECT x.dataset_id, c.iri AS key, c.label FROM dataset_concept x JOIN concept c ON c.id = x.concept_id
     WHERE x.role = '${role}'`);
  switch (field) {
    case 'condition':
      return concepts('CONDITION');
    case 'bodyPart':
      return concepts('BODY_PART');
    case 'modality':
      return listed(
        'SELECT x.dataset_id, m.code AS key, m.label FROM dataset_modality x JOIN modality m ON m.code = x.modality_code',
      );
    case 'accessClass':
      return each(`SELECT d.access_class AS key, d.access_class AS label`);
    case 'license':
      return each(`SELECT coalesce(l.spdx_id, l.iri, l.label) AS key, l.label FROM license l
        WHERE l.id = d.license_id OR l.id IN (SELECT p.license_id FROM distribution p WHERE p.dataset_id = d.id)`);
    case 'source':
      return each(`SELECT s.name AS key, s.name AS label FROM ${sourcesOf(rowsAreVisible())}`);
    case 'publisher':
      return each(`SELECT a.name AS key, a.name AS label FROM agent a WHERE a.id = d.publisher_id`);
    case 'year':
      return each(`SELECT d.issued_year::text AS key, d.issued_year::text AS label`);
  }
}
