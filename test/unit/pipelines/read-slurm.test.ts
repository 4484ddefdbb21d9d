import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { checkPinned } from '../../../src/pipelines/adapters/pip-environments.ts';
import { compileSlurmJob, shellWord, slurmComment } from '../../../src/pipelines/compile-slurm.ts';
import type { JobSpec } from '../../../src/pipelines/index.ts';
import {
  decodeWaitStatus,
  judgeSlurmJob,
  offeredVersions,
  readGres,
  readSlurmReply,
} from '../../../src/pipelines/read-slurm.ts';
import { hostileTexts } from '../../kit/job-bodies.ts';

const key = { runId: randomUUID(), attempt: 1 };
const job: JobSpec = {
  ...key,
  folder: '/data/run/1',
  command: ['python3', 'x.py'],
  environment: { A: '1' },
  image: undefined,
  python: undefined,
  limits: { cpus: 2, memoryMiB: 512, timeoutS: 90, processes: 64, gpus: { count: 2, type: 'a100' } },
};
const site = { partition: 'gpu', account: undefined, logBytes: 1_000 };

describe('a job for slurmrestd', () => {
  it('of 22.05 states every limit, and no argv', () => {
    const { job: sent } = compileSlurmJob(job, site, 38);
    expect(sent).toMatchObject({
      cpus_per_task: 2,
      memory_per_node: 512,
      time_limit: 3,
      gres: 'gpu:a100:2',
      no_requeue: true,
    });
    expect(sent).toMatchObject({
      partition: 'gpu',
      comment: slurmComment(key),
      current_working_directory: '/data/run/1',
    });
    expect(sent).not.toHaveProperty('argv');
    expect(sent['environment']).toMatchObject({ A: '1', MIA_RUN_ID: key.runId });
  });

  it('of later versions has numbers as objects and the environment as a list', () => {
    const { job: sent } = compileSlurmJob(job, site, 40);
    expect(sent).toMatchObject({
      memory_per_node: { set: true, number: 512 },
      requeue: false,
      tres_per_node: 'gres/gpu:a100:2',
    });
    expect(sent['environment']).toContain('A=1');
  });

  it('quotes every word so that a shell gives it back', () => {
    for (const text of hostileTexts)
      expect(execFileSync('/bin/sh', ['-c', `printf %s ${shellWord(text)}`]).toString('utf8')).toBe(text);
  });
});

describe('an answer of slurmrestd', () => {
  const reply = (change: object) => {
    const [found] = readSlurmReply(
      JSON.stringify({ jobs: [{ job_id: 1, nodes: 'n1', start_time: 1, ...change }] }),
    ).jobs;
    if (found === undefined) throw new Error('no job');
    return judgeSlurmJob(found, undefined, new Date(1_000_000));
  };

  it.each([
    ['PENDING', 'Resources', 'QUEUED'],
    ['PENDING', 'JobHeldAdmin', 'QUEUED'],
    ['PENDING', 'launch_failed_requeued_held', 'INFRASTRUCTURE'],
    ['RUNNING', 'None', 'RUNNING'],
    ['COMPLETING', 'None', 'RUNNING'],
    ['SUSPENDED', 'None', 'RUNNING'],
    ['TIMEOUT', 'TimeLimit', 'TIMED_OUT'],
    ['OUT_OF_MEMORY', 'OutOfMemory', 'OUT_OF_MEMORY'],
    ['CANCELLED', 'None', 'CANCELLED'],
    ['NODE_FAIL', 'NodeDown', 'INFRASTRUCTURE'],
    ['PREEMPTED', 'None', 'INFRASTRUCTURE'],
    ['FAILED', 'JobLaunchFailure', 'INFRASTRUCTURE'],
    // Ran, but not where it should: it left no marker.
    ['COMPLETED', 'None', 'INFRASTRUCTURE'],
  ])('%s (%s) means %s', (state, reason, meaning) => {
    for (const job_state of [state, [state]]) {
      const judged = reply({ job_state, state_reason: reason, exit_code: 0, end_time: 2 });
      expect(judged.state === 'ENDED' ? judged.outcome : judged.state).toBe(meaning);
    }
  });

  it('waits for a marker that a shared file system may still hold back', () => {
    expect(reply({ job_state: 'COMPLETED', exit_code: 0, end_time: 990 })).toMatchObject({ state: 'RUNNING' });
  });

  it('reads exit codes of all versions', () => {
    expect([768, 9, 0, 256].map(decodeWaitStatus)).toEqual([3, 137, 0, 1]);
    const modern = { return_code: { set: true, number: 3 }, signal: { id: { set: false, number: 0 } } };
    expect(reply({ job_state: ['TIMEOUT'], exit_code: modern })).toMatchObject({ exitCode: 3 });
  });

  it('names GPUs and versions', () => {
    expect(readGres('gpu:a100:2(S:0-1),shard:4,gpu:1')).toEqual([
      { type: 'a100', count: 2 },
      { type: undefined, count: 1 },
    ]);
    const paths = { '/slurm/v0.0.38/job/submit': {}, '/slurm/v0.0.37/job/submit': {}, '/slurmdb/v0.0.39/jobs': {} };
    expect(offeredVersions(JSON.stringify({ paths }))).toEqual([38, 37]);
  });
});

describe('requirements', () => {
  it('are pinned to versions and hashes, or refused', () => {
    const hash = `--hash=sha256:${'0'.repeat(64)}`;
    expect(() => checkPinned(`# made by\na==1.0 \\\n    ${hash} \\\n    ${hash}\n    # via b\n`)).not.toThrow();
    for (const line of ['a', 'a==1.0', `a>=1 ${hash}`, '--index-url http://x', `-e . ${hash}`, `a @ http://x ${hash}`])
      expect(() => checkPinned(line)).toThrow('not pinned');
  });
});
