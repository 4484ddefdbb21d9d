import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PipelineRejectedError, UpstreamUnavailableError } from '../../../src/kernel/errors.ts';
import type { EndedJob, JobReference, JobSpec, ResourceLimits } from '../../../src/pipelines/index.ts';
import { processesOf, readAll, start, until } from '../../contract/pipelines/launcher-contract.ts';
import { makeJob } from '../../kit/job-bodies.ts';
import { startLossyProxy } from '../../kit/lossy-proxy.ts';
import { type RunningSlurm, startSlurm } from '../../kit/slurm.ts';

const signal = (): AbortSignal => AbortSignal.timeout(30_000);

let slurm: RunningSlurm;
beforeAll(async () => void (slurm = await startSlurm()));
// What one test leaves running must not hold up the next.
afterEach(async () => {
  await slurm.renewToken(3_600);
  await slurm.nodeReady();
  await slurm.command('scancel', '--user=root');
});
afterAll(() => slurm.stop());

function withGpus(count: number, type?: string): ResourceLimits {
  return { cpus: 1, memoryMiB: 64, timeoutS: 60, processes: 64, gpus: { count, type } };
}

/** Submits a job of this body. */
async function submit(body: string, change: Partial<JobSpec> = {}): Promise<JobReference> {
  return start(slurm.launcher(), await makeJob(body, change));
}

const end = (job: JobReference): Promise<EndedJob> => until(slurm.launcher(), job, 'ENDED', 60_000);

describe('slurm and GPUs', () => {
  it('runs two one-GPU jobs side by side on different GPUs while a two-GPU job waits', async () => {
    const body = 'echo "$CUDA_VISIBLE_DEVICES"; sleep 3';
    const ones = [await submit(body, { limits: withGpus(1) }), await submit(body, { limits: withGpus(1, 'a100') })];
    const two = await submit(body, { limits: withGpus(2) });
    const running = await Promise.all(ones.map((job) => until(slurm.launcher(), job, 'RUNNING')));
    expect(running.flatMap(({ gpuIds }) => gpuIds).sort()).toEqual(['0', '1']);
    expect(await slurm.launcher().status(two, signal())).toMatchObject({ state: 'QUEUED', reason: 'Resources' });
    const ended = await Promise.all(ones.map(end));
    expect(ended.flatMap(({ gpuIds }) => gpuIds).sort()).toEqual(['0', '1']);
    expect((await end(two)).gpuIds).toEqual(['0', '1']);
    expect(await readAll(slurm.launcher(), two)).toBe('0,1\n');
  });

  it('says how many GPUs of which type a job can get, and refuses others before Slurm sees them', async () => {
    expect(await slurm.launcher().capabilities(signal())).toMatchObject({ gpus: 2, gpuTypes: ['a100'] });
    await expect(submit('true', { limits: withGpus(3) })).rejects.toBeInstanceOf(PipelineRejectedError);
    await expect(submit('true', { limits: withGpus(1, 'h100') })).rejects.toThrow('a100');
  });

  it('cancels a job that waits', async () => {
    const holder = await submit('sleep 60', { limits: withGpus(2) });
    await until(slurm.launcher(), holder, 'RUNNING');
    const waiting = await submit('echo ran >outputs/ran', { limits: withGpus(1) });
    await until(slurm.launcher(), waiting, 'QUEUED');
    await slurm.launcher().cancel(waiting, signal());
    expect(await end(waiting)).toMatchObject({ outcome: 'CANCELLED', exitCode: undefined });
    await slurm.launcher().cancel(holder, signal());
    await end(holder);
    expect(existsSync(join(waiting.folder, 'outputs/ran'))).toBe(false);
  });
});

