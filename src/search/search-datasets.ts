import type { DatasetWhere } from '../catalog/index.ts';
import type { PageInfo } from '../kernel/connection.ts';
import { type Count, exactly } from '../kernel/count.ts';
import { decodeCursor, encodeCursor, pageSize } from '../kernel/page.ts';
import {
  countFacets,
  countHistograms,
  type FacetAnswer,
  type FacetsAsked,
  type HistogramAnswer,
  type HistogramsAsked,
  refuseRepeated,
} from './count-facets.ts';
import { browseDatasets, type FoundDatasets, findDatasets, type SearchParts } from './find-datasets.ts';
import type { Evidence, RankedDataset, RankReasons } from './ports.ts';
import { readText } from './read-question.ts';

/** What is asked. */
export interface DatasetQuery extends FacetsAsked, Partial<HistogramsAsked> {
  readonly where: DatasetWhere;
  readonly text: string;
  /** Hits of one page; 20 when null. */
  readonly first: number | null;
  readonly after: string | undefined;
  /** Words are words: no filters, no terms, no corrections. */
  readonly literal?: boolean;
  /** Words that stay text, whatever they could mean. */
  readonly ignoreWords?: readonly string[];
}

/** One hit. */
export interface DatasetHit {
  readonly cursor: string;
  readonly id: string;
  readonly score: number;
  readonly evidence: readonly Evidence[];
  /** Undefined where nothing was ranked. */
  readonly explanation: (RankReasons & { readonly exact: boolean }) | undefined;
}

/** A test that every hit passes, and who asked for it. */
export interface AppliedFilter {
  readonly field: string;
  readonly test: string;
  readonly origin: 'EXPLICIT' | 'WORDS';
  /** The words that ask for it; undefined for one that was given. */
  readonly words: string | undefined;
}

/** A term of the vocabulary that the text names. */
export interface TermExpansion {
  readonly words: string;
  readonly label: string;
  /** IRI of a concept, code of a modality. */
  readonly key: string;
  readonly names: readonly string[];
}

/** An answer that says what it rests on. */
export interface DatasetSearch {
  readonly edges: readonly DatasetHit[];
  readonly pageInfo: PageInfo;
  readonly totalCount: () => Promise<Count>;
  readonly facets: readonly FacetAnswer[];
  readonly histograms: readonly HistogramAnswer[];
  /** Every hit, whatever the page. */
  readonly found: readonly RankedDataset[];
  readonly meta: {
    readonly filtersApplied: readonly string[];
    readonly filters: readonly AppliedFilter[];
    readonly expansions: readonly TermExpansion[];
    readonly didYouMean: string | undefined;
    readonly warnings: readonly string[];
    readonly indexLagMs: number;
    readonly model: string;
    readonly engine: string;
    readonly degraded: boolean;
  };
}

/**
 * Finds datasets by words, meaning and filters. The index only ranks: the database decides which datasets pass the filter and the
 * scope, so that what is found, counted and told apart here is what `datasets(where)` says, however far the index lags.
 * @throws InvalidInputError for a page size or cursor that is none, and for a facet asked twice
 */
export async function searchDatasets(query: DatasetQuery, parts: SearchParts): Promise<DatasetSearch> {
  const first = pageSize(query.first ?? 20);
  const histogramsAsked = { where: query.where, histograms: query.histograms ?? [] };
  refuseRepeated(
    'facets',
    query.facets.map(({ field }) => field),
  );
  refuseRepeated(
    'histograms',
    histogramsAsked.histograms.map(({ field }) => field),
  );
  const { text, warnings } = readText(query.text);
  const position = query.after === undefined ? undefined : decodeCursor('search', ['text', 'integer'], query.after);
  const lag = parts.index.lagMs().catch(() => 0);
  const { where, literal = false, ignoreWords = [] } = query;
  const found =
    text === '' ? await browseDatasets(where, parts) : await findDatasets({ text, where, literal, ignoreWords }, parts);
  const from = position === undefined ? 0 : placeAfter(found.ranked, position);
  const page = found.ranked.slice(from, from + first);
  const [evidence, facets, histograms, indexLagMs] = await Promise.all([
    evidenceFor(found, page, parts),
    countFacets(query, found.among, parts),
    countHistograms(histogramsAsked, found.among, parts),
    lag,
  ]);
  const edges = page.map((hit, at) => toHit(hit, from + at, evidence.get(hit.id) ?? []));
  return {
    edges,
    pageInfo: {
      hasNextPage: from + page.length < found.ranked.length,
      hasPreviousPage: from > 0,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount: () => Promise.resolve(exactly(found.ranked.length, 'datasets')),
    facets,
    histograms,
    found: found.ranked,
    meta: {
      ...metaOf(where, found),
      warnings: [...warnings, ...spellingWarning(found), ...found.warnings],
      indexLagMs,
    },
  };
}

/** A hit at its place of an answer. */
export function toHit(hit: RankedDataset, place: number, evidence: readonly Evidence[]): DatasetHit {
  const { id, score, passage, reasons, named } = hit;
  const near: readonly Evidence[] =
    passage === undefined
      ? []
      : [{ text: passage.text, source: 'MEANING', start: undefined, end: undefined, score: passage.score }];
  return {
    cursor: encodeCursor('search', [id, place]),
    id,
    score,
    evidence: [...evidence, ...near],
    explanation: reasons && { ...reasons, exact: named },
  };
}

function metaOf(
  where: DatasetWhere,
  { reading, didYouMean, model, engine, degraded }: FoundDatasets,
): Omit<DatasetSearch['meta'], 'warnings' | 'indexLagMs'> {
  const explicit = Object.entries(where).map(
    ([field, test]): AppliedFilter => ({
      field,
      test: JSON.stringify(test).slice(0, 500),
      origin: 'EXPLICIT',
      words: undefined,
    }),
  );
  const byWords = reading.filters.map(
    ({ field, test, words }): AppliedFilter => ({ field, test, origin: 'WORDS', words }),
  );
  return {
    filters: [...explicit, ...byWords],
    filtersApplied: [...explicit, ...byWords].map(
      ({ field, test, words }) => `${field}: ${test}${words === undefined ? '' : ` (words: ${words})`}`,
    ),
    expansions: reading.expansions.map(({ words, term: { label, key }, names }) => ({ words, label, key, names })),
    didYouMean,
    model,
    engine,
    degraded,
  };
}

function spellingWarning({ didYouMean }: FoundDatasets): readonly string[] {
  return didYouMean === undefined ? [] : [`Searched for "${didYouMean}": no record holds what was written.`];
}

const noEvidence: ReadonlyMap<string, readonly Evidence[]> = new Map();

async function evidenceFor(
  { question, engine }: FoundDatasets,
  page: readonly RankedDataset[],
  { index, scope, signal }: SearchParts,
): Promise<ReadonlyMap<string, readonly Evidence[]>> {
  if (question === undefined || question.text === '' || engine === 'postgresql') return noEvidence;
  const ids = page.map(({ id }) => id);
  // The hits stand: an engine that goes away meanwhile takes only their evidence with it.
  return await index.evidence(question, ids, scope, signal).catch(() => noEvidence);
}

/** Where the next page begins: after the hit of the cursor, or where it stood when it is no hit any more. */
function placeAfter(ranked: readonly RankedDataset[], [id, at]: readonly (string | number | null)[]): number {
  const now = ranked.findIndex((hit) => hit.id === id);
  return now < 0 ? Math.max(0, Number(at)) : now + 1;
}
