import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip, gunzipSync } from 'node:zlib';
import pg from 'pg';
import { z } from 'zod';
import { messageOf } from '../../src/kernel/errors.ts';
import { startElasticsearch } from '../../test/kit/elasticsearch.ts';
import { startSystemPostgres } from '../../test/kit/system-postgres.ts';
import type { Figure } from '../figure.ts';
import { judged, round } from '../judge-figure.ts';

const sample = resolve(process.cwd(), '../shared/data/pubmed-xml/pubmedsample18n0001.xml.gz');
/** Citations of the sample; each copy of it has identifiers of its own. */
const perCopy = 177;
const copies = Number(process.env['MIA_BENCH_COPIES'] ?? 240);
const killedRuns = 5;
const mib = 2 ** 20;

/** `mia ingest pubmed` into PostgreSQL while a worker fills Elasticsearch: rate, memory, and what kills leave behind. */
export async function storeFigures(): Promise<readonly Figure[]> {
  if (!existsSync(sample)) return [{ name: 'store', skipped: '../shared/data/pubmed-xml is not beside this checkout' }];
  const work = mkdtempSync(join(tmpdir(), 'mia-store-'));
  try {
    const file = join(work, 'pubmed.xml.gz');
    await repeatDistinct(file);
    const database = await startSystemPostgres();
    const engine = await startElasticsearch();
    try {
      const place = { work, file, postgres: database.url, engine: engine.url };
      const whole = await measureWhole(place);
      return [...whole.figures, ...(await measureKills(place, whole.fingerprint))];
    } finally {
      await engine.stop();
      await database.stop();
    }
  } catch (error) {
    return [{ name: 'store', skipped: messageOf(error) }];
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

interface Place {
  readonly work: string;
  readonly file: string;
  readonly postgres: string;
  readonly engine: string;
}

async function measureWhole(
  place: Place,
): Promise<{ readonly figures: readonly Figure[]; readonly fingerprint: string }> {
  const citations = copies * perCopy;
  const url = await createDatabase(place.postgres, 'store_whole');
  const env = environment(place, url);
  const began = performance.now();
  const worker = start('bench/mining/store-process.ts', [String(citations)], env);
  const ingest = start('bin/mia.ts', ['ingest', 'pubmed', place.file, '--json'], env);
  const peak = watchMemory(ingest);
  await ended(ingest);
  const stored = performance.now() - began;
  await ended(worker);
  const searchable = performance.now() - began;
  const { rows } = await query(url, 'SELECT pg_database_size(current_database()) AS bytes');
  const bytes = Number(rows[0]?.['bytes'] ?? 0);
  const indexBytes = await sizeOfIndices(place.engine);
  const name = `mia ingest pubmed, ${citations} citations`;
  return {
    fingerprint: await fingerprintOf(url),
    figures: [
      {
        name: `${name}, into PostgreSQL while a worker indexes`,
        value: round((citations * 1_000) / stored, 0),
        unit: 'citations/s',
      },
      judged(
        {
          name: `${name}, stored and searchable in Elasticsearch`,
          value: round((citations * 1_000) / searchable, 0),
          unit: 'citations/s',
        },
        { atLeast: 1_500 },
      ),
      judged({ name: `${name}, largest resident memory`, value: round(peak() / mib, 0), unit: 'MiB' }, { atMost: 600 }),
      { name: 'PostgreSQL, bytes a citation', value: round(bytes / citations, 0), unit: 'bytes' },
      {
        name: 'Elasticsearch, bytes a citation, without vectors',
        value: round(indexBytes / citations, 0),
        unit: 'bytes',
      },
    ],
  };
}

/** Killed at random points and begun again until it is through: what is stored is what an undisturbed run stores. */
async function measureKills(place: Place, wanted: string): Promise<readonly Figure[]> {
  const url = await createDatabase(place.postgres, 'store_killed');
  const env = environment(place, url);
  for (let run = 0; run < killedRuns; run += 1) {
    const ingest = start('bin/mia.ts', ['ingest', 'pubmed', place.file, '--json'], env);
    const timer = setTimeout(() => ingest.kill('SIGKILL'), 1_500 + 3_000 * Math.random());
    await once(ingest, 'exit');
    clearTimeout(timer);
  }
  await ended(start('bin/mia.ts', ['ingest', 'pubmed', place.file, '--json'], env));
  const lost = (await fingerprintOf(url)) === wanted ? 0 : 1;
  return [
    judged({ name: `articles unlike after ${killedRuns} kills`, value: lost, unit: 'differences' }, { atMost: 0 }),
  ];
}

/** Copies of the sample with PMIDs (of at most ten digits), PMCIDs and DOIs of their own, so that each record is another article. */
async function repeatDistinct(file: string): Promise<void> {
  const xml = gunzipSync(readFileSync(sample)).toString('utf8');
  const [first, last] = [
    xml.indexOf('<PubmedArticle>'),
    xml.lastIndexOf('</PubmedArticle>') + '</PubmedArticle>'.length,
  ];
  const [head, records, tail] = [xml.slice(0, first), xml.slice(first, last), xml.slice(last)];
  const copyOf = (copy: number): string =>
    records
      .replaceAll(
        /(<PMID[^>]*>|IdType="pubmed">)(\d+)</g,
        (_, before: string, pmid: string) => `${before}${Number(pmid) + copy * 40_000_000}<`,
      )
      .replaceAll(
        /(IdType="pmc">PMC)(\d+)</g,
        (_, before: string, id: string) => `${before}${Number(id) + copy * 40_000_000}<`,
      )
      .replaceAll(
        /((?:IdType|EIdType)="doi"[^>]*>)([^<]+)</g,
        (_, before: string, doi: string) => `${before}${doi}.${copy}<`,
      );
  const pieces = function* (): Generator<string> {
    yield head;
    for (let copy = 0; copy < copies; copy += 1) yield copyOf(copy);
    yield tail;
  };
  await pipeline(Readable.from(pieces()), createGzip({ level: 1 }), createWriteStream(file));
}

function environment(place: Place, url: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    DATABASE_URL: url,
    ELASTICSEARCH_URL: place.engine,
    MIA_HOME: join(place.work, 'home'),
    MIA_MODEL: 'none',
    MIA_ARTICLE_VECTORS: 'none',
  };
}

function start(script: string, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, [script, ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] });
}

