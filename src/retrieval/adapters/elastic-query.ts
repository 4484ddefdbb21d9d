import { filterField, indexValue } from '../check-fields.ts';
import { expandQuestion } from '../expand-question.ts';
import { foldText } from '../fold-text.ts';
import type { FacetRequest, Filter, IndexSchema, IndexScope } from '../model.ts';
import type { CountQuery, LexicalQuery, ListQuery, Narrowing, NearestQuery, Synonyms } from '../ports.ts';
import { anyReader, filterPath, type Json, type JsonObject, textPath } from './elastic-mapping.ts';

/** Filter clauses of one question: scope, filter and every selection but the one of `exceptField`. */
export function narrowingClauses(
  schema: IndexSchema,
  narrowing: Narrowing,
  exceptField?: string,
): readonly JsonObject[] {
  const selections = narrowing.selections.filter(({ field }) => field !== exceptField);
  return [
    ...scopeClauses(narrowing.scope),
    filterClause(schema, narrowing.where),
    ...selections.map(({ where }) => filterClause(schema, where)),
  ];
}

/** Documents that the scope may see. */
export function scopeClauses(scope: IndexScope): readonly JsonObject[] {
  return scope.kind === 'all' ? [] : [{ terms: { readers: [...scope.groups] } }];
}

/** Documents that meet the condition. */
export function filterClause(schema: IndexSchema, filter: Filter): JsonObject {
  switch (filter.kind) {
    case 'all':
      return { bool: { filter: filter.of.map((each) => filterClause(schema, each)) } };
    case 'any':
      if (filter.of.length === 0) return { match_none: {} };
      return { bool: { should: filter.of.map((each) => filterClause(schema, each)), minimum_should_match: 1 } };
    case 'not':
      return { bool: { must_not: [filterClause(schema, filter.of)] } };
    case 'anyOf': {
      const field = filterField(schema, filter.field);
      return { terms: { [filterPath(field.name)]: filter.values.map((value) => indexValue(field, value)) } };
    }
    case 'range': {
      const field = filterField(schema, filter.field);
      const bounds = (['gte', 'gt', 'lte', 'lt'] as const).flatMap((name) => {
        const bound = filter[name];
        return bound === undefined ? [] : [[name, indexValue(field, bound)] as const];
      });
      return { range: { [filterPath(field.name)]: Object.fromEntries(bounds) } };
    }
    case 'exists':
      return { exists: { field: filterPath(filterField(schema, filter.field).name) } };
    case 'contains': {
      const field = filterField(schema, filter.field);
      const needle = field.kind === 'folded' ? foldText(filter.text) : filter.text;
      return { wildcard: { [filterPath(field.name)]: { value: `*${needle.replace(/[\\*?]/gu, '\\$&')}*` } } };
    }
    case 'ids':
      return { ids: { values: [...filter.ids] } };
  }
}

/** BM25 over all text fields as one (combined_fields, BM25F: Robertson & Zaragoza 2009, doi:10.1561/1500000019). */
export function lexicalBody(schema: IndexSchema, query: LexicalQuery): JsonObject {
  return {
    query: {
      bool: {
        must: [wordsClause(schema, query.text, query.synonyms, query.fieldWeights)],
        filter: narrowingClauses(schema, query),
      },
    },
    size: query.depth,
    sort: ['_score', 'id'],
    track_scores: true,
    track_total_hits: false,
    _source: false,
  };
}

/** Nearest passages by HNSW under the same filters; the best passage of each document comes along. */
export function nearestBody(schema: IndexSchema, query: NearestQuery, vector: readonly number[]): JsonObject {
  return {
    knn: {
      field: 'passages.vector',
      query_vector: [...vector],
      k: query.depth,
      num_candidates: Math.min(10_000, Math.max(100, 2 * query.depth)),
      filter: narrowingClauses(schema, query),
      inner_hits: { size: 1, _source: ['passages.text'] },
    },
    size: query.depth,
    track_total_hits: false,
    _source: false,
  };
}

/**
 * Total and facets in one request. Selections go into the post filter and each facet's own filter, so that a facet ignores the
 * selection of its own field.
 */
