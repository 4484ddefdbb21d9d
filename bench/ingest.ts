import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { globSync, mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { seriesColumns } from '../ingest/idc/map-series.ts';
import { openIdcIndex } from '../ingest/idc/open-idc-index.ts';
import { openEmbeddedDatabase } from '../src/db/embedded/index.ts';
import { silentLogger } from '../src/kernel/logger.ts';
import { startServe } from './child-server.ts';
import type { BenchResult, Figure } from './figure.ts';
import { fingerprintRows, type RowsFingerprint } from './fingerprint-rows.ts';
import { measureKills } from './ingest-kills.ts';
import { type IngestRun, ingestIndex } from './ingest-process.ts';

const extracts = globSync(fileURLToPath(new URL('../data/idc/*.series.csv.gz', import.meta.url))).sort();
const cache = fileURLToPath(new URL('../node_modules/.cache/idc-index-data', import.meta.url));
/** The release whose figures are in the documents. */
const indexPackage = 'idc-index-data==25.0.5';

/** New datasets are drafts: only who may see them sees them come. */
const token = randomBytes(24).toString('hex');
const question = `{ datasets(first: 20, orderBy: { field: UPDATED_AT, direction: DESC }) { nodes { slug title scanCount { ... on ExactCount { value } }
  subjects(first: 5) { nodes { label sessions(first: 2) { nodes { label scans(first: 2) { nodes { label } } } } } } } } }`;

/** Rate and memory of the Imaging Data Commons ingest beside a plain COPY of the same rows, in a server that answers meanwhile. */
export async function run(): Promise<BenchResult> {
  // A load of a second or two is mostly the start of the process: its rates have no target.
  const small = (await measure('five extracts', extracts)).figures.map(
    ({ target: _target, met: _met, ...figure }) => figure,
  );
  const whole = fetchWholeIndex();
  if (whole === undefined) {
    return {
      bench: 'ingest',
      figures: [...small, { name: 'whole index', skipped: `${indexPackage} could not be fetched with pip` }],
    };
  }
  const { figures, undisturbed, series } = await measure('whole index', [whole]);
  const killed = await measureKills('whole index', [whole], { undisturbed, series, fingerprint });
  return { bench: 'ingest', figures: [...small, ...figures, ...killed] };
}

async function measure(
  name: string,
  files: readonly string[],
): Promise<{ readonly figures: readonly Figure[]; readonly undisturbed: RowsFingerprint; readonly series: number }> {
  const home = await mkdtemp(join(tmpdir(), 'mia-bench-'));
  const server = await startServe({ MIA_HOME: home, MIA_EMPTY: '1', MIA_ADMIN_TOKEN: token });
  try {
    const latencies: number[] = [];
    const asking = askRepeatedly(server.url, latencies);
    const first = await ingestIndex(home, files);
    asking.stop();
    const again = await ingestIndex(home, files);
    const undisturbed = await fingerprint(home);
    const copy = await plainCopy(home, files);
    const rate = (report: IngestRun): number => Math.round((report.series * 1_000) / report.durationMs);
    const p99 = latencies.sort((a, b) => a - b)[Math.floor(latencies.length * 0.99)] ?? Number.NaN;
    const ratio = Math.round((rate(first) / copy) * 100) / 100;
    const figures: Figure[] = [
      {
        name: `${name}: first load`,
        value: rate(first),
        unit: 'series/s',
        target: '>= 20000',
        met: rate(first) >= 20_000,
      },
      {
        name: `${name}: first load beside COPY`,
        value: rate(first),
        unit: 'series/s',
        rival: 'plain COPY, one table with a primary key',
        rivalValue: copy,
        ratio,
        target: '>= 0.25',
        met: ratio >= 0.25,
      },
      {
        name: `${name}: unchanged again`,
        value: rate(again),
        unit: 'series/s',
        target: '>= 80000',
        met: rate(again) >= 80_000,
      },
      {
        name: `${name}: peak resident memory`,
        value: first.peakMb,
        unit: 'MB',
        target: '< 1000',
        met: first.peakMb < 1_000,
      },
      { name: `${name}: API p99 meanwhile`, value: Math.round(p99), unit: 'ms', target: '< 1000', met: p99 < 1_000 },
    ];
    return { figures, undisturbed, series: first.series };
  } finally {
    await server.stop();
    await rm(home, { recursive: true, force: true });
  }
}

async function fingerprint(home: string): Promise<RowsFingerprint> {
  const database = await openEmbeddedDatabase({ home, role: 'cli', logger: silentLogger });
  try {
    return await fingerprintRows(database.url);
  } finally {
    await database.close();
  }
}

/** Rows a second of the same columns of the same files into one table with a primary key. */
async function plainCopy(home: string, files: readonly string[]): Promise<number> {
  const database = await openEmbeddedDatabase({ home, role: 'cli', logger: silentLogger });
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const index = await openIdcIndex({ files });
  try {
    await client.query(
      `CREATE TABLE plain_copy (${seriesColumns.map((name) => `"${name}" text`).join(', ')}, PRIMARY KEY ("SeriesInstanceUID"))`,
    );
    const patients = await index.patients();
    const began = performance.now();
    let rows = 0;
    const lines = async function* (): AsyncGenerator<string> {
      let piece = '';
      for await (const row of index.seriesOf(patients)) {
        rows += 1;
        piece += `${row.map((field) => field.replaceAll(/[\\\t\n\r\0]/g, ' ')).join('\t')}\n`;
        if (piece.length > 65_536) {
          yield piece;
          piece = '';
        }
      }
      yield piece;
    };
    await pipeline(Readable.from(lines()), client.query(copyFrom('COPY plain_copy FROM STDIN')));
    return Math.round((rows * 1_000) / (performance.now() - began));
  } finally {
    await index.close();
    await client.end();
    await database.close();
  }
}

function askRepeatedly(url: string, latencies: number[]): { stop(): void } {
  let running = true;
  const ask = async (): Promise<void> => {
    while (running) {
      const began = performance.now();
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query: question }),
      });
      const answer = (await response.json()) as { errors?: readonly unknown[] };
      if (answer.errors !== undefined)
        throw new Error(`the API answered with errors: ${JSON.stringify(answer.errors)}`);
      latencies.push(performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  ask().catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
  return { stop: () => (running = false) };
}

/** The whole index as a Parquet file, by pip's ordinary way; undefined where it cannot be had. */
function fetchWholeIndex(): string | undefined {
  const find = (): string | undefined => globSync(`${cache}/**/idc_index.parquet`)[0];
  const found = find();
  if (found !== undefined) return found;
  mkdirSync(cache, { recursive: true });
  try {
    execFileSync('python3', ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', cache, indexPackage], {
      stdio: 'ignore',
    });
  } catch {
    return undefined;
  }
  return find();
}
