/** A row as an array, in the order of its columns. */
export type Cells = readonly unknown[];

/**
 * The columns of a statement and the objects they become: property by SQL expression. Every object has every property, absent ones
 * as undefined, so that all are of one shape to the engine: with a thousand rows in an answer, that is what reading costs.
 */
export class Columns<T> {
  /** For a SELECT list. */
  readonly sql: string;
  readonly #properties: readonly string[];

  constructor(columns: { readonly [P in keyof T]-?: string }) {
    const entries = Object.entries<string>(columns);
    this.#properties = entries.map(([property]) => property);
    this.sql = entries.map(([property, expression]) => `${expression} AS "${property}"`).join(', ');
  }

  /** @param first - where this object's cells begin */
  read(cells: Cells, first = 0): T {
    const row: Record<string, unknown> = {};
    let index = first;
    for (const property of this.#properties) {
      row[property] = cells[index] ?? undefined;
      index += 1;
    }
    // The constructor's argument names every property of T.
    return row as T;
  }
}
