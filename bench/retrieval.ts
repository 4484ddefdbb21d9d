import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@elastic/elasticsearch';
import type { Embedder } from '../src/embedding/index.ts';
import { systemClock } from '../src/kernel/clock.ts';
import { messageOf } from '../src/kernel/errors.ts';
import { silentLogger } from '../src/kernel/logger.ts';
import { indexBody } from '../src/retrieval/adapters/elastic-mapping.ts';
import { ElasticTextIndex } from '../src/retrieval/adapters/elastic-text-index.ts';
import { SqliteTextIndex } from '../src/retrieval/adapters/sqlite-text-index.ts';
import {
  type IndexChange,
  type IndexDocument,
  rebuildIndex,
  type TextIndex,
  toUpserts,
  wantedSpec,
} from '../src/retrieval/index.ts';
import { startElasticsearch } from '../test/kit/elasticsearch.ts';
import { MemorySource } from '../test/kit/memory-source.ts';
import type { BenchResult, Figure } from './figure.ts';
import { openCachedEncoder, openEncoder, profile, root, threads } from './retrieval/cached-encoder.ts';
import {
  articleSchema,
  type Collection,
  collectionsPresent,
  readPubmedqa,
  readScifact,
} from './retrieval/collections.ts';
import { measureEncoder } from './retrieval/measure-encoder.ts';
import { pubmedqaFigure, rankAll, scifactFigures } from './retrieval/measure-quality.ts';
import {
  bareElastic,
  bareSqlite,
  elasticQueryFigures,
  measureIndexRate,
  searchFigures,
  sqliteQueryFigures,
} from './retrieval/measure-speed.ts';

const log = (text: string): void => void process.stderr.write(`${text}\n`);

/** What all parts work on. */
interface Bench {
  readonly scifact: Collection;
  readonly pubmedqa: Collection;
  readonly cached: Embedder;
  readonly direct: Embedder;
  /** 2,000 documents with one vector each, for rates. */
  readonly samples: readonly IndexDocument[];
}

/**
 * Retrieval on both engines in one run: quality on SciFact and PubMedQA, speed beside the bare engines, the encoder beside a
 * bare onnxruntime loop. The first run encodes about 65,000 passages (15 minutes on 2 cores); vectors are kept in node_modules/.cache.
 */
export async function run(): Promise<BenchResult> {
  if (!collectionsPresent()) {
    return {
      bench: 'retrieval',
      figures: [{ name: 'all', skipped: '../shared/data/scifact and pubmedqa are not beside this checkout' }],
    };
  }
  const direct = openEncoder();
  const cached = openCachedEncoder();
  try {
    const scifact = readScifact();
    const pubmedqa = readPubmedqa();
    const samples = await sampleDocuments(cached, scifact);
    const bench: Bench = { scifact, pubmedqa, cached, direct, samples };
    const texts = scifact.documents.slice(0, 256).map(({ passages }) => passages[0] ?? '');
    const figures: Figure[] = [];
    log('encoder');
    figures.push(await measureEncoder(direct, profile, join(root, 'models', profile.document.folder), texts, threads));
    log('sqlite');
    figures.push(...(await runSqlite(bench)));
    log('elasticsearch');
    figures.push(...(await runElastic(bench)));
    return { bench: 'retrieval', figures };
  } finally {
    await direct.close();
    await cached.close();
  }
}

async function runSqlite(bench: Bench): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mia-bench-'));
  const index = new SqliteTextIndex({ folder, name: articleSchema.name });
  try {
    const quality = await measureCollections(bench, index);
    const questions = bench.scifact.questions.map(({ text }) => text);
    const spec = await wantedSpec({ embedder: bench.cached }, articleSchema);
    return [
      ...quality,
      await measureIndexRate(index, spec, bench.samples, bareSqlite),
      ...(await sqliteQueryFigures(index, join(folder, `${articleSchema.name}.bench.sqlite`), questions)),
      ...(await searchFigures(index, bench.direct, questions)),
    ];
  } finally {
    await index.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runElastic(bench: Bench): Promise<readonly Figure[]> {
  let server: Awaited<ReturnType<typeof startElasticsearch>>;
  try {
    server = await startElasticsearch('1g');
  } catch (error) {
    return [{ name: 'elasticsearch', skipped: messageOf(error) }];
  }
  const client = new Client({ node: server.url });
  const index = new ElasticTextIndex({ client, name: articleSchema.name, timeoutMs: 60_000, searchTimeoutMs: 60_000 });
  try {
    const quality = await measureCollections(bench, index);
    const questions = bench.scifact.questions.map(({ text }) => text);
    const vectors = await bench.cached.embed(questions, 'query');
    const spec = await wantedSpec({ embedder: bench.cached }, articleSchema);
    return [
      ...quality,
      await measureIndexRate(index, spec, bench.samples, bareElastic(client, spec, indexBody(spec))),
      ...(await elasticQueryFigures(index, client, spec, questions, vectors)),
      ...(await searchFigures(index, bench.direct, questions)),
    ];
  } finally {
    await index.close();
    await server.stop();
  }
}

async function measureCollections({ scifact, pubmedqa, cached }: Bench, index: TextIndex): Promise<readonly Figure[]> {
  const source = new MemorySource();
  for (const document of [...scifact.documents, ...pubmedqa.documents]) source.put(document);
  const parts = { source, index, embedder: cached, logger: silentLogger, clock: systemClock };
  const { documents } = await rebuildIndex(parts, {
    schema: articleSchema,
    newId: () => 'bench',
    onProgress: (done) => {
      if (done % 1000 === 0) log(`${index.engine}: ${done} documents`);
    },
  });
  log(`${index.engine}: ${documents} documents indexed`);
  const claims = await rankAll(index, cached, scifact, 'scifact');
  const questions = await rankAll(index, cached, pubmedqa);
  return [...scifactFigures(index.engine, claims, scifact), pubmedqaFigure(index.engine, questions, pubmedqa)];
}

async function sampleDocuments(embedder: Embedder, { documents }: Collection): Promise<readonly IndexDocument[]> {
  const sources = documents
    .slice(0, 2000)
    .map((document) => ({ ...document, passages: document.passages.slice(0, 1) }));
  const changes: readonly IndexChange[] = await toUpserts({ embedder }, sources);
  return changes.flatMap((change) => (change.kind === 'upsert' ? [change.document] : []));
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(await run())}\n`);
