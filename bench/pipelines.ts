import { readFile } from 'node:fs/promises';
import install from '../test/kit/install-engines.ts';
import { makeJob } from '../test/kit/job-bodies.ts';
import { type RunningSlurm, startSlurm } from '../test/kit/slurm.ts';
import type { BenchResult, Figure } from './figure.ts';

const submissions = 60;
const signal = (): AbortSignal => AbortSignal.timeout(60_000);

/** What the launchers cost: a submission to Slurm beside the bare call to the same slurmrestd, in turns. */
export async function run(): Promise<BenchResult> {
  return { bench: 'pipelines', figures: [await submitFigure()] };
}

async function submitFigure(): Promise<Figure> {
  const name = 'submit p50 (slurm)';
  try {
    install();
    const slurm = await startSlurm();
    try {
      return { name, unit: 'ms', ...(await measureSubmit(slurm)), target: '<= 2 times the bare call' };
    } finally {
      await slurm.stop();
    }
  } catch (error) {
    return { name, skipped: error instanceof Error ? error.message : String(error) };
  }
}

async function measureSubmit(slurm: RunningSlurm): Promise<Omit<Figure, 'name'>> {
  const launcher = slurm.launcher({ timeoutMs: 30_000 });
  const [ours, bare]: [number[], number[]] = [[], []];
  await launcher.capabilities(signal());
  for (let turn = 0; turn < submissions; turn += 1) {
    const job = await makeJob('exit 0');
    ours.push(await timed(() => launcher.submit(job, signal())));
    bare.push(await timed(() => submitBarely(slurm)));
  }
  const ratio = median(ours) / median(bare);
  return { value: median(ours), rival: 'POST /job/submit', rivalValue: median(bare), ratio, met: ratio <= 2 };
}

/** The least that slurmrestd takes for a job. */
async function submitBarely(slurm: RunningSlurm): Promise<void> {
  const token = (await readFile(slurm.jwtFile, 'utf8')).trim().replace('SLURM_JWT=', '');
  const job = {
    name: 'bare',
    tasks: 1,
    memory_per_node: 64,
    current_working_directory: '/tmp',
    environment: { A: '1' },
  };
  const response = await fetch(`${slurm.url}/slurm/v0.0.38/job/submit`, {
    method: 'POST',
    headers: { 'X-SLURM-USER-NAME': 'root', 'X-SLURM-USER-TOKEN': token, 'content-type': 'application/json' },
    body: JSON.stringify({ script: '#!/bin/sh\nexit 0\n', job }),
  });
  if (!(await response.text()).includes('"job_id"')) throw new Error('the bare call was refused');
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round((sorted[Math.floor(sorted.length / 2)] ?? 0) * 100) / 100;
}
