import type { SQLInputValue } from 'node:sqlite';
import { z } from 'zod';
import { InvalidInputError } from '../../kernel/errors.ts';
import { filterField, isNumeric } from '../check-fields.ts';
import type { IndexSchema } from '../model.ts';
import type { ListQuery } from '../ports.ts';
import type { SqlPiece } from './sqlite-filter.ts';

/** A value of a sort key; null where the document has none, which comes last. */
export type SortKey = string | number | null;

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

const cursorKeys = z.array(z.union([z.string(), z.number(), z.null()]));

/** Keys of the last row, as an opaque text. */
export function writeCursor(keys: readonly SortKey[]): string {
  return Buffer.from(JSON.stringify(keys)).toString('base64url');
}

/**
 * @param sortFields - how many fields the list is sorted by
 * @throws InvalidInputError for a text that is not from `writeCursor` under the same sort
 */
export function readCursor(cursor: string, sortFields: number): readonly SortKey[] {
  try {
    const keys = cursorKeys.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
    if (keys.length === sortFields + 1) return keys;
  } catch {
    // Whatever is wrong with it, the caller is told the same.
  }
  throw new InvalidInputError('The cursor is not from a page of this list', { fields: ['after'] });
}
