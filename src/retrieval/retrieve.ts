import type { Embedder, Reranker } from '../embedding/index.ts';
import { InvalidInputError, messageOf, UpstreamUnavailableError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import { type FusedDocument, type FusionSettings, fuseRanks, type ListEvidence } from './fuse-ranks.ts';
import { highlightText } from './highlight-text.ts';
import type { FacetCounts, FacetRequest, Highlight, RankedDocument } from './model.ts';
import type { Narrowing, StoredDocument, Synonyms, TextIndex } from './ports.ts';
import { rerankHits } from './rerank-hits.ts';

/** How one index is searched; from configuration, tuned per index. */
export interface RetrievalSettings {
  readonly fusion: FusionSettings;
  /** Documents less similar than this are not found by meaning: nonsense gets no neighbours. */
  readonly minSimilarity: number;
  /** How many of the first hits a second-stage model reads; used where there is one. */
  readonly rerankDepth: number;
  /** After a failure the main engine is left alone for so long, if there is a standby. */
  readonly retryAfterMs: number;
}

/** What a retriever is made of. */
export interface RetrieverParts {
  readonly index: TextIndex;
  /** A second index, fed in the same way, that answers while the first is away. */
  readonly standby?: TextIndex;
  /** Without it, search is by words alone. */
  readonly embedder?: Embedder;
  readonly reranker?: Reranker;
  readonly settings: RetrievalSettings;
  /** Asked at every search, so that an edit of the vocabulary holds at once. */
  readonly synonyms: () => Synonyms;
  readonly logger: Logger;
  /** Milliseconds that only rise. */
  readonly now: () => number;
}

/** A question to an index in words, with everything around it. */
export interface RetrievalQuery extends Narrowing {
  readonly text: string;
  readonly first: number;
  /** Hits to skip in the fused list. */
  readonly offset: number;
  readonly facets: readonly FacetRequest[];
}

/** One hit, with why it is one. */
export interface RetrievalHit {
  readonly id: string;
  readonly score: number;
  readonly lexical: ListEvidence | undefined;
  readonly semantic: (ListEvidence & { readonly passage: string | undefined }) | undefined;
  readonly rerankScore: number | undefined;
  readonly document: StoredDocument;
  readonly highlights: readonly Highlight[];
}

/** An answer that says what it rests on. */
export interface RetrievalAnswer {
  readonly hits: readonly RetrievalHit[];
  /** Documents that match by words or by meaning. */
  readonly total: number;
  readonly facets: readonly FacetCounts[];
  /** Fused hits that can be paged through: at most the sum of both lists' depth. */
  readonly reachable: number;
  readonly engine: string;
  /** Encoder profile; undefined when the answer is by words alone. */
  readonly model: string | undefined;
  /** Something is away and the answer is poorer for it; `warnings` say what. */
  readonly degraded: boolean;
  readonly warnings: readonly string[];
}

/** Answers questions from an index. */
export type Retrieve = (query: RetrievalQuery, signal?: AbortSignal) => Promise<RetrievalAnswer>;

/**
 * Search by words and by meaning, fused. When the encoder, the reranker or the engine is away, the answer goes on with what is
 * left and says so.
 * @throws InvalidInputError for an empty text (list the index instead) or an unknown field
 * @throws UpstreamUnavailableError when the engine is away and there is no standby, or that is away too
 */
export function createRetriever(parts: RetrieverParts): Retrieve {
  let avoidUntil = Number.NEGATIVE_INFINITY;

  return async (query, signal) => {
    if (query.text.trim() === '') throw new InvalidInputError('A search needs a text', { fields: ['text'] });
    const { index, standby, settings, logger, now } = parts;
    if (standby === undefined) return answerFrom(parts, index, query, [], signal);
    if (now() >= avoidUntil) {
      try {
        return await answerFrom(parts, index, query, [], signal);
      } catch (error) {
        if (!(error instanceof UpstreamUnavailableError)) throw error;
        avoidUntil = now() + settings.retryAfterMs;
        logger.warn('retrieval.engineAway', { engine: index.engine, reason: messageOf(error) });
      }
    }
    return answerFrom(parts, standby, query, [`${index.engine} is away: answered by ${standby.engine}`], signal);
  };
}

async function answerFrom(
  parts: RetrieverParts,
  index: TextIndex,
  query: RetrievalQuery,
  before: readonly string[],
  signal: AbortSignal | undefined,
): Promise<RetrievalAnswer> {
  const { settings, reranker } = parts;
  const synonyms = parts.synonyms();
  const warnings = [...before];
  const { depth } = settings.fusion;
  const [lexical, semantic] = await Promise.all([
    index.lexical({ ...narrowingOf(query), text: query.text, synonyms, depth }, signal),
    searchByMeaning(parts, index, query, warnings, signal),
  ]);
  let fused = fuseRanks(lexical, semantic?.hits ?? [], settings.fusion).map(withoutRerank);
  if (reranker !== undefined) {
    fused = await rerankHits(
      { hits: fused, index, reranker, query, depth: settings.rerankDepth, warnings, logger: parts.logger },
      signal,
    );
  }
  const page = fused.slice(query.offset, query.offset + query.first);
  const ids = semantic?.hits.map(({ id }) => id) ?? [];
  const [documents, counts] = await Promise.all([
    index.fetch(
      page.map(({ id }) => id),
      query.scope,
      signal,
    ),
    index.count({ ...narrowingOf(query), text: query.text, synonyms, ids, facets: query.facets }, signal),
  ]);
  const byId = new Map(documents.map((document) => [document.id, document]));
  return {
    // A document that went away between the two questions is left out.
    hits: page.flatMap((hit) => {
      const document = byId.get(hit.id);
      if (document === undefined) return [];
      return [{ ...hit, document, highlights: highlightText(document.text, query.text, synonyms) }];
    }),
    ...counts,
    reachable: fused.length,
    engine: index.engine,
    model: semantic?.profile,
    degraded: warnings.length > 0,
    warnings,
  };
}

async function searchByMeaning(
  parts: RetrieverParts,
  index: TextIndex,
  query: RetrievalQuery,
  warnings: string[],
  signal: AbortSignal | undefined,
): Promise<{ readonly hits: readonly RankedDocument[]; readonly profile: string } | undefined> {
  const { embedder, settings, logger } = parts;
  if (embedder === undefined) return undefined;
  let vector: Float32Array;
  let identity: Awaited<ReturnType<Embedder['identity']>>;
  try {
    identity = await embedder.identity();
    const [encoded] = await embedder.embed([query.text], 'query', signal);
    vector = encoded ?? new Float32Array(identity.dimension);
  } catch (error) {
    if (signal?.aborted === true) throw error;
    logger.warn('retrieval.encoderAway', { reason: messageOf(error) });
    warnings.push('The encoder is away: answered by words alone');
    return undefined;
  }
  try {
    const question = { ...narrowingOf(query), vector, encoderHash: identity.hash, depth: settings.fusion.depth };
    const hits = await index.nearest(question, signal);
    return { hits: hits.filter(({ score }) => score >= settings.minSimilarity), profile: identity.profile };
  } catch (error) {
    if (!isOtherEncoder(error)) throw error;
    // A rebuild for the new encoder is on its way; the old generation serves words meanwhile.
    warnings.push("The index holds another encoder's vectors: answered by words alone until it is rebuilt");
    return undefined;
  }
}

function isOtherEncoder(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'CONFLICT';
}

function narrowingOf({ scope, where, selections }: Narrowing): Narrowing {
  return { scope, where, selections };
}

function withoutRerank(hit: FusedDocument): FusedDocument & { readonly rerankScore: number | undefined } {
  return { ...hit, rerankScore: undefined };
}
