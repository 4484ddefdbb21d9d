/**
 * Looks after one local job, in a process of its own that outlives the catalog: starts it, keeps its logs and limits, ends it with all its
 * processes, and writes `job/exit.json`. `node local-supervisor.ts FOLDER`; SIGTERM cancels. It runs at most once in a folder.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { errorCode, jobFile, writeOnce, writeWhole } from './job-folder.ts';
import { localPlan } from './local-plan.ts';
import { processIdentity } from './process-tree.ts';
import { superviseJob } from './supervise-job.ts';

const [folder = ''] = process.argv.slice(2);

/** A second supervisor of one folder finds the job begun and leaves it alone. */
function isFirst(): boolean {
  try {
    mkdirSync(jobFile(folder, 'body'));
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

const cancelled = new AbortController();
process.on('SIGTERM', () => cancelled.abort());
process.on('SIGINT', () => cancelled.abort());
process.on('SIGHUP', () => undefined);

if (isFirst()) {
  const startedAt = Date.now() / 1_000;
  const node = hostname();
  try {
    const plan = localPlan.parse(JSON.parse(readFileSync(jobFile(folder, 'plan.json'), 'utf8')));
    const identity = processIdentity(process.pid) ?? '';
    await writeWhole(
      jobFile(folder, 'supervisor.json'),
      JSON.stringify({ identity, pid: process.pid, job: plan.job, node, startedAt }),
    );
    const ended = await superviseJob(folder, plan, cancelled.signal);
    await writeOnce(
      jobFile(folder, 'exit.json'),
      JSON.stringify({ ...ended, startedAt, endedAt: Date.now() / 1_000, node }),
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 900) : 'unknown';
    writeFileSync(jobFile(folder, 'supervisor.log'), `${error instanceof Error ? (error.stack ?? '') : ''}\n`);
    const marker = { outcome: 'INFRASTRUCTURE', reason, startedAt, endedAt: Date.now() / 1_000, node };
    await writeOnce(jobFile(folder, 'exit.json'), JSON.stringify(marker));
  }
}
// A cleanup or a log that hangs must not keep it.
process.exit(0);
