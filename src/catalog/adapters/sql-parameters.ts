/** Whether PostgreSQL can hold this text; what it cannot hold, no row has. */
export function isStorable(text: string): boolean {
  return !text.includes('\0');
}

/** Values of one statement, in the order of their placeholders. */
export class SqlParameters {
  readonly values: unknown[] = [];

  /** Adds a value and gives its placeholder, cast where a type is named. */
  add(value: unknown, type?: string): string {
    this.values.push(value);
    return `$${this.values.length}${type === undefined ? '' : `::${type}`}`;
  }
}
