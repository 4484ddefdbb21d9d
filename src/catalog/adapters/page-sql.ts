import type { SqlRow } from '../../db/read-pool.ts';
import type { CursorKey, Page } from '../../kernel/page.ts';

/** The row without its empty columns: null is how SQL says absent. */
export function present<T>(row: SqlRow): T {
  // The columns of each statement are aliased to the properties of T beside it.
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as T;
}

/**
 * Cuts a page out of rows read one beyond its end.
 * @param rows - at most `first + 1` rows, in order
 */
export function pageOf<T>(
  rows: readonly SqlRow[],
  first: number,
  after: CursorKey | undefined,
  read: (row: SqlRow) => T,
  key: (row: SqlRow) => CursorKey,
): Page<T> {
  return {
    items: rows.slice(0, first).map(read),
    keyAt: (index) => {
      const row = rows[index];
      return row === undefined ? [] : key(row);
    },
    hasNextPage: rows.length > first,
    hasPreviousPage: after !== undefined,
  };
}
