import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';

const client = fileURLToPath(new URL('load-client.ts', import.meta.url));

const report = z.object({
  answers: z.number(),
  failed: z.number(),
  seconds: z.number(),
  p50Ms: z.number(),
  p99Ms: z.number(),
});

/** What one round of load measured. */
export interface Round {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/**
 * Asks one thing again and again, from a process of its own.
 * @throws Error when any answer failed: a fast refusal is not an answer
 */
export async function load(url: string, query: string, connections: number, seconds: number): Promise<Round> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    client,
    url,
    String(connections),
    String(seconds),
    JSON.stringify({ query }),
  ]);
  const { answers, failed, seconds: took, p50Ms, p99Ms } = report.parse(JSON.parse(stdout));
  if (failed > 0) throw new Error(`${url}: ${failed} refusals under load`);
  return { requestsPerSecond: answers / took, p50Ms, p99Ms };
}
