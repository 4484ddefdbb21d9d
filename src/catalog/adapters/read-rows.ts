import type { ReadScope } from '../../access/index.ts';
import type { Reads, SqlRow } from '../../db/read-pool.ts';
import type { Page, PageRequest } from '../../kernel/page.ts';
import type { RowKind, RowOf, RowParent, RowQuery } from '../model/dataset.ts';
import type { TermExpansion } from '../model/term-expansion.ts';
import { type RowSpec, rowSpecs } from './row-sql.ts';
import { recordVisible, rowsVisible } from './scope-sql.ts';
import { SqlParameters } from './sql-parameters.ts';
import { compileWhere } from './where-sql.ts';

/** A page of rows for each of some parents, in one statement: the parents drive one index scan each. */
export async function readRowPages<K extends RowKind>(
  db: Reads,
  query: RowQuery<K> & { readonly page: PageRequest },
  parents: RowParent,
  scope: ReadScope,
  terms: TermExpansion,
): Promise<ReadonlyMap<string, Page<RowOf<K>>>> {
  const { page } = query;
  const spec: RowSpec<K> = rowSpecs[query.kind];
  const parameters = new SqlParameters();
  const ids = parameters.add(parents.ids, 'uuid[]');
  const columns = spec.columns.pick(query.properties);
  const condition = rowCondition(spec, query, parents.kind, scope, terms, parameters);
  const [value, id] = page.after ?? [];
  const after =
    page.after === undefined
      ? 'TRUE'
      : `(${spec.order.column}, t.id) > (${parameters.add(value, spec.order.type)}, ${parameters.add(id, 'uuid')})`;
  const limit = parameters.add(page.first + 1, 'int');
  const cells = await db.rows({
    text: `SELECT p.place, x.* FROM unnest(${ids}) WITH ORDINALITY AS p(id, place) CROSS JOIN LATERAL (
       SELECT ${columns.sql} FROM ${from(spec)}
       WHERE ${condition} AND ${after} ORDER BY ${spec.order.column}, t.id LIMIT ${limit}) x`,
    values: parameters.values,
    // Without a filter there are only as many texts as kinds of rows, parents and scopes.
    prepared: Object.keys(query.where).length === 0,
  });
  const ofParents = parents.ids.map((): RowOf<K>[] => []);
  // Places begin at 1. A number for the parent, not its id, as there are as many of them as rows.
  for (const row of cells) ofParents[Number(row[0]) - 1]?.push(columns.read(row, 1));
  return new Map(ofParents.map((rows, index) => [parents.ids[index] ?? '', rowPage(rows, spec, page)]));
}

function rowPage<K extends RowKind>(rows: readonly RowOf<K>[], spec: RowSpec<K>, page: PageRequest): Page<RowOf<K>> {
  const items = rows.length > page.first ? rows.slice(0, page.first) : rows;
  return {
    items,
    keyAt: (index) => {
      const row = items[index] as Readonly<Record<string, string | number>> | undefined;
      return [row?.[spec.order.property] ?? null, row?.['id'] ?? null];
    },
    hasNextPage: rows.length > page.first,
    hasPreviousPage: page.after !== undefined,
  };
}

/** How many rows each parent has; a whole dataset's unfiltered rows are counted already. */
export async function countRows<K extends RowKind>(
  db: Reads,
  query: RowQuery<K>,
  parents: RowParent,
  scope: ReadScope,
  terms: TermExpansion,
): Promise<ReadonlyMap<string, number>> {
  const spec: RowSpec<K> = rowSpecs[query.kind];
  const parameters = new SqlParameters();
  const ids = parameters.add(parents.ids, 'uuid[]');
  const counted = spec.held !== undefined && parents.kind === 'dataset' && Object.keys(query.where).length === 0;
  const sql = counted
    ? `SELECT d.id, d.${spec.held} AS n FROM dataset d WHERE d.id = ANY(${ids}) AND ${rowsVisible(scope, parameters)}`
    : `SELECT p.id, (SELECT count(*) FROM ${from(spec)} WHERE ${rowCondition(spec, query, parents.kind, scope, terms, parameters)}) AS n
       FROM unnest(${ids}) AS p(id)`;
  const rows: SqlRow[] = await db.query(sql, parameters.values);
  return new Map(rows.map((row) => [String(row['id']), Number(row['n'])]));
}

/** Live rows of one kind by id. */
export async function readRowsByIds<K extends RowKind>(
  db: Reads,
  kind: K,
  ids: readonly string[],
  scope: ReadScope,
): Promise<readonly RowOf<K>[]> {
  const spec: RowSpec<K> = rowSpecs[kind];
  const parameters = new SqlParameters();
  const text = `SELECT ${spec.columns.sql} FROM ${from(spec)} WHERE t.id = ANY(${parameters.add(ids, 'uuid[]')}) AND ${spec.live} AND ${visible(spec, scope, parameters)}`;
  const rows = await db.rows({ text, values: parameters.values, prepared: true });
  return rows.map((row) => spec.columns.read(row));
}

function rowCondition<K extends RowKind>(
  spec: RowSpec<K>,
  query: RowQuery<K>,
  parentKind: RowParent['kind'],
  scope: ReadScope,
  terms: TermExpansion,
  parameters: SqlParameters,
): string {
  const parentColumn = spec.parents[parentKind];
  if (parentColumn === undefined) throw new Error(`${spec.table} has no parent ${parentKind}`);
  const filter = compileWhere<object>(query.where, spec.fields(terms), parameters);
  return `${parentColumn} = p.id AND ${spec.live} AND ${visible(spec, scope, parameters)} AND ${filter}`;
}

function visible(spec: RowSpec<RowKind>, scope: ReadScope, parameters: SqlParameters): string {
  return spec.visibility === 'rows' ? rowsVisible(scope, parameters) : recordVisible(scope, parameters);
}

/** The source is joined from the left, so that PostgreSQL leaves it out where nothing of it is read. */
function from(spec: RowSpec<RowKind>): string {
  return `"${spec.table}" t JOIN dataset d ON d.id = t.dataset_id LEFT JOIN source src ON src.id = t.source_id`;
}