describe('slurm and its token', () => {
  it('does not send a token that has ended, says what to do, and takes the new one without a restart', async () => {
    const launcher = slurm.launcher();
    const job = await start(launcher, await makeJob('exit 2'));
    await slurm.renewToken(1);
    const failure = launcher.status(job, signal());
    await expect(failure).rejects.toBeInstanceOf(UpstreamUnavailableError);
    await expect(failure).rejects.toThrow(/ended at .*write a new one/);
    await slurm.renewToken(3_600);
    expect(await until(launcher, job, 'ENDED')).toMatchObject({ exitCode: 2 });
  });

  it.each([
    [
      'of another cluster',
      'eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjQxMDI0NDQ4MDAsInN1biI6InJvb3QifQ.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    ],
    ['that is none', 'no token at all'],
    ['that is empty', ''],
  ])('takes a token %s for a fault of its own, not of a job', async (_what, token) => {
    await slurm.renewToken(3_600);
    const job = await submit('exit 0');
    await writeFile(slurm.jwtFile, token);
    await expect(slurm.launcher().status(job, signal())).rejects.toBeInstanceOf(UpstreamUnavailableError);
    await expect(slurm.launcher().submit(await makeJob('true'), signal())).rejects.toBeInstanceOf(
      UpstreamUnavailableError,
    );
    await slurm.renewToken(3_600);
    expect(await end(job)).toMatchObject({ outcome: 'SUCCEEDED' });
  });

  it('takes a token of another user for a fault of its own', async () => {
    await slurm.renewToken(3_600, 'nobody');
    await expect(slurm.launcher().submit(await makeJob('true'), signal())).rejects.toBeInstanceOf(
      UpstreamUnavailableError,
    );
  });
});

describe('slurm and orders that go wrong', () => {
  it('finds a job whose answer was lost, so that nobody submits it again', async () => {
    const proxy = await startLossyProxy(slurm.url);
    const launcher = slurm.launcher({ url: proxy.url });
    const job = await makeJob('echo once >>outputs/times');
    await launcher.capabilities(signal());
    proxy.loseNext('POST', '/job/submit');
    await expect(launcher.submit(job, signal())).rejects.toBeInstanceOf(UpstreamUnavailableError);
    const engineJobId = await launcher.findByRunId(job, signal());
    expect(engineJobId).toMatch(/^\d+$/);
    expect(await end({ ...job, engineJobId: engineJobId ?? '' })).toMatchObject({ outcome: 'SUCCEEDED' });
    expect(await readFile(join(job.folder, 'outputs/times'), 'utf8')).toBe('once\n');
    expect(proxy.seen.filter((one) => one.startsWith('POST'))).toHaveLength(1);
    await proxy.stop();
  });

  it('refuses a job of a partition that is not there', async () => {
    const launcher = slurm.launcher({ partition: 'nowhere' });
    await expect(launcher.submit(await makeJob('true'), signal())).rejects.toThrow('SLURM_PARTITION');
  });

  it('has Slurm never queue a job again by itself', async () => {
    const job = await submit('exit 0');
    expect(await slurm.command('scontrol', 'show', 'job', job.engineJobId)).toContain('Requeue=0');
    await end(job);
  });

  it('never cancels the job of another run, whose number it was given', async () => {
    const mine = await submit('sleep 1; exit 0');
    const other = { ...(await makeJob('true')), engineJobId: mine.engineJobId };
    await slurm.launcher().cancel(other, signal());
    expect(await end(mine)).toMatchObject({ outcome: 'SUCCEEDED' });
  });

  it('knows a job that somebody else cancelled', async () => {
    const job = await submit('sleep 60');
    await until(slurm.launcher(), job, 'RUNNING');
    await slurm.command('scancel', job.engineJobId);
    expect(await end(job)).toMatchObject({ outcome: 'CANCELLED' });
  });

  it('does not take a job for done whose folder the node did not see', async () => {
    const holder = await submit('sleep 60', { limits: withGpus(2) });
    await until(slurm.launcher(), holder, 'RUNNING');
    const job = await submit('exit 0', { limits: withGpus(1) });
    await rename(job.folder, `${job.folder}-away`);
    await slurm.launcher().cancel(holder, signal());
    expect(await end(job)).toMatchObject({ outcome: 'INFRASTRUCTURE' });
  });

  it('gives no answer for a job while slurmrestd is not there', async () => {
    const job = await submit('exit 0');
    const away = slurm.launcher({ url: 'http://127.0.0.1:9' });
    await expect(away.status(job, signal())).rejects.toBeInstanceOf(UpstreamUnavailableError);
    await expect(away.findByRunId(job, signal())).rejects.toBeInstanceOf(UpstreamUnavailableError);
    await end(job);
  });
});

describe('slurm whose controller is killed', () => {
  const whileAway = async (job: JobReference, work: () => Promise<void> = () => Promise.resolve()): Promise<void> => {
    await slurm.killController();
    await expect(slurm.launcher({ timeoutMs: 1_000 }).status(job, signal())).rejects.toBeInstanceOf(
      UpstreamUnavailableError,
    );
    await work();
    await slurm.startController();
    await slurm.nodeReady();
  };

  it('while a job waits: it runs later, once', async () => {
    const holder = await submit('sleep 9', { limits: withGpus(2) });
    await until(slurm.launcher(), holder, 'RUNNING');
    const job = await submit('echo once >>outputs/times; exit 3', { limits: withGpus(1) });
    await until(slurm.launcher(), job, 'QUEUED');
    // The controller writes its queue down every few seconds.
    await pause(6_000);
    await whileAway(job);
    expect(await end(job)).toMatchObject({ outcome: 'FAILED', exitCode: 3 });
    expect(await readFile(join(job.folder, 'outputs/times'), 'utf8')).toBe('once\n');
    await end(holder);
  });

  it('while a job runs: it runs on', async () => {
    const job = await submit('sleep 10; exit 5');
    await until(slurm.launcher(), job, 'RUNNING');
    await pause(6_000);
    await whileAway(job);
    expect(await slurm.launcher().status(job, signal())).toMatchObject({ state: 'RUNNING' });
    expect(await end(job)).toMatchObject({ outcome: 'FAILED', exitCode: 5 });
  });

  it('and a job ends meanwhile: its end is known', async () => {
    const job = await submit('sleep 8; exit 6');
    await until(slurm.launcher(), job, 'RUNNING');
    await pause(6_000);
    await whileAway(job, () => pause(4_000));
    expect(await end(job)).toMatchObject({ outcome: 'FAILED', exitCode: 6 });
  });

  it('at the very start of a job: it is over, its body ran at most once, and no process of it is left', async () => {
    const job = await submit('echo once >>outputs/times; sleep 1; exit 7');
    await whileAway(job);
    // What was not written down yet is forgotten: then nobody knows the end, and only the marks on disk bind.
    await expect
      .poll(async () => (await slurm.launcher().status(job, signal())).state, { timeout: 60_000 })
      .toMatch(/ENDED|UNKNOWN/);
    const state = await slurm.launcher().status(job, signal());
    if (state.state === 'ENDED' && state.outcome === 'FAILED') expect(state.exitCode).toBe(7);
    else expect(state).not.toMatchObject({ outcome: 'SUCCEEDED' });
    await slurm.launcher().cancel(job, signal());
    await expect.poll(() => processesOf(job), { timeout: 10_000 }).toEqual([]);
    const times = await readFile(join(job.folder, 'outputs/times'), 'utf8').catch(() => '');
    expect(['', 'once\n']).toContain(times);
  });

  it('after a cancel: it stays cancelled', async () => {
    const job = await submit('sleep 60');
    await until(slurm.launcher(), job, 'RUNNING');
    await slurm.launcher().cancel(job, signal());
    await pause(6_000);
    await whileAway(job);
    expect(await end(job)).toMatchObject({ outcome: 'CANCELLED' });
    await expect.poll(() => processesOf(job), { timeout: 10_000 }).toEqual([]);
  });
});
