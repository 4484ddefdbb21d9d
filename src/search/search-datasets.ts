import type { ReadScope } from '../access/index.ts';
import type { CatalogReader, DatasetFacet, DatasetWhere } from '../catalog/index.ts';
import type { PageInfo } from '../kernel/connection.ts';
import { type Count, exactly } from '../kernel/count.ts';
import { CatalogError, InvalidInputError, messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import { decodeCursor, encodeCursor, pageSize } from '../kernel/page.ts';
import type { DatasetIndex, Evidence, RankedDataset, Ranking } from './ports.ts';
import { readText, withoutField, wordsFilter } from './read-question.ts';

/** What is asked. */
export interface DatasetQuery {
  readonly text: string;
  readonly where: DatasetWhere;
  readonly facets: readonly {
    readonly field: DatasetFacet /** Most values; 20 when null. */;
    readonly size?: number | null | undefined;
  }[];
  /** Hits of one page; 20 when null. */
  readonly first: number | null;
  readonly after: string | undefined;
}

/** One hit. */
export interface DatasetHit {
  readonly cursor: string;
  readonly id: string;
  readonly score: number;
  readonly evidence: readonly Evidence[];
}

/** Values of one field with how many datasets of the answer have each. */
export interface FacetAnswer {
  readonly field: DatasetFacet;
  readonly buckets: readonly { readonly key: string; readonly label: string; readonly count: number }[];
  readonly missing: number;
}

/** An answer that says what it rests on. */
export interface DatasetSearch {
  readonly edges: readonly DatasetHit[];
  readonly pageInfo: PageInfo;
  readonly totalCount: () => Promise<Count>;
  readonly facets: readonly FacetAnswer[];
  readonly meta: {
    readonly filtersApplied: readonly string[];
    readonly warnings: readonly string[];
    readonly indexLagMs: number;
    readonly model: string;
    readonly engine: string;
    readonly degraded: boolean;
  };
}

/** Who asks, and what answers. */
export interface SearchParts {
  readonly index: DatasetIndex;
  readonly reader: CatalogReader;
  readonly scope: ReadScope;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Added to the score of a dataset whose slug, name or identifier is the text itself: it comes first, always. */
const exactBonus = 1;

interface Found extends Omit<Ranking, 'model'> {
  readonly engine: string;
  readonly model: string;
  readonly degraded: boolean;
  /** What facets are counted among; all that pass the filter when absent. */
  readonly among?: readonly string[];
}

/**
 * Finds datasets by words, meaning and filters. The index only ranks: the database decides which datasets pass the filter and the
 * scope, so that what is found, counted and told apart here is what `datasets(where)` says, however far the index lags.
 * @throws InvalidInputError for a page size or cursor that is none, and for a facet asked twice
 */
export async function searchDatasets(query: DatasetQuery, parts: SearchParts): Promise<DatasetSearch> {
  const first = pageSize(query.first ?? 20);
  refuseRepeated(query.facets.map(({ field }) => field));
  const { text, warnings } = readText(query.text);
  const position = query.after === undefined ? undefined : decodeCursor('search', ['text', 'integer'], query.after);
  const found = text === '' ? await browse(query.where, parts) : await find(text, query.where, parts);
  const from = position === undefined ? 0 : placeAfter(found.ranked, position);
  const page = found.ranked.slice(from, from + first);
  const [evidence, facets, indexLagMs] = await Promise.all([
    text === '' || found.engine === 'postgresql' ? noEvidence : evidenceFor(text, page, parts),
    countFacets(query, found, parts),
    parts.index.lagMs().catch(() => 0),
  ]);
  const edges = page.map(({ id, score, passage }, at): DatasetHit => {
    const near: readonly Evidence[] =
      passage === undefined
        ? []
        : [{ text: passage.text, source: 'MEANING', start: undefined, end: undefined, score: passage.score }];
    return {
      cursor: encodeCursor('search', [id, from + at]),
      id,
      score,
      evidence: [...(evidence.get(id) ?? []), ...near],
    };
  });
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
    meta: {
      filtersApplied: Object.entries(query.where).map(([field, test]) =>
        `${field}: ${JSON.stringify(test)}`.slice(0, 500),
      ),
      warnings: [...warnings, ...found.warnings],
      indexLagMs,
      model: found.model,
      engine: found.engine,
      degraded: found.degraded,
    },
  };
}

const noEvidence: ReadonlyMap<string, readonly Evidence[]> = new Map();

async function evidenceFor(
  text: string,
  page: readonly RankedDataset[],
  { index, scope, signal }: SearchParts,
): Promise<ReadonlyMap<string, readonly Evidence[]>> {
  const ids = page.map(({ id }) => id);
  // The hits stand: an engine that goes away meanwhile takes only their evidence with it.
  return await index.evidence(text, ids, scope, signal).catch(() => noEvidence);
}

async function browse(where: DatasetWhere, { reader, scope }: SearchParts): Promise<Found> {
  const ids = await reader.matchingIds(where, scope);
  return { ranked: ids.map(unranked), model: 'none', engine: 'postgresql', degraded: false, warnings: [] };
}

async function find(text: string, where: DatasetWhere, parts: SearchParts): Promise<Found> {
  const { index, reader, scope, logger, signal } = parts;
  const names = [...new Set([text, text.toUpperCase(), text.toLowerCase()])];
  const exact: DatasetWhere = {
    or: [{ slug: { in: names } }, { title: { in: names } }, { identifier: { in: names } }],
  };
  let ranking: Ranking;
  try {
    ranking = await index.rank(text, scope, signal);
  } catch (error) {
    if (signal.aborted || (error instanceof CatalogError && error.code === 'BAD_USER_INPUT')) throw error;
    logger.warn('search.indexAway', { engine: index.engine, reason: messageOf(error) });
    return await findInDatabase(text, where, parts);
  }
  const named = new Set(await reader.matchingIds({ and: [where, exact] }, scope));
  const candidates = [...new Set([...named, ...ranking.ranked.map(({ id }) => id)])];
  const passing = new Set(await reader.matchingIds(where, scope, candidates));
  const byId = new Map(ranking.ranked.map((hit) => [hit.id, hit]));
  const ranked = candidates
    .filter((id) => passing.has(id))
    .map((id) => {
      const hit = byId.get(id) ?? unranked(id);
      return named.has(id) ? { ...hit, score: hit.score + exactBonus } : hit;
    })
    .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
  return {
    ranked,
    among: candidates,
    model: ranking.model ?? 'none',
    engine: index.engine,
    warnings: ranking.warnings,
    degraded: ranking.warnings.length > 0,
  };
}

/** What is left without an index: records that hold every word. */
async function findInDatabase(text: string, where: DatasetWhere, { reader, scope }: SearchParts): Promise<Found> {
  const filter = wordsFilter(text);
  const ids = await reader.matchingIds({ and: [where, filter] }, scope);
  return {
    ranked: ids.map(unranked),
    among: await reader.matchingIds(filter, scope),
    model: 'none',
    engine: 'postgresql',
    degraded: true,
    warnings: ['The index is away or not built yet: found in the database, every word literally, unranked.'],
  };
}

function unranked(id: string): RankedDataset {
  return { id, score: 0, passage: undefined };
}

/** Each facet is a count over all hits: a list of a thousand would be a thousand of them. */
function refuseRepeated(fields: readonly DatasetFacet[]): void {
  const repeated = fields.find((field, at) => fields.indexOf(field) < at);
  if (repeated !== undefined)
    throw new InvalidInputError(`\`facets\` names ${repeated} twice: each field once.`, { fields: ['facets'] });
}

async function countFacets(
  { facets, where }: DatasetQuery,
  { among }: Found,
  { reader, scope }: SearchParts,
): Promise<readonly FacetAnswer[]> {
  return await Promise.all(
    facets.map(async ({ field, size }) => ({
      field,
      ...(await reader.countValues(
        { field, where: withoutField(where, field), size: pageSize(size ?? 20), ...(among && { among }) },
        scope,
      )),
    })),
  );
}

/** Where the next page begins: after the hit of the cursor, or where it stood when it is no hit any more. */
function placeAfter(ranked: readonly RankedDataset[], [id, at]: readonly (string | number | null)[]): number {
  const now = ranked.findIndex((hit) => hit.id === id);
  return now < 0 ? Math.max(0, Number(at)) : now + 1;
}
