import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Principal, readScopeOf } from '../../../src/access/index.ts';
import { cancelRun, launchPipeline } from '../../../src/pipelines/index.ts';
import { FakeEngine, fateOf, seeded } from '../../kit/fake-engine.ts';
import { record, subject, takeRecords, takeRows } from '../../kit/intake.ts';
import { startTestCatalog, type TestCatalog } from '../../kit/test-catalog.ts';
import { followDeadly } from './deadly-worker.ts';

/** Runs; the figure in docs/runs.md is of 200 and more. */
const size = Number(process.env['MIA_KILL_RUNS'] ?? 40);
const lanes = 3;
/** Workers that are processes of their own; the others are killed within this one, which costs no start. */
const processes = Number(process.env['MIA_KILL_PROCESSES'] ?? 6);
const longestMs = 120_000 + size * 5_000 + processes * 20_000;
const program = fileURLToPath(new URL('killed-worker.ts', import.meta.url));
const fixtures = fileURLToPath(new URL('../../fixtures/pipelines', import.meta.url));

/** Where a worker is killed: before and after everything it asks of the database, the engine, the disk and the catalog; what comes seldom first. */
const points = [
  'runs.write REQUESTED>STAGING',
  'runs.write CANCELLED>CANCELLED',
  'runs.write RUNNING>STAGING',
  ...[
    'runs.claim',
    'runs.inputs',
    'runs.outputs',
    'engine.findByRunId',
    'engine.submit',
    'engine.status',
    'engine.cancel',
    'engine.logs',
  ],
  ...[
    'folders.lay',
    'folders.scan',
    'folders.remove',
    'blobs.put',
    'registration',
    'registration.grantOwner',
    'registration.succeed',
  ],
  ...[
    'STAGING>SUBMITTING',
    'SUBMITTING>QUEUED',
    'QUEUED>RUNNING',
    'RUNNING>COLLECTING',
    'COLLECTING>REGISTERING',
    'COLLECTING>FAILED',
    'SUCCEEDED>SUCCEEDED',
  ].map((move) => `runs.write ${move}`),
].flatMap((point) => [`${point}:before`, `${point}:after`]);

let catalog: TestCatalog;
let home: string;
let principal: Principal;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'mia-kill-'));
  catalog = await startTestCatalog('empty', { MIA_HOME: home, MIA_PIPELINES_FOLDER: fixtures });
  await takeRecords(catalog, [record('small', { slug: 'small' })], { publish: true });
  await takeRows(
    catalog,
    'small',
    ['a', 'b', 'c'].map((label) => subject(label, [], { sex: 'F' })),
  );
  await catalog.token('RESEARCHER');
  const standing = await catalog.app.principals.standing('test-researcher');
  if (standing === undefined) throw new Error('the researcher is not there');
  principal = { id: standing.id, name: 'test-researcher', role: 'RESEARCHER', grants: [] };
});
afterAll(async () => {
  await catalog.close();
  await rm(home, { recursive: true, force: true });
});

describe('runs whose workers are killed at every step, on an engine that loses answers', () => {
  it(
    `${size} of them: none is stuck, lost without cause, registered twice, or leaves a job`,
    async () => {
      const chance = seeded('parent');
      const ids = await launchAll();
      const cancelling = cancelSome(ids, chance);
      await killUntilDone();
      await cancelling;
      await finish();
      await expectWhole(ids);
    },
    longestMs + 70_000,
  );
});

async function launchAll(): Promise<ReadonlyMap<string, string>> {
  const { app } = catalog;
  const engine = new FakeEngine(join(home, 'engine'), () => 1);
  const parts = {
    ...app.pipelines,
    reader: app.reader,
    launchers: new Map([['fake', engine]]),
    quota: { openRuns: size, openGpus: 0, gpuHours: 0 },
  };
  const ids = new Map<string, string>();
  for (let index = 0; index < size; index += 1) {
    const input = {
      pipeline: 'mark-rows@1',
      dataset: 'small',
      where: {},
      parameters: { mark: `m${index}` },
      acceptedTerms: [],
      idempotencyKey: `k${index}`,
    };
    const launched = await launchPipeline(input, { principal, requestId: 'test' }, parts);
    if ('reasons' in launched) throw new Error(launched.reasons.map(({ message }) => message).join());
    ids.set(launched.run.id, `m${index}`);
  }
  expect(readScopeOf(principal).records.kind).toBe('public');
  return ids;
}

/** Cancels those whose fate it is, each at a time of its own. */
async function cancelSome(ids: ReadonlyMap<string, string>, chance: () => number): Promise<void> {
  const { runs } = catalog.app.pipelines;
  for (const [id, mark] of ids) {
    if (fateOf(mark) !== 'cancelled') continue;
    await delay(chance() * 2_000);
    await cancelRun(`PipelineRun:${id}`, { principal, requestId: 'test' }, { runs, settleMs: 1_000 });
  }
}

async function open(): Promise<number> {
  const rows = await catalog.app.db.query<{ n: number }[]>(
    'SELECT count(*)::int AS n FROM pipeline_run WHERE next_check_at IS NOT NULL',
  );
  return rows[0]?.n ?? 0;
}

async function kills(): Promise<readonly string[]> {
  const file = join(home, 'kills.log');
  return existsSync(file) ? (await readFile(file, 'utf8')).trim().split('\n') : [];
}

