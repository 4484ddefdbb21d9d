import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Client } from '@elastic/elasticsearch';
import type { DataSource } from 'typeorm';
import type { Vocabulary } from './catalog/index.ts';
import type { Config, FusionConfig } from './config.ts';
import type { PostgresInstallation } from './db/postgres-installation.ts';
import { SqliteVectorCache } from './embedding/adapters/sqlite-vector-cache.ts';
import { cacheVectors, type Embedder, type ModelStore } from './embedding/index.ts';
import type { Clock } from './kernel/clock.ts';
import { messageOf } from './kernel/errors.ts';
import type { Logger } from './kernel/logger.ts';
import { ElasticTextIndex } from './retrieval/adapters/elastic-text-index.ts';
import { SqliteTextIndex } from './retrieval/adapters/sqlite-text-index.ts';
import type { FusionSettings } from './retrieval/index.ts';
import { PostgresDatasetSource } from './search/adapters/postgres-dataset-source.ts';
import { PostgresWordSource } from './search/adapters/postgres-word-source.ts';
import { type DatasetIndex, openDatasetIndex } from './search/index.ts';

/** Name of the fact that says which index is this catalog's. */
const indexFact = 'search-index';

/** Threads that search the embedded index: one looks for the words of a question while the other looks for its meaning. */
const readers = 2;

/** The index of datasets, wired; nothing is opened before it is used. */
export function composeSearch(parts: {
  readonly config: Config;
  readonly db: DataSource;
  readonly vocabulary: () => Promise<Vocabulary>;
  /** The same as it is now, whoever changed it: documents are made with it. */
  readonly freshVocabulary: () => Promise<Vocabulary>;
  readonly installation: PostgresInstallation;
  readonly models: ModelStore;
  /** Encoders by name, each loaded once for all who work with it. */
  readonly openEncoder: (name: string) => Promise<Embedder>;
  readonly logger: Logger;
  readonly clock: Clock;
}): DatasetIndex {
  const { config, db, vocabulary, freshVocabulary, installation, models, openEncoder, logger, clock } = parts;
  const { elasticsearchUrl: url, searchModel } = config;
  const openCached = async (model: string): Promise<Embedder> => {
    const embedder = await openEncoder(model);
    const cache = new SqliteVectorCache(join(config.home, 'vectors.sqlite'));
    return cacheVectors(embedder, cache, (error) => logger.warn('vectors.cacheAway', { reason: messageOf(error) }));
  };
  return openDatasetIndex({
    engine: url === null ? 'sqlite' : 'elasticsearch',
    openIndex: async () => {
      const name = 'datasets';
      const catalog = await ownName(installation);
      return url === null
        ? new SqliteTextIndex({ folder: join(config.home, 'search', catalog), name, readers })
        : new ElasticTextIndex({ client: new Client({ node: url }), name, prefix: `mia-${catalog}` });
    },
    openEmbedder: async () => (searchModel === 'none' ? undefined : await openCached(searchModel)),
    openNamedEmbedder: openCached,
    ...(config.reranker === 'none'
      ? {}
      : {
          openReranker: async () => {
            const { reranker } = await models.openReranker(config.reranker);
            // Loaded now: what is no cross-encoder is found before the first search is ordered by it.
            await reranker.load().catch(async (error: unknown) => {
              await reranker.close();
              throw error;
            });
            return reranker;
          },
        }),
    ...(config.datasetFusion === null ? {} : { fusion: fusionOf(config.datasetFusion) }),
    source: new PostgresDatasetSource(db, freshVocabulary),
    words: new PostgresWordSource(db, vocabulary, clock),
    logger,
    clock,
  });
}

/** The name of this catalog's indices: two databases that share a home or a server must not take each other's for their own. */
export async function ownName(installation: PostgresInstallation): Promise<string> {
  const known = await installation.read(indexFact);
  if (known !== undefined) return known;
  const name = randomUUID().slice(0, 8);
  await installation.record(indexFact, name);
  return (await installation.read(indexFact)) ?? name;
}

function fusionOf({ k, ...weights }: FusionConfig): Partial<FusionSettings> {
  return k === undefined ? weights : { ...weights, k };
}
