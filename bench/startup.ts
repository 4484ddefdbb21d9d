import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServe } from './child-server.ts';
import type { BenchResult, Figure } from './figure.ts';

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
  const server = await startServe({ MIA_HOME: home });
  try {
    await fetch(`${server.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ datasets { nodes { slug } } }"}',
    });
    return (performance.now() - began) / 1_000;
  } finally {
    await server.stop();
  }
}

function figure(name: string, value: number, limit: number): Figure {
  return { name, value: Math.round(value * 100) / 100, unit: 's', target: `<= ${limit}`, met: value <= limit };
}
