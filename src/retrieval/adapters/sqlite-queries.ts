import type { SQLInputValue } from 'node:sqlite';
import { z } from 'zod';
import { toUnitLength } from '../../embedding/index.ts';
import { ConflictError } from '../../kernel/errors.ts';
import { filterField, isNumeric } from '../check-fields.ts';
import { expandQuestion } from '../expand-question.ts';
import { foldText } from '../fold-text.ts';
import type { FacetCounts, FacetRequest, IndexScope, RankedDocument } from '../model.ts';
import type {
  CountQuery,
  LexicalQuery,
  ListPage,
  ListQuery,
  NearestQuery,
  StoredDocument,
  Synonyms,
} from '../ports.ts';
import { readCursor, writeCursor } from './list-cursor.ts';
import type { PassingDocuments } from './passing-documents.ts';
import { narrowingSql, scopeSql } from './sqlite-filter.ts';
import type { SqliteGeneration } from './sqlite-generation.ts';
import { sortSql } from './sqlite-sort.ts';
import type { VectorMatrix } from './vector-matrix.ts';

const storedRow = z.object({
  text: z.record(z.string(), z.array(z.string())),
  filters: z.record(z.string(), z.array(z.union([z.string(), z.number(), z.boolean()]))),
});

/** Documents by BM25 (FTS5's, k1 1.2, b .75). */
export function lexicalSearch(
  generation: SqliteGeneration,
  documents: PassingDocuments,
  query: LexicalQuery,
): readonly RankedDocument[] {
  const match = matchExpression(query.text, query.synonyms);
  if (match === undefined) return [];
  const { schema } = generation.spec;
  const weights = schema.textFields.map(({ name, weight }) => query.fieldWeights?.[name] ?? weight);
  const passing = documents.of(query);
  const hits: RankedDocument[] = [];
  const rows = generation.prepare(
    `SELECT rowid AS doc, -bm25(words${', ?'.repeat(weights.length)}) AS score FROM words WHERE words MATCH ?`,
  );
  for (const row of rows.iterate(...weights, match)) {
    const doc = Number(row['doc']);
    if (passing[doc] === 1) hits.push({ id: documents.idOf(doc), score: Number(row['score']) });
  }
  return hits.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1)).slice(0, query.depth);
}

/** Documents by their nearest passage, exactly. */
export function nearestSearch(
  generation: SqliteGeneration,
  matrix: VectorMatrix | undefined,
  documents: PassingDocuments,
  query: NearestQuery,
): readonly RankedDocument[] {
  const { encoder, schema } = generation.spec;
  if (matrix === undefined || encoder?.hash !== query.encoderHash) {
    throw new ConflictError(
      `The index ${schema.name} holds vectors of ${encoder?.profile ?? 'no encoder'}, not of the one asked with`,
      {
        index: encoder?.hash ?? null,
        query: query.encoderHash,
      },
    );
  }
  matrix.refresh();
  const vector = encoder.similarity === 'cosine' ? toUnitLength(query.vector.slice()) : query.vector;
  const describe = generation.prepare(
    'SELECT d.id AS id, p.text AS text FROM passage p JOIN document d ON d.doc = p.doc WHERE p.seq = ?',
  );
  return matrix.nearest(vector, query.depth, documents.of(query)).flatMap(({ seq, score }) => {
    const row = describe.get(seq);
    return row === undefined ? [] : [{ id: String(row['id']), score, passage: String(row['text']) }];
  });
}

/** Total and facets of the documents that match. */
export function countMatches(
  generation: SqliteGeneration,
  query: CountQuery,
): { total: number; facets: readonly FacetCounts[] } {
  const total = fillMatched(generation, query, undefined);
  let filledFor: string | undefined;
  const facets = query.facets.map((facet) => {
    // Only a facet with a selection of its own counts over another set.
    const own = query.selections.some(({ field }) => field === facet.field) ? facet.field : undefined;
    if (own !== filledFor) fillMatched(generation, query, own);
    filledFor = own;
    return countFacet(generation, facet);
  });
  return { total, facets };
}

/** A page of everything that passes. */
export function listDocuments(generation: SqliteGeneration, documents: PassingDocuments, query: ListQuery): ListPage {
  if (query.sort.length === 0 && query.after === undefined) {
    const all = documents.inOrder(documents.of(query));
    const ids = all.slice(0, query.first);
    const last = all.length >= query.first ? ids.at(-1) : undefined;
    return { ids, after: last === undefined ? undefined : writeCursor([last]) };
  }
  const { schema } = generation.spec;
  const narrowing = narrowingSql(schema, query);
  const sort = sortSql(schema, query.sort);
  const after = query.after === undefined ? undefined : readCursor(query.after, query.sort.length);
  const beyond = after === undefined ? { sql: 'TRUE', params: [] } : sort.beyond(after);
  const rows = generation
    .prepare(
      `SELECT * FROM (SELECT d.id AS id${sort.columns} FROM document d WHERE ${narrowing.sql})
       WHERE ${beyond.sql} ORDER BY ${sort.order} LIMIT ?`,
    )
    .all(...sort.params, ...narrowing.params, ...beyond.params, query.first);
  const last = rows.at(-1);
  const more = last !== undefined && rows.length === query.first;
  return {
    ids: rows.map((row) => String(row['id'])),
    after: more
      ? writeCursor([...query.sort.map((_, index) => keyOf(last[`k${index}`])), String(last['id'])])
      : undefined,
  };
}

