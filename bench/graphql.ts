import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { intakeRecords } from '../src/catalog/index.ts';
import { openApplication } from '../src/compose.ts';
import { readConfig } from '../src/config.ts';
import { silentLogger } from '../src/kernel/logger.ts';
import { type ChildServer, startChild, startServe } from './child-server.ts';
import type { BenchResult, Figure } from './figure.ts';
import { type GraphqlCase, graphqlCases } from './graphql-cases.ts';
import { load, type Round } from './load.ts';

const rounds = Number(process.env['BENCH_ROUNDS'] ?? 3);
const secondsPerRound = Number(process.env['BENCH_SECONDS'] ?? 5);
const warmUpSeconds = 3;

/** Requests per second that ours must have, as a multiple of the rival's, and its p99 at 32 connections at most. */
const targets: Readonly<Record<string, number>> = { '50 datasets': 2, '100 subjects': 1.8 };
const p99Target = 0.6;

/**
 * The API beside PostGraphile 5 on the same tables, both over HTTP in processes of their own, no result caching; ours with its
 * limits (rates raised, not switched off) and access rules. Rounds of the two alternate, figures are medians of rounds.
 */
export async function run(): Promise<BenchResult> {
  const home = await mkdtemp(join(tmpdir(), 'mia-bench-'));
  const rates = { MIA_RATE_REQUESTS: '1000000/1000000', MIA_RATE_GUEST: '1000000000/1000000000' };
  const ours = await startServe({ ...rates, MIA_HOME: home });
  try {
    const databaseUrl = await fillTo50(home);
    const rival = await startRival(databaseUrl);
    try {
      const figures: Figure[] = [];
      for (const one of graphqlCases)
        figures.push(...(await compare(one, `${ours.url}/graphql`, `${rival.url}/graphql`)));
      return { bench: 'graphql', figures };
    } finally {
      await rival.stop();
    }
  } finally {
    await ours.stop();
    await rm(home, { recursive: true, force: true });
  }
}

/** PostGraphile is no dependency of ours: it is installed where its lock file lies, when it is first needed. */
async function startRival(databaseUrl: string): Promise<ChildServer> {
  const folder = join('bench', 'rivals', 'postgraphile');
  if (!existsSync(join(folder, 'node_modules')))
    execFileSync('npm', ['ci', '--ignore-scripts'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  return await startChild([join(folder, 'server.mjs')], { DATABASE_URL: databaseUrl });
}

/** Published datasets beside the shipped ones. @returns the address of the database */
async function fillTo50(home: string): Promise<string> {
  const app = await openApplication(readConfig({ MIA_HOME: home }), 'cli', silentLogger);
  try {
    const conditions = ['Glioblastoma', 'Autistic Disorder', 'Alzheimer Disease', 'COVID-19', 'Lung Neoplasms'];
    const records = Array.from({ length: 50 }, (_, index) => ({
      place: `generated ${index}`,
      value: {
        sourceId: `bench-${index}`,
        slug: `bench-${String(index).padStart(2, '0')}`,
        title: `Multi-parametric imaging of cohort ${index}, with clinical tables`,
        description: `Images, clinical and genetic tables of cohort ${index}. `.repeat(8).trim(),
        conditions: [conditions[index % 5], conditions[(index + 1) % 5]],
        publisher: { name: `Imaging Archive ${index % 7}`, homepage: `https://archive-${index % 7}.example/` },
        accessClass: 'OPEN',
        license: 'CC-BY-4.0',
        distributions: ['DICOM', 'NIfTI', 'CSV'].map((format) => ({
          title: `${format} files of cohort ${index}`,
          accessUrl: `https://archive.example/${index}/${format}`,
          format,
          mediaType: 'application/octet-stream',
          byteSize: 1_000_000 * (index + 1),
        })),
      },
    }));
    const report = await intakeRecords(
      { source: { name: 'bench', kind: 'HARVEST' }, records, publish: true, actor: 'bench' },
      app.records,
    );
    if (report.accepted !== records.length) throw new Error(JSON.stringify(report.rejected[0]));
    await app.db.query('ANALYZE');
    const { options } = app.db;
    if (options.type !== 'postgres' || options.url === undefined) throw new Error('the database has no address');
    return options.url;
  } finally {
    await app.close();
  }
}

async function compare(one: GraphqlCase, ourUrl: string, rivalUrl: string): Promise<Figure[]> {
  const [our, their] = [await answer(ourUrl, one.ours), await answer(rivalUrl, one.rivals)];
  if (!isDeepStrictEqual(one.plain(our), one.plain(their)))
    throw new Error(`${one.name}: the two servers do not give the same data`);
  await load(ourUrl, one.ours, 8, warmUpSeconds);
  await load(rivalUrl, one.rivals, 8, warmUpSeconds);
  const figures: Figure[] = [];
  for (const connections of [1, 32]) {
    const [ours, theirs]: [Round[], Round[]] = [[], []];
    for (let round = 0; round < rounds; round += 1) {
      ours.push(await load(ourUrl, one.ours, connections, secondsPerRound));
      theirs.push(await load(rivalUrl, one.rivals, connections, secondsPerRound));
    }
    figures.push(...figuresOf(one.name, connections, ours, theirs));
  }
  return figures;
}

function figuresOf(name: string, connections: number, ours: readonly Round[], theirs: readonly Round[]): Figure[] {
  const figure = (
    what: string,
    unit: string,
    of: (round: Round) => number,
  ): Required<Pick<Figure, 'ratio'>> & Figure => {
    const [value, rivalValue] = [median(ours.map(of)), median(theirs.map(of))];
    const ratio = rounded(value / rivalValue);
    return {
      name: `${name}, ${connections} connection${connections === 1 ? '' : 's'}: ${what}`,
      value: rounded(value),
      unit,
      rival: 'PostGraphile 5',
      rivalValue: rounded(rivalValue),
      ratio,
    };
  };
  const throughput = figure('requests per second', '1/s', (round) => round.requestsPerSecond);
  const p50 = figure('p50', 'ms', (round) => round.p50Ms);
  const p99 = figure('p99', 'ms', (round) => round.p99Ms);
  const wanted = targets[name] ?? 1;
  return [
    { ...throughput, target: `ratio >= ${wanted}`, met: throughput.ratio >= wanted },
    p50,
    connections === 32 ? { ...p99, target: `ratio <= ${p99Target}`, met: p99.ratio <= p99Target } : p99,
  ];
}

async function answer(url: string, query: string): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = (await response.json()) as { readonly data: unknown; readonly errors?: unknown };
  if (errors !== undefined) throw new Error(`${url}: ${JSON.stringify(errors)}`);
  return data;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
