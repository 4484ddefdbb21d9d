import type { Properties } from '../model/dataset.ts';

/** A row as an array, in the order of its columns. */
export type Cells = readonly unknown[];

/** Choices of columns that are kept ready. */
const keptChoices = 500;

/**
 * The columns of a statement and the objects they become: property by SQL expression. Every object has every property that was
 * read, absent ones as undefined, so that all are of one shape to the engine: with a thousand rows in an answer, that is what reading
 * costs.
 */
export class Columns<T> {
  /** For a SELECT list. */
  readonly sql: string;
  readonly #columns: Readonly<Record<string, string>>;
  readonly #names: readonly string[];
  readonly #choices = new Map<string, Columns<T>>();

  constructor(columns: { readonly [P in keyof T]-?: string }) {
    this.#columns = columns;
    this.#names = Object.keys(columns);
    this.sql = this.#names.map((name) => `${this.#columns[name]} AS "${name}"`).join(', ');
  }

  /** Only the columns of some properties; names that are no column are passed over. */
  pick(properties: Properties | undefined): Columns<T> {
    if (properties === undefined) return this;
    const known = this.#choices.get(properties.key);
    if (known !== undefined) return known;
    const wanted = Object.entries(this.#columns).filter(([name]) => properties.names.includes(name));
    // The objects say by their type that they have all properties; whoever chooses has said which ones will be looked at.
    const made = new Columns<T>(Object.fromEntries(wanted) as { readonly [P in keyof T]-?: string });
    if (this.#choices.size < keptChoices) this.#choices.set(properties.key, made);
    return made;
  }

  /** @param first - where this object's cells begin */
  read(cells: Cells, first = 0): T {
    const row: Record<string, unknown> = {};
    let index = first;
    for (const name of this.#names) {
      row[name] = cells[index] ?? undefined;
      index += 1;
    }
    // The constructor's argument names every property of T.
    return row as T;
  }
}
