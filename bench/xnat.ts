import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { pythonOfJudges } from '../test/integration/xnat/judges/python-of-judges.ts';
import { type ChildServer, startChild } from './child-server.ts';
import type { BenchResult, Figure } from './figure.ts';
import { compared, judged, round } from './judge-figure.ts';
import { type MirrorRun, mirrorOnce } from './xnat/mirror-process.ts';
import { type RivalWalk, walkByRival } from './xnat/rival-walk.ts';

const program = fileURLToPath(new URL('../bin/mia.ts', import.meta.url));
const project = 'upenn_gbm';
const latencyMs = 20;
const clients = ['xnatpy', 'pyxnat'] as const;
/** Six times the five shipped collections: 116,040 series. */
const copies = 6;
const limitMb = 512;

/**
 * Requests and seconds of a mirror of UPENN-GBM, first and without changes, beside a walk of the same project by other clients in the
 * same run, every answer delayed by 20 ms; and the memory of a first mirror of 116,040 series.
 *
 * The walks of others take an hour in all, so by default they look into every tenth subject and are multiplied (`--every 1` does not).
 */
export async function run(): Promise<BenchResult> {
  const { values } = parseArgs({
    options: { every: { type: 'string', default: '10' }, json: { type: 'boolean' } },
    allowPositionals: true,
  });
  const python = await pythonOfJudges().catch(() => undefined);
  const simulator = await simulate('--collections', project, '--latency-ms', String(latencyMs));
  const figures: Figure[] = [];
  try {
    for (const resources of [false, true]) {
      const ours = await inNewHome(async (home) => {
        const mirror = { home, url: simulator.url, resources };
        return { first: await mirrorOnce(mirror), again: await mirrorOnce(mirror) };
      });
      const walks: { client: string; walk: RivalWalk }[] = [];
      const asked = { url: simulator.url, project, every: Number(values.every), resources };
      for (const client of python === undefined ? [] : clients)
        walks.push({ client, walk: await walkByRival({ python: python ?? '', client, ...asked }) });
      figures.push(...figuresOf(ours, walks, { resources, every: Number(values.every) }));
    }
  } finally {
    await simulator.stop();
  }
  if (python === undefined)
    figures.push({ name: 'other clients', skipped: 'their Python environment could not be made' });
  return { bench: 'xnat', figures: [...figures, ...(await measureMemory())] };
}

function figuresOf(
  ours: { readonly first: MirrorRun; readonly again: MirrorRun },
  walks: readonly { readonly client: string; readonly walk: RivalWalk }[],
  { resources, every }: { readonly resources: boolean; readonly every: number },
): Figure[] {
  const how = resources ? 'with resources' : 'without resources';
  const scaled = every === 1 ? '' : `, from every ${every}th subject`;
  const fewer = { atMost: 1 / (resources ? 4 : 20) };
  const faster = { atMost: 1 / 5 };
  return (['first', 'again'] as const).flatMap((which) => {
    const run = ours[which];
    const name = `UPENN-GBM ${how}, ${which === 'first' ? 'first sync' : 'no change'}`;
    const alone: Figure[] = [
      { name: `${name}: requests`, value: run.requests, unit: 'requests' },
      { name: `${name}: time`, value: round(run.seconds, 2), unit: 's' },
      judged({ name: `${name}: rejected`, value: run.rejected, unit: 'records' }, { atMost: 0 }),
    ];
    const beside = walks.flatMap(({ client, walk }) => [
      compared(
        {
          name: `${name}: requests`,
          value: run.requests,
          unit: 'requests',
          rival: `${client}${scaled}`,
          rivalValue: walk.requests,
        },
        fewer,
      ),
      compared(
        { name: `${name}: time`, value: run.seconds, unit: 's', rival: `${client}${scaled}`, rivalValue: walk.seconds },
        faster,
      ),
    ]);
    return [...alone, ...beside];
  });
}

async function measureMemory(): Promise<Figure[]> {
  const simulator = await simulate('--copies', String(copies));
  try {
    const run = await inNewHome((home) => mirrorOnce({ home, url: simulator.url, resources: true }));
    const name = 'first sync of 116,040 series';
    return [
      { name: `${name}: records taken`, value: run.accepted, unit: 'records' },
      { name: `${name}: time`, value: round(run.seconds, 1), unit: 's' },
      { name: `${name}: requests`, value: run.requests, unit: 'requests' },
      judged({ name: `${name}: peak resident memory`, value: run.peakMb, unit: 'MB' }, { atMost: limitMb }),
    ];
  } finally {
    await simulator.stop();
  }
}

async function simulate(...more: readonly string[]): Promise<ChildServer> {
  return await startChild([program, 'xnat-simulator', '--port', '0', '--load', 'idc', '--json', ...more], {});
}

async function inNewHome<T>(work: (home: string) => Promise<T>): Promise<T> {
  const home = await mkdtemp(join(tmpdir(), 'mia-bench-'));
  try {
    return await work(home);
  } finally {
    await rm(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}
