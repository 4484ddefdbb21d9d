import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { BenchResult, Figure } from './figure.ts';

const program = fileURLToPath(new URL('../bin/mia.ts', import.meta.url));

/** Seconds from starting the program to its first answered query: with an empty home, and with one that was used before. */
export async function run(): Promise<BenchResult> {
  const home = await mkdtemp(join(tmpdir(), 'mia-bench-'));
  try {
    const first = await secondsToFirstAnswer(home);
    const later = [
      await secondsToFirstAnswer(home),
      await secondsToFirstAnswer(home),
      await secondsToFirstAnswer(home),
    ].sort((a, b) => a - b);
    return {
      bench: 'startup',
      figures: [figure('first start', first, 15), figure('later start (median of 3)', later[1] ?? Number.NaN, 4)],
    };
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function secondsToFirstAnswer(home: string): Promise<number> {
  const began = performance.now();
  const server = spawn(process.execPath, [program, 'serve', '--log-level', 'error'], {
    env: { PATH: process.env['PATH'], MIA_HOME: home, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => server.once('exit', resolve));
  try {
    const url = await readyUrl(server.stdout);
    await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ datasets { nodes { slug } } }"}',
    });
    return (performance.now() - began) / 1_000;
  } finally {
    server.kill('SIGTERM');
    await ended;
  }
}

async function readyUrl(stdout: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stdout })) {
    const event = JSON.parse(line) as { event: string; url?: string };
    if (event.event === 'ready' && event.url !== undefined) return event.url;
  }
  throw new Error('the server ended before it was ready');
}

function figure(name: string, value: number, limit: number): Figure {
  return { name, value: Math.round(value * 100) / 100, unit: 's', target: `<= ${limit}`, met: value <= limit };
}
