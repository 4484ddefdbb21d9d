/**
 * Memory and speed of the XNAT simulator with 100,000 series: the five IDC collections, loaded as often as it takes. The simulator
 * runs in a process of its own (this file with `--serve`), so that what is measured is it alone.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { connectXnat, simulatorCollections, startXnatSimulator } from '../src/compose-xnat.ts';
import { silentLogger } from '../src/kernel/logger.ts';
import { listProjectScans, listProjects, openSearch, pageExperiments } from '../src/xnat/index.ts';
import type { BenchResult, Figure } from './figure.ts';

const copies = 6;
const limitMb = 512;
const root = resolve(import.meta.dirname, '..');

const readySchema = z.object({ url: z.string(), series: z.number(), loadMs: z.number() });
const memorySchema = z.object({ rssBytes: z.number(), peakBytes: z.number() });

/** Loads 116,040 series and asks for everything a mirror would; measures memory before and after. */
export async function run(): Promise<BenchResult> {
  const child = fork(import.meta.filename, ['--serve'], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  try {
    const ready = readySchema.parse(await nextMessage(child));
    const loaded = memorySchema.parse(await ask(child));
    const started = performance.now();
    const scans = await readEverything(ready.url);
    const readMs = performance.now() - started;
    const served = memorySchema.parse(await ask(child));
    const mb = (bytes: number): number => Math.round(bytes / 1e6);
    const figures: readonly Figure[] = [
      {
        name: 'series held',
        value: ready.series,
        unit: 'series',
        target: '>= 100000, all of them served',
        met: ready.series >= 100_000 && scans === ready.series,
      },
      { name: 'time to load', value: Math.round(ready.loadMs), unit: 'ms' },
      {
        name: 'memory after loading',
        value: mb(loaded.rssBytes),
        unit: 'MB',
        target: `< ${limitMb}`,
        met: mb(loaded.rssBytes) < limitMb,
      },
      {
        name: 'memory after serving all of it',
        value: mb(served.rssBytes),
        unit: 'MB',
        target: `< ${limitMb}`,
        met: mb(served.rssBytes) < limitMb,
      },
      {
        name: 'peak memory',
        value: mb(served.peakBytes),
        unit: 'MB',
        target: `< ${limitMb}`,
        met: mb(served.peakBytes) < limitMb,
      },
      { name: 'reading every project by wide lists, pages and a search', value: Math.round(readMs), unit: 'ms' },
    ];
    return { bench: 'xnat-simulator', figures };
  } finally {
    child.kill();
  }
}

async function readEverything(url: string): Promise<number> {
  const signal = AbortSignal.timeout(10 * 60_000);
  const credentials = { kind: 'password', login: 'admin', password: 'admin' } as const;
  const server = connectXnat({ url, credentials, allowPrivate: true, timeoutMs: 120_000, logger: silentLogger });
  let scans = 0;
  for (const project of (await listProjects(server, {}, signal)).rows) {
    scans += (await listProjectScans(server, { project: project.id }, signal)).rows.length;
    for await (const page of pageExperiments(server, { project: project.id, pageSize: 500 }, signal))
      if (page.length === 0) break;
  }
  const rootType = 'xnat:subjectData';
  await openSearch(server, { rootType, fields: [{ type: rootType, field: 'SUBJECT_ID' }] }, signal);
  await server.close(signal);
  return scans;
}

function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((settle, fail) => {
    child.once('message', settle);
    child.once('exit', (code) => fail(new Error(`the simulator ended with ${code ?? 'a signal'}`)));
  });
}

async function ask(child: ChildProcess): Promise<unknown> {
  const answer = nextMessage(child);
  child.send('memory');
  return answer;
}

/** The child's part. */
async function serve(): Promise<void> {
  const shipped = resolve(root, 'data/idc');
  const folder = existsSync(resolve(shipped, 'upenn_gbm.series.csv.gz'))
    ? shipped
    : resolve(root, '../shared/data/idc');
  const started = performance.now();
  const idc = { folder, collections: simulatorCollections, copies };
  const simulator = await startXnatSimulator({ host: '127.0.0.1', port: 0, users: [], idc, logger: silentLogger });
  let series = 0;
  for (const experiment of simulator.simulation.world.experiments.values()) series += experiment.scans.size;
  process.on('message', () => {
    process.send?.({ rssBytes: process.memoryUsage.rss(), peakBytes: process.resourceUsage().maxRSS * 1024 });
  });
  process.send?.({ url: simulator.url, series, loadMs: performance.now() - started });
}

if (import.meta.main && process.argv.includes('--serve')) await serve();
