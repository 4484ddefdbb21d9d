import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { postgresProcesses } from '../../src/db/embedded/processes.ts';

const program = fileURLToPath(new URL('../../bin/mia.ts', import.meta.url));

/** How a process ended. */
export interface Ending {
  readonly code: number | null;
  /** Its JSON lines on standard output. */
  readonly events: readonly any[];
  /** What it told people on standard error: the lines that are not log events. */
  readonly told: readonly string[];
}

/** A `mia` command that runs. */
export interface MiaProcess {
  readonly child: ChildProcess;
  /** The first line of standard output with this event, once it is there. */
  event(name: string): Promise<any>;
  readonly ended: Promise<Ending>;
  /** Asks it to stop, and waits. */
  stop(): Promise<Ending>;
}

/**
 * Starts `mia` with nothing in its environment but what is given.
 * @param file - its program; that of this checkout when left out
 */
export function startMia(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  file: string = program,
): MiaProcess {
  const child = spawn(process.execPath, [file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', PORT: '0', ...env },
  });
  const events: any[] = [];
  const told: string[] = [];
  let heard: () => void = () => undefined;
  let next = new Promise<void>((resolve) => (heard = resolve));
  let over = false;
  createInterface({ input: child.stdout }).on('line', (line) => {
    events.push(JSON.parse(line));
    heard();
    next = new Promise<void>((resolve) => (heard = resolve));
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (!line.startsWith('{') && !line.includes('ExperimentalWarning') && !line.startsWith('(Use `node'))
      told.push(line);
  });
  const ended = new Promise<Ending>((resolve) => {
    child.once('close', (code) => {
      over = true;
      heard();
      resolve({ code, events, told });
    });
  });
  return {
    child,
    ended,
    event: async (name) => {
      for (;;) {
        const found: unknown = events.find((each) => each.event === name);
        if (found !== undefined) return found;
        if (over) throw new Error(`mia ended without ${name}: ${told.join('\n')}`);
        await next;
      }
    },
    stop: async () => {
      child.kill('SIGTERM');
      return await ended;
    },
  };
}

/** Runs `mia` to its end. */
export async function runMia(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  file: string = program,
): Promise<Ending> {
  return await startMia(args, env, file).ended;
}

/** A new `MIA_HOME`, with a function that removes it once no PostgreSQL runs in it any more. */
export function makeHome(): { readonly home: string; readonly remove: () => Promise<void> } {
  const home = mkdtempSync(join(tmpdir(), 'mia-home-'));
  return {
    home,
    remove: async () => {
      await postgresLeft(home, 10_000);
      rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    },
  };
}

/** PostgreSQL processes of a home, once there are none or the time is over. */
export async function postgresLeft(home: string, withinMs: number): Promise<readonly number[]> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const left = postgresProcesses(join(home, 'pg'));
    if (left.length === 0 || Date.now() > deadline) return left;
    await sleep(25);
  }
}

/** Asks a served catalog over HTTP. */
export async function askAt(url: string, query: string, token?: string): Promise<any> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify({ query }),
  });
  return await response.json();
}
