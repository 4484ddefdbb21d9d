import type { Vocabulary } from '../catalog/index.ts';
import type { PageInfo } from '../kernel/connection.ts';
import { type Count, exactly } from '../kernel/count.ts';
import { InvalidInputError, messageOf, UpstreamUnavailableError } from '../kernel/errors.ts';
import type { ArticleId } from '../kernel/ids.ts';
import type { Logger } from '../kernel/logger.ts';
import { decodeCursor, encodeCursor, maxPageSize, pageSize } from '../kernel/page.ts';
import { type ArticleWhere, type ReadWhere, readWhere } from './article-where.ts';
import type { ArticleRanking, Literature, RankedArticle } from './ports.ts';

/** What is asked. */
export interface ArticleQuery {
  readonly text: string;
  readonly where: ArticleWhere;
  readonly first: number;
  readonly after: string | undefined;
}

/** What a search works with. */
export interface ArticleSearchParts {
  readonly literature: Pick<Literature, 'index' | 'articles' | 'mesh' | 'vectors'>;
  readonly vocabulary: () => Promise<Vocabulary>;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** One hit. */
export interface ArticleHit {
  readonly cursor: string;
  readonly id: ArticleId;
  readonly score: number;
  readonly highlights: readonly string[];
  /** BM25; undefined where no word matched or nothing was ranked. */
  readonly words: number | undefined;
  /** Similarity of the nearest passage; undefined where it is not known. */
  readonly meaning: number | undefined;
}

/** An answer that says what it rests on. */
export interface ArticleSearch {
  readonly edges: readonly ArticleHit[];
  readonly pageInfo: PageInfo;
  readonly totalCount: () => Promise<Count>;
  readonly meta: {
    readonly filtersApplied: readonly string[];
    readonly filters: readonly {
      readonly field: string;
      readonly test: string;
      readonly origin: 'EXPLICIT';
      readonly words: undefined;
    }[];
    /** Texts are not read for terms or corrected: papers say enough. */
    readonly expansions: readonly never[];
    readonly didYouMean: undefined;
    readonly warnings: readonly string[];
    readonly indexLagMs: number;
    readonly model: string;
    readonly engine: string;
    readonly degraded: boolean;
  };
}

/** Code units of a text that is searched for. */
const longestText = 4_000;
/** The first hits by words that are encoded when somebody finds them without vectors. */
const demandDepth = 50;
/** What one SQLite file is meant for. */
const embeddedLimit = 100_000;

/**
 * Finds articles by words, meaning and filters; all that pass the filter, the newest first, where the text is empty.
 * @throws InvalidInputError for a page size, cursor or text that is none
 */
export async function searchArticles(query: ArticleQuery, parts: ArticleSearchParts): Promise<ArticleSearch> {
  const first = pageSize(query.first);
  if (query.text.length > longestText)
    throw new InvalidInputError(`\`text\` has at most ${longestText} characters.`, { fields: ['text'] });
  const text = query.text
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, ' ')
    .trim();
  const { mesh, index } = parts.literature;
  const names = { tree: await mesh.tree(), vocabulary: await parts.vocabulary() };
  const read = readWhere(query.where, names);
  const asked = { text, first, after: query.after, read };
  const found = await (text === '' ? listNewest(asked, parts) : rankText(asked, parts)).catch((error: unknown) => {
    if (!(error instanceof UpstreamUnavailableError)) throw error;
    throw new UpstreamUnavailableError(
      `Articles cannot be searched: ${messageOf(error)}. The role worker builds the index; try again in a moment.`,
      {},
      { cause: error },
    );
  });
  const { edges, hasNextPage, hasPreviousPage, total, ...meta } = found;
  const filters = Object.entries(query.where).map(([field, test]) => ({
    field,
    test: JSON.stringify(test).slice(0, 500),
    origin: 'EXPLICIT' as const,
    words: undefined,
  }));
  return {
    edges,
    pageInfo: {
      hasNextPage,
      hasPreviousPage,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount: () => Promise.resolve(exactly(total, 'articles')),
    meta: {
      filtersApplied: filters.map(({ field, test }) => `${field}: ${test}`),
      filters,
      expansions: [],
      didYouMean: undefined,
      warnings: [...read.warnings, ...meta.warnings, ...(await sizeWarnings(parts))],
      indexLagMs: await index.lagMs().catch(() => 0),
      model: meta.model,
      engine: index.engine,
      degraded: meta.degraded,
    },
  };
}

/** Articles like one, by what it says of itself; none while the index is away. */
export async function similarArticles(
  { id, title, abstract }: { readonly id: ArticleId; readonly title: string; readonly abstract: string | undefined },
  first: number,
  { literature, signal, logger }: Pick<ArticleSearchParts, 'literature' | 'signal' | 'logger'>,
): Promise<readonly ArticleHit[]> {
  if (pageSize(first) > 100) throw new InvalidInputError('`first` is at most 100.', { fields: ['first'] });
  const text = title === '' ? (abstract ?? '').slice(0, 500) : title;
  if (text.trim() === '' || first === 0) return [];
  const meaning = `${title} ${abstract ?? ''}`.trim();
  const narrow = { kind: 'not', of: { kind: 'ids', ids: [id] } } as const;
  const ranking = await literature.index.rank({ text, meaning, narrow }, signal).catch((error: unknown) => {
    if (!(error instanceof UpstreamUnavailableError)) throw error;
    logger.warn('literature.similarAway', { reason: messageOf(error) });
    return undefined;
  });
  return (ranking?.ranked ?? []).slice(0, first).map((hit, place) => toHit(hit, place, []));
}

interface Asked {
  readonly text: string;
  readonly first: number;
  readonly after: string | undefined;
  readonly read: ReadWhere;
}

interface Found {
  readonly edges: readonly ArticleHit[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly total: number;
  readonly model: string;
  readonly degraded: boolean;
  readonly warnings: readonly string[];
}

async function rankText({ text, first, after, read }: Asked, parts: ArticleSearchParts): Promise<Found> {
  const { index } = parts.literature;
  const position = after === undefined ? undefined : decodeCursor('articles', ['uuid', 'integer'], after);
  const ranking = await index.rank({ text, narrow: read.filter }, parts.signal);
  const { ranked } = ranking;
  const from = position === undefined ? 0 : placeAfter(ranked, position);
  const page = ranked.slice(from, from + first);
  const ids = page.map(({ id }) => id);
  const [highlights, there, warnings] = await Promise.all([
    index.highlights(text, ids, parts.signal).catch(() => new Map<ArticleId, readonly string[]>()),
    parts.literature.articles.byIds(ids),
    askForVectors(ranking, parts),
  ]);
  const edges = page.flatMap((hit, at) =>
    // What was withdrawn a moment ago is left out: the index hears of it later.
    there.has(hit.id) ? [toHit(hit, from + at, highlights.get(hit.id) ?? [])] : [],
  );
  return {
    edges,
    hasNextPage: from + page.length < ranked.length,
    hasPreviousPage: from > 0,
    total: ranking.total,
    model: ranking.model ?? 'none',
    degraded: ranking.model === undefined,
    warnings: [...(ranking.model === undefined ? ['The encoder is away: found by words alone.'] : []), ...warnings],
  };
}

/** A cursor says where its page began and how far into it: the index gives no other place than the end of a page. */
async function listNewest({ first, after, read }: Asked, parts: ArticleSearchParts): Promise<Found> {
  const [start = '', skip = 0] = after === undefined ? [] : decodeCursor('articles-newest', ['text', 'integer'], after);
  const skipped = Math.min(Math.max(0, Number(skip)), maxPageSize);
  const page = await parts.literature.index.list(
    read.filter,
    { first: Math.max(1, skipped + first), after: start === '' ? undefined : String(start) },
    parts.signal,
  );
  const ids = page.ids.slice(skipped, skipped + first);
  const there = await parts.literature.articles.byIds(ids);
  const edges = ids.flatMap((id, at): ArticleHit[] => {
    const isLast = at === ids.length - 1 && page.after !== undefined;
    const cursor = encodeCursor('articles-newest', isLast ? [page.after, 0] : [String(start), skipped + at + 1]);
    return there.has(id) ? [{ cursor, id, score: 0, highlights: [], words: undefined, meaning: undefined }] : [];
  });
  return {
    edges,
    hasNextPage: page.after !== undefined,
    hasPreviousPage: after !== undefined,
    total: page.total,
    model: 'none',
    degraded: false,
    warnings: [],
  };
}

/** The first hits by words are encoded when somebody finds them: the next search compares them by meaning as well. */
async function askForVectors({ ranked, model }: ArticleRanking, parts: ArticleSearchParts): Promise<readonly string[]> {
  if (model === undefined) return [];
  const { vectors } = parts.literature;
  const unknown = ranked.filter(({ words, meaning }) => words !== undefined && meaning === undefined);
  const missing = await vectors.withoutVectors(unknown.slice(0, demandDepth).map(({ id }) => id));
  if (missing.length === 0) return [];
  await vectors.ask(missing, 'DEMAND');
  return [
    `${missing.length} of the first hits are ranked by their words alone so far: their vectors have been asked for.`,
  ];
}

async function sizeWarnings({ literature: { index, articles } }: ArticleSearchParts): Promise<readonly string[]> {
  if (index.engine !== 'sqlite' || (await articles.countUpTo(embeddedLimit + 1)) <= embeddedLimit) return [];
  return [
    `There are more than ${embeddedLimit} articles: the embedded index is not made for so many. Set ELASTICSEARCH_URL to an Elasticsearch 9 and start again.`,
  ];
}

function toHit(
  { id, score, words, meaning, passage }: RankedArticle,
  place: number,
  highlights: readonly string[],
): ArticleHit {
  const near = highlights.length === 0 && passage !== undefined ? [passage] : highlights;
  return { cursor: encodeCursor('articles', [id, place]), id, score, highlights: near, words, meaning };
}

/** Where the next page begins: after the hit of the cursor, or where it stood when it is no hit any more. */
function placeAfter(ranked: readonly RankedArticle[], [id, at]: readonly (string | number | null)[]): number {
  const now = ranked.findIndex((hit) => hit.id === id);
  return now === -1 ? Math.max(0, Number(at)) + 1 : now + 1;
}