async function ended(child: ChildProcess): Promise<void> {
  const [code] = child.exitCode === null ? ((await once(child, 'exit')) as [number | null]) : [child.exitCode];
  if (code !== 0) throw new Error(`a process of the benchmark ended with ${String(code)}`);
}

/** Largest resident memory of a process so far, as Linux keeps it. */
function watchMemory({ pid }: ChildProcess): () => number {
  let peak = 0;
  const timer = setInterval(() => {
    try {
      const kib = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid ?? 0}/status`, 'utf8'))?.[1];
      peak = Math.max(peak, Number(kib ?? 0) * 1_024);
    } catch {
      clearInterval(timer);
    }
  }, 50);
  return () => {
    clearInterval(timer);
    return peak;
  };
}

const storeStats = z.object({
  _all: z.object({ primaries: z.object({ store: z.object({ size_in_bytes: z.number() }) }) }),
});

/** What the indices of an Elasticsearch take on its disk once all is flushed. */
async function sizeOfIndices(engine: string): Promise<number> {
  await fetch(`${engine}/_flush`, { method: 'POST' });
  const stats = storeStats.parse(await (await fetch(`${engine}/_stats/store`)).json());
  return stats._all.primaries.store.size_in_bytes;
}

async function createDatabase(server: string, name: string): Promise<string> {
  await query(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

/** Everything that is told of articles, but for the order in which it came. */
async function fingerprintOf(url: string): Promise<string> {
  const { rows } = await query(
    url,
    `SELECT md5(string_agg(row_hash, '' ORDER BY id)) AS sum FROM (
       SELECT a.id, md5(concat_ws('|', a.pmid, a.pmcid, a.doi, a.title, a.abstract, a.mesh, a.retracted, s.source, s.hash)) AS row_hash
       FROM article a JOIN article_source s ON s.article_id = a.id) AS rows`,
  );
  return String(rows[0]?.['sum']);
}

async function query(url: string, sql: string): Promise<pg.QueryResult<Record<string, unknown>>> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await client.query<Record<string, unknown>>(sql);
  } finally {
    await client.end();
  }
}
