import { InvalidInputError } from './errors.ts';
import { isUuid } from './ids.ts';

/** Most items one page may hold. */
export const maxPageSize = 1_000;

/** Position in an order: the values of the sort columns of the last item seen, and its id. */
export type CursorKey = readonly (string | number | null)[];

/** What the values of an order's key are: a cursor comes from outside, and a value of another kind would be a fault in SQL. */
export type CursorShape = readonly ('text' | 'number' | 'integer' | 'uuid')[];

/** Which page: how many items, after which position. */
export interface PageRequest {
  readonly first: number;
  readonly after?: CursorKey;
}

/** One page, in order. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Position of the item at an index: made when asked, as most callers never do. */
  readonly keyAt: (index: number) => CursorKey;
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
}

/** An empty page. */
export const emptyPage: Page<never> = { items: [], keyAt: () => [], hasNextPage: false, hasPreviousPage: false };

/**
 * An opaque cursor.
 * @param order - name of the order that the key belongs to; a cursor of another order is refused
 */
export function encodeCursor(order: string, key: CursorKey): string {
  return Buffer.from(JSON.stringify([order, ...key])).toString('base64url');
}

/**
 * Reads a cursor made by {@link encodeCursor}.
 * @param shape - what the values of the order's key are
 * @throws InvalidInputError when it is not a cursor of this order
 */
export function decodeCursor(order: string, shape: CursorShape, cursor: string): CursorKey {
  const parsed = parse(cursor);
  const valid =
    Array.isArray(parsed) &&
    parsed.length === shape.length + 1 &&
    parsed[0] === order &&
    shape.every((kind, index) => fits(kind, parsed[index + 1]));
  if (!valid) {
    throw new InvalidInputError(
      '`after` is not a cursor of this list: pass `endCursor` of the page before, with the same order.',
      {
        fields: ['after'],
      },
    );
  }
  return parsed.slice(1) as CursorKey;
}

function fits(kind: CursorShape[number], value: unknown): boolean {
  switch (kind) {
    case 'text':
      return typeof value === 'string' && !value.includes('\0');
    case 'number':
      return typeof value === 'number' && Number.isFinite(value);
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= 2_147_483_647;
    case 'uuid':
      return typeof value === 'string' && isUuid(value);
  }
}

function parse(cursor: string): unknown {
  if (cursor.length > 4_000) return undefined;
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

/**
 * Checks `first` of a connection.
 * @throws InvalidInputError unless it is a whole number from 0 to {@link maxPageSize}
 */
export function pageSize(first: number): number {
  if (!Number.isInteger(first) || first < 0 || first > maxPageSize) {
    throw new InvalidInputError(`\`first\` must be a whole number from 0 to ${maxPageSize}, not ${first}.`, {
      fields: ['first'],
    });
  }
  return first;
}
