import type { Filter, IndexSchema, IndexScope } from '../model.ts';
import type { Narrowing } from '../ports.ts';
import { filterSql, type SqlPiece } from './sqlite-filter.ts';
import type { SqliteGeneration } from './sqlite-generation.ts';

/** Filters and scopes whose documents are kept; each costs a byte per document. */
const mostKept = 64;

/**
 * Which documents pass a scope and a filter, as flags by row. Evaluated once for as long as nobody writes: asking SQLite again in
 * every statement was more than half of a search over 10,000 documents.
 */
export class PassingDocuments {
  readonly #generation: SqliteGeneration;
  readonly #kept = new Map<string, Uint8Array>();
  #ids: readonly string[] = [];
  #docsInOrder: readonly number[] = [];
  #dataVersion = -1;

  constructor(generation: SqliteGeneration) {
    this.#generation = generation;
  }

  /** Flags of the documents that pass; rows beyond the end pass nothing. */
  of({ scope, where, selections }: Narrowing): Uint8Array {
    this.#refresh();
    const visible = this.#visibleTo(scope);
    const filters = [where, ...selections.map((selection) => selection.where)].filter((filter) => !isEmpty(filter));
    if (filters.length === 0) return visible;
    const { schema } = this.#generation.spec;
    const passing = visible.slice();
    for (const filter of filters) {
      const flags = this.#keep(JSON.stringify(filter), () => whereSql(schema, filter));
      for (let doc = 0; doc < passing.length; doc++) passing[doc] = (passing[doc] ?? 0) & (flags[doc] ?? 0);
    }
    return passing;
  }

  /** The id of a document by its row. */
  idOf(doc: number): string {
    return this.#ids[doc] ?? '';
  }

  /** Ids of flagged documents, in the order of their UTF-8 bytes. */
  inOrder(passing: Uint8Array): readonly string[] {
    return this.#docsInOrder.flatMap((doc) => (passing[doc] === 1 ? this.idOf(doc) : []));
  }

  #visibleTo(scope: IndexScope): Uint8Array {
    // A deleted document has no readers.
    return this.#keep(`scope ${JSON.stringify(scope)}`, () =>
      scope.kind === 'all'
        ? { sql: 'SELECT doc FROM document WHERE deleted = 0', params: [] }
        : {
            sql: 'SELECT doc FROM reader WHERE grp IN (SELECT value FROM json_each(?))',
            params: [JSON.stringify(scope.groups)],
          },
    );
  }

  #keep(key: string, statement: () => SqlPiece): Uint8Array {
    const known = this.#kept.get(key);
    if (known !== undefined) {
      // The longest unused goes first.
      this.#kept.delete(key);
      this.#kept.set(key, known);
      return known;
    }
    const { sql, params } = statement();
    const flags = new Uint8Array(this.#ids.length);
    for (const row of this.#generation.prepare(sql).iterate(...params)) flags[Number(row['doc'])] = 1;
    this.#kept.set(key, flags);
    for (const [oldest] of this.#kept) {
      if (this.#kept.size <= mostKept) break;
      this.#kept.delete(oldest);
    }
    return flags;
  }

  #refresh(): void {
    const version = Number(this.#generation.prepare('PRAGMA data_version').get()?.['data_version'] ?? 0);
    if (version === this.#dataVersion) return;
    this.#kept.clear();
    const highest = Number(this.#generation.prepare('SELECT max(doc) AS doc FROM document').get()?.['doc'] ?? -1);
    // A row keeps its id for ever: only new ones have to be read.
    if (highest >= this.#ids.length) {
      const rows = this.#generation.prepare('SELECT doc, id FROM document ORDER BY id').all();
      const ids: string[] = [];
      for (const row of rows) ids[Number(row['doc'])] = String(row['id']);
      this.#ids = ids;
      this.#docsInOrder = rows.map((row) => Number(row['doc']));
    }
    this.#dataVersion = version;
  }
}

function isEmpty(filter: Filter): boolean {
  return filter.kind === 'all' && filter.of.every(isEmpty);
}

function whereSql(schema: IndexSchema, filter: Filter): SqlPiece {
  const { sql, params } = filterSql(schema, filter);
  return { sql: `SELECT d.doc AS doc FROM document d WHERE ${sql}`, params };
}
