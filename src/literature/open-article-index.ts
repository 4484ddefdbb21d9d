import type { Embedder } from '../embedding/index.ts';
import { circuitBreaker } from '../kernel/circuit-breaker.ts';
import type { Clock } from '../kernel/clock.ts';
import { UpstreamUnavailableError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import { once } from '../kernel/once.ts';
import {
  type DocumentSource,
  encodersByGeneration,
  type Generation,
  keepIndex,
  type TextIndex,
  verifyIndex,
} from '../retrieval/index.ts';
import { highlightArticles } from './highlight-articles.ts';
import type { ArticleIndex } from './ports.ts';
import { articleIndexSchema } from './project-article.ts';
import { articleId, narrowingOf, type RankParts, rankArticles, scoreArticles } from './rank-articles.ts';

/** What the index of articles is made of. */
export interface ArticleIndexParts {
  readonly engine: string;
  /** Opened at the first use. */
  readonly openIndex: () => Promise<TextIndex>;
  readonly openEmbedder: () => Promise<Embedder | undefined>;
  /** Another encoder by its name, for a generation that was made with it. */
  readonly openNamedEmbedder: (profile: string) => Promise<Embedder>;
  readonly source: DocumentSource;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** A new look at which generation is active, at most this often. */
const activeTtlMs = 1_000;
/** An engine that was away is left alone for so long. */
const restMs = 1_000;
/** Documents of one batch: an engine makes each searchable by itself, which costs as much as some hundred documents. */
const batchSize = 1_000;
/** The size of the index is counted anew after so long: only its logarithm matters. */
const sizeTtlMs = 1_000;

/** The index of articles over one engine and one encoder. */
export function openArticleIndex(parts: ArticleIndexParts): ArticleIndex {
  const { source, logger, clock } = parts;
  const index = once(parts.openIndex);
  const encoders = encodersByGeneration({
    openWanted: parts.openEmbedder,
    openNamed: parts.openNamedEmbedder,
    logger,
  });
  let counted: { readonly at: number; readonly total: number } | undefined;
  let seen: { readonly at: number; readonly generation: Generation | undefined } | undefined;
  const keeper = keepIndex({
    index: () => index.get(),
    encoders,
    source,
    schema: articleIndexSchema,
    onSwitch: () => (seen = undefined),
    batchSize,
    comparesAtStart: false,
    logger,
    clock,
  });
  const active = async (): Promise<Generation | undefined> => {
    const now = clock().getTime();
    if (seen === undefined || now - seen.at > activeTtlMs) seen = { at: now, generation: await keeper.active() };
    return seen.generation;
  };
  /** No encoder is waited for: until it is loaded, searches are by words alone. */
  const rankParts = async (): Promise<RankParts> => ({
    index: await index.get(),
    embedder: await encoders.ready((await active())?.spec.encoder),
    logger,
  });
  const position = async (): Promise<string | undefined> => {
    const generation = (await keeper.active())?.id;
    return generation === undefined ? undefined : (await (await index.get()).progress(generation))?.position;
  };
  const guard = circuitBreaker(parts.engine, restMs, () => performance.now());
  return {
    engine: parts.engine,
    rank: async (question, signal) => await guard(async () => await rankArticles(await rankParts(), question, signal)),
    list: async (narrow, { first, after }, signal) =>
      await guard(async () => {
        const narrowing = narrowingOf(narrow);
        const opened = await index.get();
        const sort = [{ field: 'year', direction: 'desc' }] as const;
        const [page, { total }] = await Promise.all([
          opened.list({ ...narrowing, sort, first, ...(after !== undefined && { after }) }, signal),
          opened.count({ ...narrowing, synonyms: [], facets: [] }, signal),
        ]);
        return { ids: page.ids.map(articleId), after: page.after, total };
      }),
    score: async (request, signal) =>
      await guard(async () => {
        const embedder = await encoders.of((await active())?.spec.encoder);
        return await scoreArticles({ index: await index.get(), embedder, logger }, request, signal);
      }),
    highlights: async (text, ids, signal) =>
      await guard(async () => await highlightArticles(await index.get(), { text, ids }, signal)),
    size: async (signal) =>
      await guard(async () => {
        const now = clock().getTime();
        if (counted === undefined || now - counted.at > sizeTtlMs) {
          const all = narrowingOf({ kind: 'all', of: [] });
          const { total } = await (await index.get()).count({ ...all, synonyms: [], facets: [] }, signal);
          counted = { at: now, total };
        }
        return counted.total;
      }),
    position: async () => await guard(position),
    lagMs: async () =>
      await guard(async () => {
        const at = await position();
        if (at === undefined) return 0;
        const [oldest] = (await source.changesSince(at, 1)).changes;
        return oldest === undefined ? 0 : Math.max(0, clock().getTime() - Date.parse(oldest.at));
      }),
    encode: async (texts, role, signal) =>
      await (await encoders.of((await active())?.spec.encoder))?.embed(texts, role, signal),
    head: async () => await source.head(),
    changesSince: async (at, limit) => await source.changesSince(at, limit),
    encoder: async () => await encoders.wanted(),
    follow: async (signal) => await keeper.follow(signal),
    verify: async () => {
      const generation = (await keeper.active())?.id;
      if (generation === undefined) throw new UpstreamUnavailableError('There is no index of articles yet');
      return await verifyIndex(await index.get(), source, generation);
    },
    rebuild: async (signal) => await keeper.rebuild(signal),
    close: async () => {
      await index.close((opened) => opened.close());
      await encoders.close();
    },
  };
}
