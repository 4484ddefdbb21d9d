import { execFileSync, spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';

/** A PostgreSQL that the distribution packages, in a temporary folder. */
export interface SystemPostgres {
  readonly url: string;
  stop(): Promise<void>;
}

/** Uid and gid of `nobody`: PostgreSQL refuses to run as root. */
const nobody = 65_534;

/** Starts the system's PostgreSQL on a free port; installs Debian's package when there is none. */
export async function startSystemPostgres(): Promise<SystemPostgres> {
  const binaries = findBinaries() ?? install();
  const folder = await mkdtemp(join(tmpdir(), 'mia-system-pg-'));
  const asRoot = process.getuid?.() === 0;
  if (asRoot) await chown(folder, nobody, nobody);
  const user = asRoot ? { uid: nobody, gid: nobody } : {};
  const cluster = join(folder, 'data');
  execFileSync(join(binaries, 'initdb'), ['-D', cluster, '-U', 'mia', '--auth=trust', '-E', 'UTF8', '--no-sync'], {
    ...user,
    cwd: folder,
    stdio: 'ignore',
  });
  const port = await freePort();
  const server = spawn(
    join(binaries, 'postgres'),
    ['-D', cluster, '-p', String(port), '-k', folder, '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off'],
    {
      ...user,
      cwd: folder,
      stdio: 'ignore',
    },
  );
  const url = `postgresql://mia@127.0.0.1:${port}/postgres`;
  await answers(url);
  return {
    url,
    stop: async () => {
      if (server.exitCode === null && server.signalCode === null) {
        const ended = new Promise((resolve) => server.once('exit', resolve));
        server.kill('SIGINT');
        await ended;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function findBinaries(): string | undefined {
  return globSync('/usr/lib/postgresql/*/bin').sort().at(-1);
}

function install(): string {
  execFileSync('apt-get', ['update', '-q'], { stdio: 'ignore' });
  execFileSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'postgresql'], { stdio: 'ignore' });
  const found = findBinaries();
  if (found === undefined) throw new Error('the package postgresql brought no server');
  return found;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function answers(url: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (attempt === 100) throw error;
      await pause(100);
    }
  }
}
