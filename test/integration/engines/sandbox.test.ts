import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { LocalLauncher } from '../../../src/pipelines/adapters/local-launcher.ts';
import type { JobSpec } from '../../../src/pipelines/index.ts';
import { describeLauncher, readAll, start, until } from '../../contract/pipelines/launcher-contract.ts';
import { makeJob } from '../../kit/job-bodies.ts';

const launcher = (): LocalLauncher =>
  new LocalLauncher({ unsandboxed: false, logBytes: 1_000_000, isolations: ['SANDBOX'] });
const signal = (): AbortSignal => AbortSignal.timeout(30_000);

describeLauncher('local, sandbox', { launcher, again: launcher, patienceMs: 9_000 });

/** Runs a job to its end and gives what it wrote. */
async function run(body: string, change: Partial<JobSpec> = {}) {
  const engine = launcher();
  const job = await start(engine, await makeJob(body, change));
  const ended = await until(engine, job, 'ENDED', 30_000);
  return { ended, job, out: await readAll(engine, job), err: await readAll(engine, job, 'stderr') };
}

const limits = { cpus: 1, memoryMiB: 128, timeoutS: 60, processes: 40, gpus: undefined };

describe('local sandbox', () => {
  it('shows a job nothing of the machine but the system and its own folder', async () => {
    const { out } = await run(
      'ls -A /; echo; ls -A /work; id -u; cat /etc/passwd /proc/1/environ; ls /root /home /work/job',
      {},
    );
    const [root = '', rest = ''] = out.split('\n\n');
    expect(root.split('\n')).toEqual(expect.arrayContaining(['usr', 'work', 'tmp', 'proc', 'dev']));
    for (const hidden of ['home', 'root', 'var', 'opt', 'srv', 'run']) expect(root.split('\n')).not.toContain(hidden);
    expect(rest.split('\n').slice(0, 5)).toEqual(['inputs', 'outputs', 'params.json', 'program', '65534']);
    expect(rest).not.toContain('root:');
  });

  it('lets a job write to its outputs and nowhere else', async () => {
    const { out } = await run(
      'for f in program/x inputs/x params.json x /x /usr/x outputs/x /tmp/x; do if echo 1 2>/dev/null >$f; then echo $f; fi; done',
    );
    expect(out).toBe('outputs/x\n/tmp/x\n');
  });

  it('gives a job no network and no sight of other processes', async () => {
    const { out } = await run(
      "ls /sys/class/net 2>/dev/null; tail -n +3 /proc/net/dev | cut -d: -f1; ls /proc | grep -c '^[0-9]'",
    );
    const [device, processes] = out.trim().split('\n');
    expect(device?.trim()).toBe('lo');
    expect(Number(processes)).toBeLessThan(8);
  });

  it('does not follow a link that an input hides', async () => {
    const job = await makeJob('cat inputs/link; cat inputs/table.tsv >/dev/null && echo read');
    await symlink('/etc/shadow', join(job.folder, 'inputs/link'));
    const engine = launcher();
    const begun = await start(engine, job);
    await until(engine, begun, 'ENDED');
    expect(await readAll(engine, begun)).toBe('read\n');
  });

  it('ends a job that takes more memory than it may, alone or by many', async () => {
    const alone = await run('python3 -c "b = bytearray(400 << 20)"', { limits });
    expect(alone.ended.outcome).toBe('FAILED');
    expect(alone.err).toContain('MemoryError');
    const hold = `python3 -c "import time; b = bytearray(60 << 20); b[::4096] = bytes(len(b[::4096])); time.sleep(20)"`;
    const many = await run(`for i in 1 2 3 4; do ${hold} & done; wait`, { limits });
    expect(many.ended).toMatchObject({ outcome: 'OUT_OF_MEMORY' });
    expect(many.ended.use.memoryMiB).toBeGreaterThan(128);
  });

  it('ends a job that makes more processes than it may', async () => {
    const { ended } = await run('for i in $(seq 100); do sleep 30 & done; wait', { limits });
    expect(ended).toMatchObject({ outcome: 'TOO_MANY_PROCESSES' });
  });

  it('leaves no process of a cancelled job, though it asked to be left alone', async () => {
    const engine = launcher();
    const mark = `29${String(Date.now()).slice(-6)}`;
    const body = `trap '' TERM INT HUP; setsid sh -c "trap '' TERM; sleep ${mark}" & echo up; while :; do sleep 1; done`;
    const job = await start(engine, await makeJob(body));
    while (!(await readAll(engine, job)).includes('up')) await pause(30);
    await engine.cancel(job, signal());
    expect(await engine.status(job, signal())).toMatchObject({ state: 'ENDED', outcome: 'CANCELLED' });
    expect(await commandLines()).not.toContain(mark);
  });

  it('says that a job whose supervisor was killed failed by the engine, and leaves no process of it', async () => {
    const engine = launcher();
    const job = await start(engine, await makeJob('echo up; sleep 60; echo done >outputs/done'));
    while (!(await readAll(engine, job)).includes('up')) await pause(30);
    const note = JSON.parse(await readFile(join(job.folder, 'job/supervisor.json'), 'utf8'));
    process.kill(note.pid, 'SIGKILL');
    expect(await until(engine, job, 'ENDED')).toMatchObject({ outcome: 'INFRASTRUCTURE' });
    await engine.cancel(job, signal());
    expect(existsSync(join(job.folder, 'outputs/done'))).toBe(false);
    expect(await commandLines()).not.toContain(job.runId);
  });

  it('never begins a job that was cancelled before it was submitted', async () => {
    const engine = launcher();
    const job = await makeJob('echo ran >outputs/ran');
    await engine.cancel({ ...job, engineJobId: '' }, signal());
    const begun = await start(engine, job);
    expect(await engine.status(begun, signal())).toMatchObject({ state: 'ENDED', outcome: 'CANCELLED' });
    expect(existsSync(join(job.folder, 'outputs/ran'))).toBe(false);
  });

  it('reads a log past no link and no pipe', async () => {
    const { job } = await run('true');
    const secret = join(job.folder, '../secret');
    await writeFile(secret, 'secret');
    await mkdir(join(job.folder, 'job/old'));
    await rename(join(job.folder, 'job/stdout.log'), join(job.folder, 'job/old/log'));
    await symlink(secret, join(job.folder, 'job/stdout.log'));
    expect(await readAll(launcher(), job)).toBe('');
  });

  it('refuses to run a plain process unless it is told to', async () => {
    const strict = new LocalLauncher({ unsandboxed: false, logBytes: 1_000, isolations: [] });
    await expect(strict.submit(await makeJob('true'), signal())).rejects.toThrow('MIA_LOCAL_UNSANDBOXED=1');
    expect((await strict.capabilities(signal())).warnings.join()).toContain('bubblewrap');
  });
});

/** What every process of this machine was started with. */
async function commandLines(): Promise<string> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.join('\n');
}
