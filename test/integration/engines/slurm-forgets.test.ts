import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobReference } from '../../../src/pipelines/index.ts';
import { readAll, start, until } from '../../contract/pipelines/launcher-contract.ts';
import { makeJob } from '../../kit/job-bodies.ts';
import { type RunningSlurm, startSlurm } from '../../kit/slurm.ts';

let slurm: RunningSlurm;
beforeAll(async () => void (slurm = await startSlurm({ minJobAgeS: 2 })));
afterAll(() => slurm.stop());
const signal = (): AbortSignal => AbortSignal.timeout(30_000);

/** Waits until Slurm itself knows the job no more. */
async function forgotten(job: JobReference): Promise<void> {
  const end = performance.now() + 90_000;
  while (performance.now() < end) {
    const text = await slurm.command('scontrol', 'show', 'job', job.engineJobId).catch(() => 'Invalid job id');
    if (text.includes('Invalid job id')) return;
    await pause(500);
  }
  throw new Error('Slurm still knows the job');
}

describe('slurm that has forgotten a job', () => {
  it('knows the end by the marker the job left, and without a marker that nobody knows it', async () => {
    const launcher = slurm.launcher();
    const good = await start(launcher, await makeJob('echo kept; exit 0'));
    const bad = await start(launcher, await makeJob('exit 9'));
    const unmarked = await start(launcher, await makeJob('exit 0'));
    for (const job of [good, bad, unmarked]) await until(launcher, job, 'ENDED', 30_000);
    for (const job of [good, bad, unmarked]) await forgotten(job);
    await rm(join(unmarked.folder, 'job/exit.json'));
    expect(await launcher.status(good, signal())).toMatchObject({ state: 'ENDED', outcome: 'SUCCEEDED', exitCode: 0 });
    expect(await launcher.status(bad, signal())).toMatchObject({ state: 'ENDED', outcome: 'FAILED', exitCode: 9 });
    expect(await launcher.status(unmarked, signal())).toEqual({ state: 'UNKNOWN' });
    expect(await readAll(launcher, good)).toBe('kept\n');
    await launcher.cancel(good, signal());
    expect(await launcher.findByRunId(good, signal())).toBeUndefined();
  });
});
