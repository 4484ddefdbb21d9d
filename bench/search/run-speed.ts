import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@elastic/elasticsearch';
import { loadShippedVocabulary } from '../../bin/load-shipped.ts';
import { guest, readScopeOf } from '../../src/access/index.ts';
import { intakeRecords } from '../../src/catalog/index.ts';
import { openApplication } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import type { Embedder } from '../../src/embedding/index.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { ElasticTextIndex } from '../../src/retrieval/adapters/elastic-text-index.ts';
import { SqliteTextIndex } from '../../src/retrieval/adapters/sqlite-text-index.ts';
import type { TextIndex } from '../../src/retrieval/index.ts';
import { indexScopeOf } from '../../src/search/project-dataset.ts';
import { startServe } from '../child-server.ts';
import type { Figure } from '../figure.ts';
import { compared, round } from '../judge-figure.ts';
import { percentile } from '../retrieval/ranking-measures.ts';
import { readJudgedQuestions } from './judged-questions.ts';
import { askServer, latencyFigures, timeOf, writeToSearchable } from './measure-speed.ts';
import { benchHome } from './open-collection.ts';
import { recombineRecords } from './recombine-records.ts';

const token = 'bench-token-that-is-long-enough-to-be-one';
const rounds = 200;
const log = (text: string): void => void process.stderr.write(`${text}\n`);

/**
 * Speed with so many records, on one engine: a server in a process of its own over a database of its own.
 * @param elasticsearch - address of the server; the embedded index when undefined
 */
export async function speedFigures(
  size: number,
  embedder: Embedder,
  elasticsearch: string | undefined,
): Promise<readonly Figure[]> {
  const home = mkdtempSync(join(tmpdir(), 'mia-bench-search-'));
  const engine = elasticsearch === undefined ? 'sqlite' : 'elasticsearch';
  const name = `${engine} ${size} records`;
  const env = {
    MIA_HOME: home,
    MIA_EMPTY: '1',
    ...(elasticsearch !== undefined && { ELASTICSEARCH_URL: elasticsearch }),
  };
  const vectors = join(benchHome, 'vectors.sqlite');
  if (existsSync(vectors)) copyFileSync(vectors, join(home, 'vectors.sqlite'));
  try {
    const loadedMs = await timeOf(() => load(env, size));
    log(`${name}: taken in in ${Math.round(loadedMs)} ms`);
    const rates = {
      MIA_RATE_REQUESTS: '1000000/1000000',
      MIA_RATE_GUEST: '1000000000/1000000000',
      MIA_RATE_PRINCIPAL: '1000000000/1000000000',
    };
    const server = await startServe({ ...env, ...rates, MIA_ADMIN_TOKEN: token });
    try {
      const builtMs = await timeOf(() => untilBuilt(server.url));
      log(`${name}: index built in ${Math.round(builtMs)} ms`);
      if (existsSync(join(home, 'vectors.sqlite'))) copyFileSync(join(home, 'vectors.sqlite'), vectors);
      return [
        { name: `${name}, index built at start`, value: round(size / (builtMs / 1000), 0), unit: 'records/s' },
        ...(await requestFigures(name, server.url)),
        await writeToSearchable(server.url, token, name, 20),
        ...(await overheadFigures(name, server.url, env, embedder)),
      ];
    } finally {
      await server.stop();
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function questions(): readonly string[] {
  return readJudgedQuestions()
    .filter(({ unanswerable, shape }) => !unanswerable && shape !== 'identifier')
    .map(({ text }) => text);
}

async function requestFigures(name: string, url: string): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  const asked = questions();
  await latencyFigures({ name, url, questions: asked, withFacets: true, callers: 1, rounds: 40, goalMs: 250 });
  for (const callers of [1, 16]) {
    const shared = { url, questions: asked, callers, rounds };
    figures.push(
      ...(await latencyFigures({ ...shared, name: `${name}, facets + text`, withFacets: true, goalMs: 250 })),
    );
    figures.push(...(await latencyFigures({ ...shared, name: `${name}, semantic`, withFacets: false, goalMs: 400 })));
  }
  return figures;
}

/** The whole search beside its engine alone: encode, words, meaning, and the same twenty records from the database. */
async function overheadFigures(
  name: string,
  url: string,
  env: Readonly<Record<string, string>>,
  embedder: Embedder,
): Promise<readonly Figure[]> {
  const app = await openApplication(readConfig({ ...env }), 'cli', silentLogger);
  const catalog = (await app.installation.read('search-index')) ?? '';
  const address = env['ELASTICSEARCH_URL'];
  const index: TextIndex =
    address === undefined
      ? new SqliteTextIndex({ folder: join(env['MIA_HOME'] ?? '', 'search', catalog), name: 'datasets' })
      : new ElasticTextIndex({ client: new Client({ node: address }), name: 'datasets', prefix: `mia-${catalog}` });
  try {
    const scope = readScopeOf(guest);
    const narrowing = { scope: indexScopeOf(scope), where: { kind: 'all', of: [] } as const, selections: [] };
    const { hash } = await embedder.identity();
    const query = `query($text: String!) { searchDatasets(text: $text) { edges { score node { slug title accessClass } } } }`;
    const [ours, bare]: [number[], number[]] = [[], []];
    for (const [turn, text] of [...questions(), ...questions()].entries()) {
      const whole = await timeOf(() => askServer(url, { query, variables: { text } }));
      const alone = await timeOf(async () => {
        const [vector = new Float32Array()] = await embedder.embed([text], 'query');
        const [words] = await Promise.all([
          index.lexical({ ...narrowing, text, synonyms: [], depth: 20 }),
          index.nearest({ ...narrowing, vector, encoderHash: hash, depth: 20 }),
        ]);
        await app.reader.datasetsByIds(
          words.map(({ id }) => id),
          scope,
        );
      });
      if (turn < 20) continue; // warming up
      ours.push(whole);
      bare.push(alone);
    }
    return [0.5, 0.95].map((share) => ({
      ...compared({
        name: `${name}, whole search p${share * 100}`,
        value: percentile(ours, share),
        unit: 'ms',
        rival: 'encoder + engine (first 20 of each list) + the same records from the database',
        rivalValue: percentile(bare, share),
      }),
      target: '<= 1.5 times, or + 8 ms',
      met: percentile(ours, share) <= Math.max(1.5 * percentile(bare, share), percentile(bare, share) + 8),
    }));
  } finally {
    await index.close();
    await app.close();
  }
}

async function load(env: Readonly<Record<string, string>>, size: number): Promise<void> {
  const app = await openApplication(readConfig({ ...env }), 'cli', silentLogger);
  try {
    await loadShippedVocabulary(app);
    for await (const batch of recombineRecords(size)) {
      const records = batch.map((value, at) => ({ place: `record ${at}`, value }));
      const { rejected } = await intakeRecords(
        { source: { name: 'bench', kind: 'HARVEST' }, records, publish: true, actor: 'bench' },
        app.records,
      );
      if (rejected.length > 0) throw new Error(JSON.stringify(rejected[0]));
    }
    await app.db.query('ANALYZE');
  } finally {
    await app.close();
  }
}

async function untilBuilt(url: string): Promise<void> {
  const query = '{ searchDatasets(text: "brain", first: 1) { meta { degraded indexLagMs } } }';
  for (;;) {
    const answer = JSON.stringify(await askServer(url, { query }));
    if (answer.includes('"degraded":false') && answer.includes('"indexLagMs":0')) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
