import { spawn } from 'node:child_process';
import { InMemoryLauncher } from '../../../src/pipelines/adapters/in-memory-launcher.ts';
import { killTree } from '../../../src/pipelines/adapters/process-tree.ts';
import { jobEnvironment } from '../../../src/pipelines/job-environment.ts';
import { describeLauncher } from './launcher-contract.ts';

/** Bodies are children of this process. */
function launcher(): InMemoryLauncher {
  return new InMemoryLauncher({
    start: (job, cancelled) => {
      const [command = '', ...args] = job.command;
      const child = spawn(command, args, { cwd: job.folder, env: jobEnvironment(job) });
      const texts = { stdout: '', stderr: '' };
      child.stdout.on('data', (chunk: Buffer) => (texts.stdout += chunk.toString('utf8')));
      child.stderr.on('data', (chunk: Buffer) => (texts.stderr += chunk.toString('utf8')));
      cancelled.addEventListener('abort', () => void killTree(child.pid, `MIA_JOB=mia-${job.runId}-${job.attempt}`));
      return {
        ended: new Promise((resolve) => child.once('close', (code) => resolve(code ?? 137))),
        stdout: () => texts.stdout,
        stderr: () => texts.stderr,
      };
    },
  });
}

describeLauncher('in memory', { launcher, patienceMs: 8_000 });
