import { z } from 'zod';
import { InvalidInputError } from '../../kernel/errors.ts';

/** A value of a sort key; null where the document has none, which comes last. */
export type SortKey = string | number | null;

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
