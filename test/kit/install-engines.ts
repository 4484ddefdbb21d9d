import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { messageOf } from '../../src/kernel/errors.ts';

const path = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' };
/** What must be there, and the Debian packages that bring it. */
const programs = ['bwrap', 'munged', 'slurmctld', 'slurmd', 'slurmrestd', 'scontrol'];
const packages = 'bubblewrap munge slurm-wlm slurm-wlm-basic-plugins slurm-wlm-jwt-plugin slurmrestd'.split(' ');

/** Installs the sandbox and Slurm where they are not. @throws when they cannot be had: this suite is never left out silently */
export default function setup(): void {
  if (isThere()) return;
  try {
    execFileSync('apt-get', ['update', '-q'], { stdio: 'ignore' });
    execFileSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], {
      stdio: 'ignore',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  } catch (cause) {
    throw new Error(
      `The engines suite needs ${packages.join(' ')}, and apt-get cannot bring them: ${messageOf(cause)}`,
      {
        cause,
      },
    );
  }
  if (!isThere()) throw new Error(`The engines suite needs ${programs.join(', ')}: the packages did not bring them.`);
}

function isThere(): boolean {
  try {
    for (const program of programs)
      execFileSync('/bin/sh', ['-c', 'command -v "$0"', program], { stdio: 'ignore', env: path });
    return globSync('/usr/lib/*/slurm-wlm/auth_jwt.so').length > 0;
  } catch {
    return false;
  }
}
