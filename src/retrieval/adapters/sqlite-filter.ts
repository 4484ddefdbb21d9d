import type { SQLInputValue } from 'node:sqlite';
import { filterField, indexValue, isNumeric } from '../check-fields.ts';
import { foldText } from '../fold-text.ts';
import type { FieldValue, Filter, IndexSchema, IndexScope } from '../model.ts';
import type { Narrowing } from '../ports.ts';

/** A piece of SQL over `document d` with its parameters. */
export interface SqlPiece {
  readonly sql: string;
  readonly params: readonly SQLInputValue[];
}

/** The WHERE clause of one question: scope, filter and every selection but the one of `exceptField`. */
export function narrowingSql(schema: IndexSchema, narrowing: Narrowing, exceptField?: string): SqlPiece {
  const selections = narrowing.selections.filter(({ field }) => field !== exceptField).map(({ where }) => where);
  return join(
    [
      { sql: 'd.deleted = 0', params: [] },
      scopeSql(narrowing.scope),
      filterSql(schema, narrowing.where),
      ...selections.map((where) => filterSql(schema, where)),
    ],
    'AND',
  );
}

/** Documents that the scope may see. */
export function scopeSql(scope: IndexScope): SqlPiece {
  if (scope.kind === 'all') return { sql: 'TRUE', params: [] };
  return {
    sql: 'd.doc IN (SELECT doc FROM reader WHERE grp IN (SELECT value FROM json_each(?)))',
    params: [JSON.stringify(scope.groups)],
  };
}

/** Documents that meet the condition. */
export function filterSql(schema: IndexSchema, filter: Filter): SqlPiece {
  switch (filter.kind) {
    case 'all':
      return filter.of.length === 0
        ? { sql: 'TRUE', params: [] }
        : join(
            filter.of.map((of) => filterSql(schema, of)),
            'AND',
          );
    case 'any':
      return filter.of.length === 0
        ? { sql: 'FALSE', params: [] }
        : join(
            filter.of.map((of) => filterSql(schema, of)),
            'OR',
          );
    case 'not': {
      const inner = filterSql(schema, filter.of);
      return { sql: `NOT (${inner.sql})`, params: inner.params };
    }
    case 'anyOf':
      return anyOfSql(schema, filter.field, filter.values);
    case 'range':
      return rangeSql(schema, filter);
    case 'exists':
      return valueSql(filterField(schema, filter.field).name, { sql: 'TRUE', params: [] });
    case 'contains':
      return containsSql(schema, filter.field, filter.text);
    case 'ids':
      return { sql: 'd.id IN (SELECT value FROM json_each(?))', params: [JSON.stringify(filter.ids)] };
  }
}

function anyOfSql(schema: IndexSchema, name: string, values: readonly FieldValue[]): SqlPiece {
  const field = filterField(schema, name);
  const column = isNumeric(field) ? 'num' : 'text';
  const wanted = JSON.stringify(values.map((value) => indexValue(field, value)));
  return valueSql(name, { sql: `${column} IN (SELECT value FROM json_each(?))`, params: [wanted] });
}

function rangeSql(schema: IndexSchema, range: Extract<Filter, { kind: 'range' }>): SqlPiece {
  const field = filterField(schema, range.field);
  const column = isNumeric(field) ? 'num' : 'text';
  const bounds = (
    [
      ['>=', range.gte],
      ['>', range.gt],
      ['<=', range.lte],
      ['<', range.lt],
    ] as const
  ).flatMap(([operator, bound]): SqlPiece[] =>
    bound === undefined ? [] : [{ sql: `${column} ${operator} ?`, params: [indexValue(field, bound)] }],
  );
  return valueSql(range.field, bounds.length === 0 ? { sql: 'TRUE', params: [] } : join(bounds, 'AND'));
}

function containsSql(schema: IndexSchema, name: string, text: string): SqlPiece {
  const field = filterField(schema, name);
  const needle = field.kind === 'folded' ? foldText(text) : text;
  // instr, not LIKE: a percent sign in the text is only a percent sign.
  return valueSql(name, { sql: 'instr(text, ?) > 0', params: [needle] });
}

function valueSql(field: string, condition: SqlPiece): SqlPiece {
  return {
    sql: `d.doc IN (SELECT doc FROM value WHERE field = ? AND ${condition.sql})`,
    params: [field, ...condition.params],
  };
}

function join(pieces: readonly SqlPiece[], operator: 'AND' | 'OR'): SqlPiece {
  return {
    sql: `(${pieces.map(({ sql }) => sql).join(` ${operator} `)})`,
    params: pieces.flatMap(({ params }) => params),
  };
}
