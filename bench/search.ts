import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@elastic/elasticsearch';
import type { Embedder } from '../src/embedding/index.ts';
import { messageOf } from '../src/kernel/errors.ts';
import { ElasticTextIndex } from '../src/retrieval/adapters/elastic-text-index.ts';
import { SqliteTextIndex } from '../src/retrieval/adapters/sqlite-text-index.ts';
import type { TextIndex } from '../src/retrieval/index.ts';
import { startElasticsearch } from '../test/kit/elasticsearch.ts';
import type { BenchResult, Figure } from './figure.ts';
import { brainscapePresent } from './search/brainscape-records.ts';
import { readJudgedQuestions } from './search/judged-questions.ts';
import { type AskedQuestion, abstentionFigures, rankingFigures, shapeFigures } from './search/measure-quality.ts';
import { indexOver, openCollection, type SearchCollection } from './search/open-collection.ts';
import { askSystems } from './search/rank-systems.ts';
import { speedFigures } from './search/run-speed.ts';

const log = (text: string): void => void process.stderr.write(`${text}\n`);

/**
 * Dataset search: quality on the judged questions (`bench/search/README.md`), each step beside the one before it, and speed.
 * `--quality` leaves the speed out, `--speed` the quality, `--embedded` Elasticsearch, `--elasticsearch` the speed of the embedded index; `--verbose` prints every answer.
 */
export async function run(): Promise<BenchResult> {
  const figures: Figure[] = [];
  if (brainscapePresent()) {
    const collection = await openCollection();
    try {
      if (!process.argv.includes('--speed')) {
        figures.push(...(await sqliteQuality(collection)));
        if (!process.argv.includes('--embedded')) figures.push(...(await elasticQuality(collection)));
      }
      if (!process.argv.includes('--quality')) figures.push(...(await speed(collection.direct)));
    } finally {
      await collection.close();
    }
  } else figures.push({ name: 'quality', skipped: '../shared/data/brainscape is not beside this checkout' });
  return { bench: 'search', figures };
}

/** Sizes of the embedded index and of Elasticsearch; `--sizes 1000,10000` for others. */
async function speed(embedder: Embedder): Promise<readonly Figure[]> {
  const given = /^\d+(?:,\d+)*$/.exec(process.argv[process.argv.indexOf('--sizes') + 1] ?? '')?.[0];
  const sizes = (standard: readonly number[]): readonly number[] => given?.split(',').map(Number) ?? standard;
  const figures: Figure[] = [];
  if (!process.argv.includes('--elasticsearch'))
    for (const size of sizes([1_000, 10_000])) figures.push(...(await speedFigures(size, embedder, undefined)));
  if (process.argv.includes('--embedded')) return figures;
  try {
    const server = await startElasticsearch('1g');
    try {
      for (const size of sizes([1_000, 10_000, 100_000]))
        figures.push(...(await speedFigures(size, embedder, server.url)));
    } finally {
      await server.stop();
    }
  } catch (error) {
    figures.push({ name: 'elasticsearch speed', skipped: messageOf(error) });
  }
  return figures;
}

async function sqliteQuality(collection: SearchCollection): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mia-bench-'));
  try {
    return await qualityOf(collection, new SqliteTextIndex({ folder, name: 'datasets' }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function elasticQuality(collection: SearchCollection): Promise<readonly Figure[]> {
  let server: Awaited<ReturnType<typeof startElasticsearch>>;
  try {
    server = await startElasticsearch();
  } catch (error) {
    return [{ name: 'elasticsearch quality', skipped: messageOf(error) }];
  }
  try {
    return await qualityOf(
      collection,
      new ElasticTextIndex({ client: new Client({ node: server.url }), name: 'datasets' }),
    );
  } finally {
    await server.stop();
  }
}

/** Builds the index, asks all questions, and closes it. */
async function qualityOf(collection: SearchCollection, index: TextIndex): Promise<readonly Figure[]> {
  const { app, embedder } = collection;
  const datasets = indexOver(collection, { name: index.engine, index, embedder });
  try {
    await datasets.warm();
    const { documents } = await datasets.rebuild();
    log(`${index.engine}: ${documents} datasets`);
    const rows: { id: string; slug: string }[] = await app.db.query('SELECT id, slug FROM dataset');
    const slugs = new Map(rows.map(({ id, slug }) => [id, slug]));
    const asked: AskedQuestion[] = [];
    for (const question of readJudgedQuestions()) {
      const answers = await askSystems({ collection, index, datasets, embedder, slugs }, question.text);
      asked.push({ question, answers });
      if (process.argv.includes('--verbose')) log(described({ question, answers }));
    }
    return (['tuning', 'report'] as const).flatMap((half) => [
      ...rankingFigures(index.engine, half, asked),
      ...shapeFigures(index.engine, half, asked),
      ...abstentionFigures(index.engine, half, asked),
    ]);
  } finally {
    await datasets.close();
  }
}

function described({ question, answers }: AskedQuestion): string {
  const graded = answers.whole.map((slug) => `${slug}:${question.judgements.get(slug) ?? 0}`);
  return `[${question.half}] ${question.text} => ${graded.join(' ')}`;
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(await run())}\n`);
