import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { loadShippedDatasets, loadShippedVocabulary } from '../../bin/load-shipped.ts';
import { intakeRecords } from '../../src/catalog/index.ts';
import { type Application, openApplication } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { SqliteVectorCache } from '../../src/embedding/adapters/sqlite-vector-cache.ts';
import { TransformersEmbedder } from '../../src/embedding/adapters/transformers-embedder.ts';
import { cacheVectors, type Embedder, encoderProfile } from '../../src/embedding/index.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import type { TextIndex } from '../../src/retrieval/index.ts';
import { PostgresDatasetSource } from '../../src/search/adapters/postgres-dataset-source.ts';
import { PostgresWordSource } from '../../src/search/adapters/postgres-word-source.ts';
import { type DatasetIndex, openDatasetIndex } from '../../src/search/index.ts';
import { brainscapePresent, readBrainscape } from './brainscape-records.ts';

const root = new URL('../..', import.meta.url).pathname;
/** Kept between runs: the database, and the vectors of what was encoded before. */
export const benchHome = join(root, 'node_modules/.cache/bench/search');

/** A catalog with what the judged questions are about. */
export interface SearchCollection {
  readonly app: Application;
  readonly embedder: Embedder;
  /** Encodes every text anew. */
  readonly direct: Embedder;
  close(): Promise<void>;
}

/**
 * The shipped datasets and the records of BrainScape in a real database, taken in through the front door and published.
 * @param home - of the embedded database
 */
export async function openCollection(home = benchHome): Promise<SearchCollection> {
  mkdirSync(home, { recursive: true });
  const app = await openApplication(readConfig({ MIA_HOME: home }), 'cli', silentLogger);
  await loadShippedVocabulary(app);
  await loadShippedDatasets(app, new AbortController().signal);
  if (brainscapePresent()) await takeBrainscape(app);
  const open = (): Embedder =>
    new TransformersEmbedder({
      profile: encoderProfile('minilm'),
      modelRoots: [join(root, 'models')],
      threads: 2,
      logger: silentLogger,
    });
  const direct = open();
  const embedder = cacheVectors(open(), new SqliteVectorCache(join(benchHome, 'vectors.sqlite')), () => undefined);
  return {
    app,
    embedder,
    direct,
    close: async () => {
      await direct.close();
      await embedder.close();
      await app.close();
    },
  };
}

/** The catalog's own index of datasets over an engine given from outside. */
export function indexOver(
  { app }: SearchCollection,
  engine: { readonly name: string; readonly index: TextIndex; readonly embedder: Embedder },
): DatasetIndex {
  const vocabulary = async () => await app.reader.vocabulary();
  return openDatasetIndex({
    engine: engine.name,
    openIndex: () => Promise.resolve(engine.index),
    openEmbedder: () => Promise.resolve(engine.embedder),
    source: new PostgresDatasetSource(app.db, vocabulary),
    words: new PostgresWordSource(app.db, vocabulary, app.clock),
    logger: silentLogger,
    clock: app.clock,
  });
}

async function takeBrainscape(app: Application): Promise<void> {
  const { rejected } = await intakeRecords(
    {
      source: { name: 'brainscape', kind: 'HARVEST' },
      records: readBrainscape().map((value, at) => ({ place: `line ${at + 1}`, value })),
      publish: true,
      actor: 'bench',
    },
    app.records,
  );
  if (rejected.length > 0) throw new Error(`Records were refused: ${JSON.stringify(rejected.slice(0, 3))}`);
}
