import type { SQLInputValue } from 'node:sqlite';
import { filterField, isNumeric } from '../check-fields.ts';
import type { IndexSchema } from '../model.ts';
import type { ListQuery } from '../ports.ts';
import type { SortKey } from './list-cursor.ts';
import type { SqlPiece } from './sqlite-filter.ts';

/** How a list is sorted, as SQL over columns `k0`, `k1` … and `id`. */
export interface SortPlan {
  /** Further columns of the inner SELECT over `document d`, each with a leading comma. */
  readonly columns: string;
  readonly params: readonly SQLInputValue[];
  readonly order: string;
  /** Rows that come after the one with these keys. */
  beyond(keys: readonly SortKey[]): SqlPiece;
}

/** Sort by fields, then by id, so that the order is total. Several values of a field count by their smallest, or largest. */
export function sortSql(schema: IndexSchema, sort: ListQuery['sort']): SortPlan {
  const keys = sort.map(({ field, direction }, index) => {
    const column = isNumeric(filterField(schema, field)) ? 'num' : 'text';
    const pick = direction === 'asc' ? 'min' : 'max';
    return {
      sql: `, (SELECT ${pick}(${column}) FROM value WHERE doc = d.doc AND field = ?) AS k${index}`,
      field,
      direction,
    };
  });
  const order = [...keys.map(({ direction }, index) => `k${index} IS NULL, k${index} ${direction}`), 'id'].join(', ');
  return {
    columns: keys.map(({ sql }) => sql).join(''),
    params: keys.map(({ field }) => field),
    order,
    beyond(values) {
      const alternatives: SqlPiece[] = [];
      const same: SqlPiece[] = [];
      keys.forEach(({ direction }, index) => {
        const value = values[index] ?? null;
        const name = `k${index}`;
        if (value !== null) {
          const later = { sql: `(${name} ${direction === 'asc' ? '>' : '<'} ? OR ${name} IS NULL)`, params: [value] };
          alternatives.push(allOf([...same, later]));
        }
        same.push({ sql: `${name} IS ?`, params: [value] });
      });
      alternatives.push(allOf([...same, { sql: 'id > ?', params: [values[keys.length] ?? ''] }]));
      return {
        sql: `(${alternatives.map(({ sql }) => sql).join(' OR ')})`,
        params: alternatives.flatMap(({ params }) => params),
      };
    },
  };
}

function allOf(pieces: readonly SqlPiece[]): SqlPiece {
  return { sql: `(${pieces.map(({ sql }) => sql).join(' AND ')})`, params: pieces.flatMap(({ params }) => params) };
}
