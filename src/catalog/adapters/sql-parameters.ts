import { LimitExceededError } from '../../kernel/errors.ts';

/** Far below the 65,535 that the protocol can number; planning so many conditions takes a second. */
const mostValues = 2_000;

/** Whether PostgreSQL can hold this text; what it cannot hold, no row has. */
export function isStorable(text: string): boolean {
  return !text.includes('\0');
}

/** Values of one statement, in the order of their placeholders. */
export class SqlParameters {
  readonly values: unknown[] = [];

  /** Adds a value and gives its placeholder, cast where a type is named. */
  add(value: unknown, type?: string): string {
    if (this.values.length === mostValues)
      throw new LimitExceededError(`A filter may have at most ${mostValues} tests.`, {
        limit: 'filter',
        allowed: mostValues,
      });
    this.values.push(value);
    return `$${this.values.length}${type === undefined ? '' : `::${type}`}`;
  }
}