/** Keeps workers going that each die somewhere else, until every run has ended. Of the first ones, SIGKILL ends the whole process. */
async function killUntilDone(): Promise<void> {
  const deadline = Date.now() + longestMs;
  let begun = 0;
  const follow = async (lane: number): Promise<void> => {
    while ((await open()) > 0 && Date.now() < deadline) {
      const met = await kills();
      const fresh = points.filter((point) => !met.includes(point));
      const among = fresh.length > 0 ? fresh : points;
      // Each lane another one, early steps first: what all runs have passed comes no more.
      const target = among[lane % among.length] ?? 'none';
      begun += 1;
      if (begun <= processes) await endOfProcess(startProcess(`seed-${begun}`, target));
      else await endOfLife(`seed-${begun}`, target);
    }
  };
  await Promise.all(Array.from({ length: lanes }, async (_, lane) => await follow(lane)));
}

/** A worker that nobody kills brings what is left to its end. */
async function finish(): Promise<void> {
  const stop = new AbortController();
  const working = followDeadly({ ...ground(), seed: 'last', target: 'none', die: () => undefined, stop: stop.signal });
  const deadline = Date.now() + 60_000;
  while ((await open()) > 0 && Date.now() < deadline) await delay(100);
  stop.abort();
  await working;
}

function ground() {
  const { db, reader } = catalog.app;
  return { db, reader, home };
}

/** A worker of this process from its begin to its death; after it nothing that it asks for is done any more. */
async function endOfLife(seed: string, target: string): Promise<void> {
  const stop = new AbortController();
  const idle = setInterval(() => void open().then((left) => (left === 0 ? stop.abort() : undefined)), 250);
  await followDeadly({ ...ground(), seed, target, die: () => stop.abort(), stop: stop.signal });
  clearInterval(idle);
}

function startProcess(seed: string, target: string): ChildProcess {
  return spawn(process.execPath, [program, home, seed, target], {
    env: { PATH: process.env['PATH'] ?? '', DATABASE_URL: catalog.databaseUrl },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

async function endOfProcess(child: ChildProcess): Promise<void> {
  // One that has nothing left to do, and so passes no point, is told to stop.
  const idle = setInterval(() => void open().then((left) => (left === 0 ? child.kill('SIGTERM') : undefined)), 250);
  await new Promise<void>((resolve) => child.once('exit', () => resolve()));
  clearInterval(idle);
}

async function expectWhole(ids: ReadonlyMap<string, string>): Promise<void> {
  const { db } = catalog.app;
  const rows = await db.query<
    {
      id: string;
      state: string;
      attempt: number;
      error: string | null;
      made: number;
      open: boolean;
      registered: number;
    }[]
  >(
    `SELECT r.id, r.state, r.attempt, r.error, r.next_check_at IS NOT NULL AS open,
       (SELECT count(*)::int FROM dataset_source_record o WHERE o.source_record_id = r.id::text) AS made,
       (SELECT count(*)::int FROM run_event e WHERE e.run_id = r.id AND e.state = 'SUCCEEDED') AS registered FROM pipeline_run r`,
  );
  expect(rows).toHaveLength(size);
  const wrong = rows.filter((row) => !isRight(row, fateOf(ids.get(row.id) ?? '')));
  expect(wrong).toEqual([]);
  const [chain] = await db.query<{ n: number; versions: number }[]>(
    `SELECT count(*)::int AS n, count(DISTINCT dataset_id)::int AS versions FROM catalog_event WHERE dataset_id IN (SELECT derived_dataset_id FROM pipeline_run) AND type = 'DATASET_CHANGED'`,
  );
  // Each derived dataset was announced once: one that was registered twice would have changed twice.
  expect(chain?.n).toBe(chain?.versions);
  const jobs = await new FakeEngine(join(home, 'engine'), () => 1).jobs();
  expect(jobs.filter(({ living }) => living)).toEqual([]);
  const perAttempt = Map.groupBy(jobs, ({ runId, attempt }) => `${runId} ${attempt}`);
  expect([...perAttempt.values()].filter((some) => some.length > 1)).toEqual([]);
  const met = new Set(await kills());
  const summary = {
    runs: size,
    kills: (await kills()).length,
    pointsMet: points.filter((point) => met.has(point)).length,
    points: points.length,
  };
  process.stdout.write(`${JSON.stringify({ event: 'killMatrix', ...summary })}\n`);
  expect(summary.kills).toBeGreaterThan(size / 5);
  if (size >= 200) expect(points.filter((point) => !met.has(point))).toEqual([]);
}

function isRight(
  row: {
    readonly state: string;
    readonly attempt: number;
    readonly made: number;
    readonly open: boolean;
    readonly registered: number;
  },
  fate: ReturnType<typeof fateOf>,
): boolean {
  const once = row.made === 1 && row.registered === 1;
  const never = row.made === 0 && row.registered === 0;
  if (row.open) return false;
  switch (fate) {
    case 'works':
      return row.state === 'SUCCEEDED' && row.attempt === 1 && once;
    case 'infrastructureOnce':
      return row.state === 'SUCCEEDED' && row.attempt === 2 && once;
    case 'infrastructure':
      return row.state === 'FAILED' && row.attempt === 3 && never;
    case 'fails':
      return row.state === 'FAILED' && never;
    case 'vanishes':
      return row.state === 'LOST' && never;
    case 'cancelled':
      return (row.state === 'CANCELLED' && never) || (row.state === 'SUCCEEDED' && once);
  }
}
