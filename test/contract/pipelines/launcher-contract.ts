import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { PipelineRejectedError } from '../../../src/kernel/errors.ts';
import { findTree } from '../../../src/pipelines/adapters/process-tree.ts';
import type {
  EndedJob,
  EngineJobState,
  JobReference,
  JobSpec,
  PipelineLauncher,
} from '../../../src/pipelines/index.ts';
import { jobMark } from '../../../src/pipelines/job-environment.ts';
import { jobName } from '../../../src/pipelines/job-grammar.ts';
import { hostileTexts, makeJob } from '../../kit/job-bodies.ts';

/** What is told of an engine, for what differs. */
export interface LauncherUnderTest {
  readonly launcher: () => PipelineLauncher;
  /** A second object on the same engine, as after a restart of the catalog; undefined where the engine ends with its object. */
  readonly again?: () => PipelineLauncher;
  /** Longest a short job takes from submission to its end, ms. */
  readonly patienceMs: number;
}

const signal = (): AbortSignal => AbortSignal.timeout(30_000);

/** Submits a job. */
export async function start(launcher: PipelineLauncher, job: JobSpec): Promise<JobReference> {
  return { ...job, engineJobId: await launcher.submit(job, signal()) };
}

/** Waits for a state. */
export async function until<S extends EngineJobState['state']>(
  launcher: PipelineLauncher,
  job: JobReference,
  wanted: S,
  patienceMs = 20_000,
): Promise<Extract<EngineJobState, { state: S }>> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const state = await launcher.status(job, signal());
    if (isState(state, wanted)) return state;
    if (state.state === 'ENDED' || performance.now() > deadline)
      throw new Error(`wanted ${wanted}, is ${JSON.stringify(state)}`);
    await pause(30);
  }
}

function isState<S extends EngineJobState['state']>(
  state: EngineJobState,
  wanted: S,
): state is Extract<EngineJobState, { state: S }> {
  return state.state === wanted;
}

/** All of a log so far. */
export async function readAll(launcher: PipelineLauncher, job: JobReference, stream: 'stdout' | 'stderr' = 'stdout') {
  const slice = await launcher.logs(job, { stream, offset: 0, limitBytes: 1_000_000 }, signal());
  return Buffer.from(slice.bytes).toString('utf8');
}

/** Processes of a job that are there; every engine under test runs them on this machine. */
export function processesOf(job: JobReference): readonly number[] {
  return findTree(undefined, `${jobMark}=${jobName(job)}`).pids;
}