export function countBody(schema: IndexSchema, query: CountQuery): JsonObject {
  const found: JsonObject[] = [];
  if (query.text !== undefined) found.push(wordsClause(schema, query.text, query.synonyms, undefined));
  if (query.ids !== undefined) found.push({ ids: { values: [...query.ids] } });
  const base = narrowingClauses(schema, { ...query, selections: [] });
  const matching = found.length === 0 ? [] : [{ bool: { should: found, minimum_should_match: 1 } }];
  const total = { filter: { bool: { filter: query.selections.map(({ where }) => filterClause(schema, where)) } } };
  const facets = query.facets.map((facet, index) => {
    const others = query.selections.filter(({ field }) => field !== facet.field);
    const filter = { bool: { filter: others.map(({ where }) => filterClause(schema, where)) } };
    return [`facet${index}`, { filter, aggs: facetAggregations(schema, facet) }] as const;
  });
  return {
    query: { bool: { filter: [...base, ...matching] } },
    size: 0,
    track_total_hits: false,
    aggs: { total, ...Object.fromEntries(facets) },
  };
}

/** A page of everything that passes, in a total order. */
export function listBody(schema: IndexSchema, query: ListQuery, after: readonly Json[] | undefined): JsonObject {
  const sort = query.sort.map(({ field, direction }): JsonObject => {
    const { name, kind } = filterField(schema, field);
    const numeric = kind === 'number' || kind === 'instant';
    // The default for a missing number is 2^63 - 1, which JavaScript cannot hold, so the next page would fail.
    const missing = numeric ? (direction === 'asc' ? 1e300 : -1e300) : '_last';
    return { [filterPath(name)]: { order: direction, mode: direction === 'asc' ? 'min' : 'max', missing } };
  });
  return {
    query: { bool: { filter: narrowingClauses(schema, query) } },
    size: query.first,
    sort: [...sort, { id: 'asc' }],
    track_total_hits: false,
    _source: false,
    ...(after === undefined ? {} : { search_after: after }),
  };
}

/** Completions by prefix among what the scope may see. */
export function suggestBody(prefix: string, scope: IndexScope, first: number): JsonObject {
  const readers = scope.kind === 'all' ? [anyReader] : [...scope.groups];
  // Several inputs of one document may match: ask for more than is shown.
  const completion = { field: 'suggest', size: first * 4, skip_duplicates: true, contexts: { reader: readers } };
  return { _source: ['stored.suggestions'], suggest: { texts: { prefix: foldText(prefix), completion } } };
}

function wordsClause(
  schema: IndexSchema,
  text: string,
  synonyms: Synonyms,
  fieldWeights: Readonly<Record<string, number>> | undefined,
): JsonObject {
  const fields = weightedFields(schema, fieldWeights);
  const { terms, phrases } = expandQuestion(text, synonyms);
  const words = { combined_fields: { query: terms.join(' '), fields } };
  const runs = phrases.map((run): JsonObject => ({ multi_match: { query: run.join(' '), type: 'phrase', fields } }));
  return { bool: { should: [words, ...runs], minimum_should_match: 1 } };
}

/** Weights count beside each other; `combined_fields` refuses any below 1, so the smallest becomes 1. A field of weight 0 is not looked in. */
function weightedFields(schema: IndexSchema, given: Readonly<Record<string, number>> | undefined): readonly string[] {
  const weighted = schema.textFields
    .map(({ name, weight }) => ({ path: textPath(name), weight: given?.[name] ?? weight }))
    .filter(({ weight }) => weight > 0);
  const smallest = Math.min(1, ...weighted.map(({ weight }) => weight));
  return weighted.map(({ path, weight }) => `${path}^${weight / smallest}`);
}

function facetAggregations(schema: IndexSchema, facet: FacetRequest): JsonObject {
  const field = filterPath(filterField(schema, facet.field).name);
  const order = [{ _count: 'desc' }, { _key: 'asc' }];
  const buckets: JsonObject =
    facet.kind === 'values'
      ? { terms: { field, size: facet.size, order } }
      : { histogram: { field, interval: facet.interval, min_doc_count: 1 } };
  return { buckets, missing: { missing: { field } } };
}
