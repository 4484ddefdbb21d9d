import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Application, openApplication } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { cacheVectors } from '../../src/embedding/index.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { PostgresVectorCache } from '../../src/literature/adapters/postgres-vector-cache.ts';
import { embedBatch, type LiteratureItem } from '../../src/literature/index.ts';
import { startServer } from '../../src/server/create-server.ts';
import { articleItem } from '../../test/kit/articles.ts';
import { openCachedEncoder } from '../retrieval/cached-encoder.ts';
import { type Collection, readPubmedqa, readScifact } from '../retrieval/collections.ts';

/** SciFact and PubMedQA as articles of a catalog of their own, searched through its API. */
export interface OpenCollections {
  readonly app: Application;
  readonly url: string;
  readonly scifact: Collection;
  readonly pubmedqa: Collection;
  /** Document of a collection by the DOI that its article was given. */
  readonly documentOf: (doi: string) => string;
  close(): Promise<void>;
}

const batchSize = 500;

/** @param distractors - whether SciFact's abstracts are among the articles */
export async function openCollections(distractors = true): Promise<OpenCollections> {
  const home = mkdtempSync(join(tmpdir(), 'mia-collections-'));
  const config = readConfig({
    ...process.env,
    MIA_HOME: home,
    MIA_ARTICLE_VECTORS: 'all',
    MIA_RATE_REQUESTS: '1000000/1000000',
  });
  const app = await openApplication(config, 'cli', silentLogger);
  const [scifact, pubmedqa] = [readScifact(), readPubmedqa()];
  const documents = [...(distractors ? scifact.documents : []), ...pubmedqa.documents];
  const items = documents.map(
    ({ id, text }): LiteratureItem =>
      articleItem({ doi: `10.0/${id}`, title: text['title']?.[0] ?? '', abstract: text['abstract']?.[0] }, id),
  );
  for (let at = 0; at < items.length; at += batchSize) {
    const checkpoint = { items: at + batchSize, cursor: undefined, complete: false };
    const batch = items.slice(at, at + batchSize);
    await app.literature.intake.take({ source: 'bench', file: 'collections', items: batch, checkpoint });
  }
  await encode(app);
  const stop = new AbortController();
  const following = app.literature.index.follow(stop.signal);
  while ((await app.literature.index.position()) !== (await app.literature.index.head())) await pause(200);
  await app.literature.index.encode(['ready'], 'query');
  const server = await startServer(
    { ...app, ready: () => Promise.resolve(true), publicUrl: null },
    { host: '127.0.0.1', port: 0 },
  );
  return {
    app,
    url: server.url,
    scifact,
    pubmedqa,
    documentOf: (doi) => doi.slice('10.0/'.length),
    close: async () => {
      stop.abort();
      await following;
      await server.close();
      await app.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** By the role embed's own steps, over the build cache of vectors. */
async function encode({ db, literature: { vectors: queue, articles } }: Application): Promise<void> {
  const embedder = cacheVectors(openCachedEncoder(), new PostgresVectorCache(db), (error) => {
    throw error;
  });
  const signal = new AbortController().signal;
  try {
    for (let done = -1; done !== 0; )
      done = await embedBatch({ queue, articles, embedder, leaseMs: 600_000, logger: silentLogger }, signal);
  } finally {
    await embedder.close();
  }
}
