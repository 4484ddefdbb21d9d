import type { DataSource, EntityManager } from 'typeorm';
import type { AuditEntry } from './access/index.ts';
import type { RecordStore } from './catalog/index.ts';
import type { Logger } from './kernel/logger.ts';
import { once } from './kernel/once.ts';
import { readKnownDatasets, readMiningResources } from './literature/adapters/mining-files.ts';
import { PostgresCandidateStore } from './literature/adapters/postgres-candidate-store.ts';
import { PostgresGazetteerSource } from './literature/adapters/postgres-gazetteer-source.ts';
import { PostgresMentionReader } from './literature/adapters/postgres-mention-reader.ts';
import { PostgresMiningStore } from './literature/adapters/postgres-mining-store.ts';
import { type ArticleReader, createDatasetMiner, createDiscovery, type Discovery } from './literature/index.ts';

/** Weights and dictionaries of the miner. */
const folder = new URL('../data/', import.meta.url);

/** Datasets in papers, wired; the miner's files are read when the first article is. */
export function composeDiscovery(parts: {
  readonly db: DataSource;
  readonly articles: ArticleReader;
  readonly logger: Logger;
  readonly appendAudit: (tx: EntityManager, entry: AuditEntry) => Promise<void>;
  readonly recordsIn: (tx: EntityManager) => RecordStore;
}): Discovery {
  const { db, articles, logger } = parts;
  const miner = once(() => Promise.resolve(createDatasetMiner(readMiningResources(folder))));
  return createDiscovery({
    mining: new PostgresMiningStore(db),
    candidates: new PostgresCandidateStore(db, parts),
    mentions: new PostgresMentionReader(db),
    gazetteer: new PostgresGazetteerSource(db, () => readKnownDatasets(folder)),
    openMiner: async () => await miner.get(),
    articles,
    logger,
  });
}