/** What every engine does. */
export function describeLauncher(name: string, under: LauncherUnderTest): void {
  describe(`launcher contract: ${name}`, () => {
    let launcher: PipelineLauncher;
    beforeAll(() => (launcher = under.launcher()));
    const end = (job: JobReference): Promise<EndedJob> => until(launcher, job, 'ENDED', under.patienceMs);
    const run = async (body: string, change: Partial<JobSpec> = {}): Promise<[EndedJob, JobReference]> => {
      const job = await start(launcher, await makeJob(body, change));
      return [await end(job), job];
    };

    it('says what it can do', async () => {
      const can = await launcher.capabilities(signal());
      expect(can.cpus).toBeGreaterThan(0);
      expect(can.memoryMiB).toBeGreaterThan(0);
      expect(can.version).not.toBe('');
    });

    it('runs a program on its inputs and keeps outputs and logs', async () => {
      const body =
        'cat inputs/table.tsv params.json >outputs/copy; echo out; echo err >&2; echo "$MIA_RUN_ID $MIA_ATTEMPT"';
      const [ended, job] = await run(body);
      expect(ended).toMatchObject({ outcome: 'SUCCEEDED', exitCode: 0, signal: undefined });
      expect(await readFile(join(job.folder, 'outputs/copy'), 'utf8')).toBe('a\tb\n1\t2\n{"answer":42}');
      expect(await readAll(launcher, job)).toBe(`out\n${job.runId} 1\n`);
      expect(await readAll(launcher, job, 'stderr')).toBe('err\n');
    });

    it('gives a log in pieces', async () => {
      const [, job] = await run('printf 0123456789');
      const read = (offset: number) => launcher.logs(job, { stream: 'stdout', offset, limitBytes: 4 }, signal());
      expect(Buffer.from((await read(0)).bytes).toString()).toBe('0123');
      expect(Buffer.from((await read(8)).bytes).toString()).toBe('89');
      expect(await read(10)).toMatchObject({ nextOffset: 10 });
    });

    it.each([1, 3, 97, 98, 127])('knows the exit code %i of a program', async (code) => {
      const [ended] = await run(`exit ${code}`);
      expect(ended).toMatchObject({ outcome: 'FAILED', exitCode: code, signal: undefined });
    });

    it('knows the signal that ended a program', async () => {
      const [ended] = await run('kill -9 $$');
      expect(ended).toMatchObject({ outcome: 'FAILED', exitCode: 137, signal: 9 });
    });

    it('hands every word and value over as it is, whatever is in it', async () => {
      const environment = Object.fromEntries(hostileTexts.map((text, index) => [`HOSTILE_${index}`, text]));
      const body = `printf '%s\\0' "$@" >outputs/words; env -0 | grep -z ^HOSTILE_ >outputs/values; ls`;
      const job = await makeJob(body, { environment });
      const [ended, done] = await run(body, { ...job, command: [...job.command, ...hostileTexts] });
      expect(ended.outcome).toBe('SUCCEEDED');
      const list = async (file: string) =>
        (await readFile(join(done.folder, 'outputs', file), 'utf8')).split('\0').slice(0, -1);
      expect(await list('words')).toEqual(hostileTexts);
      expect((await list('values')).sort()).toEqual(
        Object.entries(environment)
          .map(([k, v]) => `${k}=${v}`)
          .sort(),
      );
      expect(await readAll(launcher, done)).not.toContain('pwned');
      expect(existsSync(join(done.folder, 'pwned'))).toBe(false);
    });

    it.each<[string, Partial<JobSpec>]>([
      ['an image that is not pinned', { image: 'python:3' }],
      ['an image that is an option', { image: `--volume=/:/x@sha256:${'a'.repeat(64)}` }],
      ['an environment name with an option', { environment: { 'A --volume /:/x': 'y' } }],
      ['an environment name of the loader', { environment: { LD_PRELOAD: '/x.so' } }],
      ['a value with NUL', { environment: { A: 'a\0b' } }],
      ['a command of one word', { command: ['/bin/true'] }],
      ['a command that begins with an option', { command: ['--help', 'x'] }],
      ['a run that is no UUID', { runId: '../../etc' }],
      ['an attempt of zero', { attempt: 0 }],
      ['a folder with a newline', { folder: '/tmp/a\nb' }],
      ['a folder that climbs', { folder: '/tmp/../etc' }],
      ['no memory', { limits: { cpus: 1, memoryMiB: 0, timeoutS: 60, processes: 64, gpus: undefined } }],
      [
        'a GPU with a colon',
        { limits: { cpus: 1, memoryMiB: 64, timeoutS: 60, processes: 64, gpus: { count: 1, type: 'a:9' } } },
      ],
    ])('refuses %s', async (_what, change) => {
      const job = { ...(await makeJob('true')), ...change };
      await expect(launcher.submit(job, signal())).rejects.toBeInstanceOf(PipelineRejectedError);
    });

    it('cancels a running job with all its processes, and again without complaint', async () => {
      const body = 'setsid sleep 300 & (sleep 301 &) ; echo up; sleep 302';
      const job = await start(launcher, await makeJob(body));
      await until(launcher, job, 'RUNNING', under.patienceMs);
      while (!(await readAll(launcher, job)).includes('up')) await pause(30);
      await launcher.cancel(job, signal());
      expect(await end(job)).toMatchObject({ outcome: 'CANCELLED' });
      await expect.poll(() => processesOf(job), { timeout: 5_000 }).toEqual([]);
      await launcher.cancel(job, signal());
      expect(await end(job)).toMatchObject({ outcome: 'CANCELLED' });
    });

    it('does not mind the cancelling of an ended job', async () => {
      const [, job] = await run('exit 0');
      await launcher.cancel(job, signal());
      expect(await end(job)).toMatchObject({ outcome: 'SUCCEEDED', exitCode: 0 });
    });

    it('finds a job by its run, whose id was lost', async () => {
      const job = await makeJob('sleep 0.3; exit 4');
      expect(await launcher.findByRunId(job, signal())).toBeUndefined();
      const { engineJobId } = await start(launcher, job);
      expect(await launcher.findByRunId(job, signal())).toBe(engineJobId);
      expect(await launcher.findByRunId({ ...job, attempt: 2 }, signal())).toBeUndefined();
      expect(await end({ ...job, engineJobId })).toMatchObject({ exitCode: 4 });
    });

    it('runs the body of an attempt at most once, though submitted twice', async () => {
      const job = await makeJob('echo once >>outputs/times; sleep 0.2');
      const first = await start(launcher, job);
      const second = await start(launcher, job);
      await end(first);
      await end(second);
      expect(await readFile(join(job.folder, 'outputs/times'), 'utf8')).toBe('once\n');
    });

    it('says of a job that never was that it does not know it', async () => {
      const job = await makeJob('true');
      expect(await launcher.status({ ...job, engineJobId: '987654' }, signal())).toEqual({ state: 'UNKNOWN' });
      expect(await readAll(launcher, { ...job, engineJobId: '987654' })).toBe('');
    });

    it('does not take another run for this one', async () => {
      const [, job] = await run('exit 0');
      const stranger = { ...(await makeJob('true')), runId: randomUUID(), engineJobId: job.engineJobId };
      if (under.again !== undefined) expect(await launcher.status(stranger, signal())).toEqual({ state: 'UNKNOWN' });
    });

    it('refuses GPUs it does not have', async () => {
      const limits = { cpus: 1, memoryMiB: 64, timeoutS: 60, processes: 64, gpus: { count: 9, type: undefined } };
      await expect(launcher.submit(await makeJob('true', { limits }), signal())).rejects.toBeInstanceOf(
        PipelineRejectedError,
      );
    });

    if (under.again !== undefined) describeDurable(under, under.again);
  });
}

