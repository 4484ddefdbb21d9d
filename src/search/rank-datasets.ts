import type { ReadScope } from '../access/index.ts';
import type { Embedder } from '../embedding/index.ts';
import { messageOf, UpstreamUnavailableError } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import {
  type Filter,
  type FusionSettings,
  fuseRanks,
  highlightText,
  type Narrowing,
  type RankedDocument,
  type TextIndex,
} from '../retrieval/index.ts';
import { evidenceSource } from './model.ts';
import type { Evidence, Ranking } from './ports.ts';
import { indexScopeOf } from './project-dataset.ts';

/** Chosen by reason, not tuned: words say more than meaning on short records, whose names are rare words. */
export const datasetFusion: FusionSettings = {
  method: 'scores',
  lexicalWeight: 0.65,
  semanticWeight: 0.35,
  k: 20,
  depth: 10_000,
};

/** Records less similar than this are not found by meaning alone: nonsense gets no neighbours. */
const minSimilarity = 0.35;

const everyDocument: Filter = { kind: 'all', of: [] };

/** What ranking needs. */
export interface RankParts {
  readonly index: TextIndex;
  readonly embedder: Embedder | undefined;
  readonly fusion: FusionSettings;
  readonly logger: Logger;
}

/** Everything that matches by words or by meaning, best first. */
export async function rankDatasets(
  parts: RankParts,
  text: string,
  scope: ReadScope,
  signal?: AbortSignal,
): Promise<Ranking> {
  const { index, fusion } = parts;
  if (!(await index.generations()).some(({ active }) => active))
    throw new UpstreamUnavailableError('The index is not built yet');
  const narrowing: Narrowing = { scope: indexScopeOf(scope), where: everyDocument, selections: [] };
  const [lexical, semantic] = await Promise.all([
    index.lexical({ ...narrowing, text, synonyms: [], depth: fusion.depth }, signal),
    nearest(parts, narrowing, text, signal),
  ]);
  return {
    ranked: fuseRanks(lexical, semantic.hits, fusion).map(({ id, score, semantic: near }) => ({
      id,
      score,
      passage: near?.passage === undefined ? undefined : { text: near.passage, score: near.score },
    })),
    model: semantic.model,
    warnings: semantic.model === undefined ? ['The encoder is away: found by words alone.'] : [],
  };
}

async function nearest(
  { index, embedder, fusion, logger }: RankParts,
  narrowing: Narrowing,
  text: string,
  signal?: AbortSignal,
): Promise<{ readonly hits: readonly RankedDocument[]; readonly model: string | undefined }> {
  if (embedder === undefined) return { hits: [], model: undefined };
  try {
    const { hash, profile } = await embedder.identity();
    const [vector] = await embedder.embed([text], 'query', signal);
    if (vector === undefined) return { hits: [], model: undefined };
    const hits = await index.nearest({ ...narrowing, vector, encoderHash: hash, depth: fusion.depth }, signal);
    return { hits: hits.filter(({ score }) => score >= minSimilarity), model: profile };
  } catch (error) {
    if (signal?.aborted === true) throw error;
    logger.warn('search.meaningAway', { reason: messageOf(error) });
    return { hits: [], model: undefined };
  }
}

/** Stretches of some records that hold the words of a text. */
export async function evidenceOf(
  index: TextIndex,
  text: string,
  ids: readonly string[],
  scope: ReadScope,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, readonly Evidence[]>> {
  const documents = await index.fetch(ids, indexScopeOf(scope), signal);
  return new Map(
    documents.map((document) => [
      document.id,
      highlightText(document.text, text, []).map(
        ({ field, text: excerpt, spans }): Evidence => ({
          text: excerpt,
          source: evidenceSource(field),
          start: spans[0]?.[0],
          end: spans[0]?.[1],
          score: undefined,
        }),
      ),
    ]),
  );
}
