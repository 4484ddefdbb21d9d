import { afterAll, beforeAll } from 'vitest';
import { describeLauncher } from '../../contract/pipelines/launcher-contract.ts';
import { type RunningSlurm, startSlurm } from '../../kit/slurm.ts';

let slurm: RunningSlurm | undefined;
beforeAll(async () => void (slurm = await startSlurm()));
afterAll(() => slurm?.stop());

const launcher = () => {
  if (slurm === undefined) throw new Error('Slurm is not up');
  return slurm.launcher();
};

describeLauncher('slurm', { launcher, again: launcher, patienceMs: 30_000 });