/** What holds of engines that outlive the catalog. */
function describeDurable(under: LauncherUnderTest, again: () => PipelineLauncher): void {
  it('knows after a restart of the catalog what runs and what ended meanwhile', async () => {
    const before = under.launcher();
    const long = await start(before, await makeJob('sleep 1.5; echo late; exit 5'));
    const short = await start(before, await makeJob('exit 6'));
    await until(before, long, 'RUNNING', under.patienceMs);
    await until(before, short, 'ENDED', under.patienceMs);
    const after = again();
    expect(await after.status(short, signal())).toMatchObject({ exitCode: 6 });
    expect(await after.findByRunId(long, signal())).toBe(long.engineJobId);
    expect(await until(after, long, 'ENDED', under.patienceMs)).toMatchObject({ exitCode: 5 });
    expect(await readAll(after, long)).toBe('late\n');
  });

  it('ends a job that runs longer than it may', async () => {
    const limits = { cpus: 1, memoryMiB: 64, timeoutS: 1, processes: 64, gpus: undefined };
    const job = await start(under.launcher(), await makeJob('sleep 60', { limits }));
    expect(await until(under.launcher(), job, 'ENDED', under.patienceMs)).toMatchObject({ outcome: 'TIMED_OUT' });
  });

  it('bounds a log without ending its writer', async () => {
    const job = await start(under.launcher(), await makeJob('head -c 3000000 /dev/zero; exit 7'));
    expect(await until(under.launcher(), job, 'ENDED', under.patienceMs)).toMatchObject({ exitCode: 7 });
    const slice = await under.launcher().logs(job, { stream: 'stdout', offset: 0, limitBytes: 5_000_000 }, signal());
    expect(slice.bytes.length).toBe(1_000_000);
  });
}
