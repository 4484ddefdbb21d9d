import { join } from 'node:path';
import { Client } from '@elastic/elasticsearch';
import type { DataSource } from 'typeorm';
import type { createAppendAudit } from './access/adapters/postgres-audit-trail.ts';
import { ownName } from './compose-search.ts';
import type { Config } from './config.ts';
import type { PostgresInstallation } from './db/postgres-installation.ts';
import { cacheVectors, type Embedder } from './embedding/index.ts';
import type { Clock } from './kernel/clock.ts';
import { messageOf } from './kernel/errors.ts';
import type { Logger } from './kernel/logger.ts';
import { PostgresArticleReader } from './literature/adapters/postgres-article-reader.ts';
import { PostgresArticleSource } from './literature/adapters/postgres-article-source.ts';
import { PostgresArticleStore } from './literature/adapters/postgres-article-store.ts';
import { PostgresMeshStore } from './literature/adapters/postgres-mesh-store.ts';
import { PostgresQuestionStore } from './literature/adapters/postgres-question-store.ts';
import { PostgresVectorCache } from './literature/adapters/postgres-vector-cache.ts';
import { PostgresVectorQueue } from './literature/adapters/postgres-vector-queue.ts';
import { type Literature, openArticleIndex } from './literature/index.ts';
import { ElasticTextIndex } from './retrieval/adapters/elastic-text-index.ts';
import { SqliteTextIndex } from './retrieval/adapters/sqlite-text-index.ts';

type AppendAudit = ReturnType<typeof createAppendAudit>;

/** The literature, wired; nothing is opened before it is used. */
export function composeLiterature(parts: {
  readonly config: Config;
  readonly db: DataSource;
  readonly installation: PostgresInstallation;
  /** Encoders by name, each loaded once for all who work with it. */
  readonly openEncoder: (name: string) => Promise<Embedder>;
  readonly appendAudit: AppendAudit;
  readonly logger: Logger;
  readonly clock: Clock;
}): Literature {
  const { config, db, installation, openEncoder, appendAudit, logger, clock } = parts;
  const { elasticsearchUrl: url, searchModel } = config;
  // Vectors of articles are made by any process and used by any other: their cache is the database.
  const openCached = async (model: string): Promise<Embedder> =>
    cacheVectors(await openEncoder(model), new PostgresVectorCache(db), (error) =>
      logger.warn('vectors.cacheAway', { reason: messageOf(error) }),
    );
  const mesh = new PostgresMeshStore(db);
  const index = openArticleIndex({
    engine: url === null ? 'sqlite' : 'elasticsearch',
    openIndex: async () => {
      const name = 'articles';
      const catalog = await ownName(installation);
      return url === null
        ? new SqliteTextIndex({ folder: join(config.home, 'search', catalog), name })
        : new ElasticTextIndex({ client: new Client({ node: url }), name, prefix: `mia-${catalog}` });
    },
    openEmbedder: async () => (searchModel === 'none' ? undefined : await openCached(searchModel)),
    openNamedEmbedder: openCached,
    source: new PostgresArticleSource(db, async (uis) => await mesh.labels(uis)),
    logger,
    clock,
  });
  return {
    intake: new PostgresArticleStore(db, config.literature.vectors),
    articles: new PostgresArticleReader(db),
    mesh,
    vectors: new PostgresVectorQueue(db),
    index,
    questions: new PostgresQuestionStore(db, appendAudit),
    close: async () => await index.close(),
  };
}