/** Stored documents in the order asked for. */
export function fetchDocuments(
  generation: SqliteGeneration,
  ids: readonly string[],
  scope: IndexScope,
): readonly StoredDocument[] {
  // By the row's own readers: the list of all that a reader may see would be made anew for every id.
  const visible =
    scope.kind === 'all'
      ? { sql: 'TRUE', params: [] }
      : {
          sql: 'EXISTS (SELECT 1 FROM json_each(?) g JOIN reader r ON r.grp = g.value WHERE r.doc = d.doc)',
          params: [JSON.stringify(scope.groups)],
        };
  const select = generation.prepare(
    `SELECT d.version AS version, d.stored AS stored FROM document d WHERE d.id = ? AND d.deleted = 0 AND ${visible.sql}`,
  );
  return ids.flatMap((id) => {
    const row = select.get(id, ...visible.params);
    if (row === undefined) return [];
    return [{ id, version: Number(row['version']), ...storedRow.parse(JSON.parse(String(row['stored']))) }];
  });
}

/** Suggestions by prefix, best first. */
export function suggestTexts(
  generation: SqliteGeneration,
  prefix: string,
  scope: IndexScope,
  first: number,
): readonly string[] {
  const folded = foldText(prefix);
  if (folded === '') return [];
  const visible = scopeSql(scope);
  return generation
    .prepare(
      `SELECT s.text AS text, max(s.weight) AS weight FROM suggestion s JOIN document d ON d.doc = s.doc
       WHERE s.folded >= ? AND s.folded < ? AND ${visible.sql} GROUP BY s.text ORDER BY weight DESC, s.text LIMIT ?`,
    )
    .all(folded, `${folded}\u{10ffff}`, ...visible.params, first)
    .map((row) => String(row['text']));
}

function matchExpression(text: string, synonyms: Synonyms): string | undefined {
  const { terms, phrases } = expandQuestion(text, synonyms);
  if (terms.length === 0) return undefined;
  // Terms are letters and digits only, so quoting needs no escapes.
  return [...terms, ...phrases.map((phrase) => phrase.join(' '))].map((term) => `"${term}"`).join(' OR ');
}

/** Fills the connection's own table of matching rows; @returns how many. */
function fillMatched(generation: SqliteGeneration, query: CountQuery, exceptField: string | undefined): number {
  const { text, ids } = query;
  generation.database.exec('CREATE TEMP TABLE IF NOT EXISTS matched (doc INTEGER PRIMARY KEY); DELETE FROM matched');
  const parts: { sql: string; params: SQLInputValue[] }[] = [];
  const match = text === undefined ? undefined : matchExpression(text, query.synonyms);
  if (match !== undefined) parts.push({ sql: 'SELECT rowid FROM words WHERE words MATCH ?', params: [match] });
  if (ids !== undefined) {
    parts.push({
      sql: 'SELECT doc FROM document WHERE id IN (SELECT value FROM json_each(?))',
      params: [JSON.stringify(ids)],
    });
  }
  const unrestricted = text === undefined && ids === undefined;
  const among = unrestricted
    ? 'TRUE'
    : parts.length === 0
      ? 'FALSE'
      : `d.doc IN (${parts.map(({ sql }) => sql).join(' UNION ')})`;
  const narrowing = narrowingSql(generation.spec.schema, query, exceptField);
  const { changes } = generation
    .prepare(`INSERT INTO matched SELECT d.doc FROM document d WHERE ${among} AND ${narrowing.sql}`)
    .run(...parts.flatMap(({ params }) => params), ...narrowing.params);
  return Number(changes);
}

function countFacet(generation: SqliteGeneration, facet: FacetRequest): FacetCounts {
  const field = filterField(generation.spec.schema, facet.field);
  const from = 'FROM matched m JOIN value v ON v.doc = m.doc AND v.field = ?';
  const column = isNumeric(field) ? 'v.num' : 'v.text';
  const rows =
    facet.kind === 'values'
      ? generation
          .prepare(`SELECT ${column} AS key, count(*) AS n ${from} GROUP BY key ORDER BY n DESC, key LIMIT ?`)
          .all(facet.field, facet.size)
      : generation
          .prepare(`SELECT floor(v.num / ?) * ? AS key, count(DISTINCT v.doc) AS n ${from} GROUP BY key ORDER BY key`)
          .all(facet.interval, facet.interval, facet.field);
  const missing = generation
    .prepare(
      'SELECT count(*) AS n FROM matched m WHERE NOT EXISTS (SELECT 1 FROM value v WHERE v.doc = m.doc AND v.field = ?)',
    )
    .get(facet.field);
  return {
    field: facet.field,
    buckets: rows.map((row) => ({ key: keyOf(row['key']) ?? '', count: Number(row['n']) })),
    missing: Number(missing?.['n'] ?? 0),
  };
}

function keyOf(value: unknown): string | number | null {
  return typeof value === 'string' || typeof value === 'number' ? value : null;
}
