import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterEach, vi } from 'vitest';
import { type EmbeddedDatabase, type OpenOptions, openEmbeddedDatabase } from '../../../src/db/embedded/index.ts';
import { postgresProcesses } from '../../../src/db/embedded/processes.ts';
import { silentLogger } from '../../../src/kernel/logger.ts';

// A first start takes seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Runs after the test, last registered first. */
export function afterwards(cleanup: () => Promise<void> | void): void {
  cleanups.push(cleanup);
}

/** A temporary `MIA_HOME` of its own, removed after the test; nothing may run in it any more then. */
export function temporaryHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'mia-embedded-'));
  afterwards(async () => {
    const left = await whoIsLeft(home, 10_000);
    // A supervisor whose client was killed may still tidy up.
    await until(() => {
      rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
      return !existsSync(home);
    });
    if (left.length > 0) throw new Error(`PostgreSQL still ran in ${home}: ${left.join(' ')}`);
  });
  return home;
}

/** Opens a database that is closed after the test. */
export async function open(
  home: string,
  role: OpenOptions['role'],
  more: Partial<OpenOptions> = {},
): Promise<EmbeddedDatabase> {
  const database = await openEmbeddedDatabase({ home, role, logger: silentLogger, ...more });
  afterwards(() => database.close());
  return database;
}

/** PostgreSQL processes of a home, once there are none or the time is over. */
export async function whoIsLeft(home: string, withinMs: number): Promise<number[]> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const left = postgresProcesses(join(home, 'pg'));
    if (left.length === 0 || Date.now() > deadline) return left;
    await sleep(25);
  }
}

/** Runs one statement on a connection of its own; tries again while the database is away. */
export async function query(database: { readonly url: string }, sql: string, patienceMs = 0): Promise<unknown[]> {
  const deadline = Date.now() + patienceMs;
  for (;;) {
    const client = new pg.Client({ connectionString: database.url });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return (await client.query<Record<string, unknown>>(sql)).rows.map((row) => Object.values(row)[0]);
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(50);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

/** A process of its own that opens a home and commits rows one by one, telling each. */
export interface Writer {
  readonly child: ChildProcess;
  /** Numbers whose commit was acknowledged. */
  readonly acknowledged: number[];
  /** What it said when it was open, or why it could not be opened. */
  readonly opened: Promise<string>;
  readonly exited: Promise<void>;
}

/** Starts a writer; `uid` runs it as an ordinary user. */
export function startWriter(home: string, role: OpenOptions['role'], uid?: number): Writer {
  const script = fileURLToPath(new URL('./writer.ts', import.meta.url));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, home, role], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { LC_ALL: 'C', PATH: process.env['PATH'] ?? '' },
    ...(uid === undefined ? {} : { uid, gid: uid }),
  });
  const acknowledged: number[] = [];
  const opened = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (/^\d+$/.test(line)) acknowledged.push(Number(line));
      else resolve(line);
    });
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  afterwards(() => {
    child.kill('SIGKILL');
  });
  return { child, acknowledged, opened, exited };
}

/** Waits until a condition holds. */
export async function until(condition: () => boolean, withinMs = 20_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('waited in vain');
    await sleep(10);
  }
}

/** How often the kill tests repeat: a few times in an ordinary run, `MIA_KILL_ROUNDS=20` for all. */
export const killRounds = Number(process.env['MIA_KILL_ROUNDS'] ?? 5);
