import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';

const autocannon = fileURLToPath(import.meta.resolve('autocannon'));

const report = z.object({
  requests: z.object({ total: z.number() }),
  latency: z.object({ p50: z.number(), p99: z.number() }),
  duration: z.number(),
  errors: z.number(),
  non2xx: z.number(),
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
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      autocannon,
      '--json',
      '--no-progress',
      ...['-c', String(connections), '-d', String(seconds), '-m', 'POST', '-H', 'content-type=application/json'],
      ...['-b', JSON.stringify({ query }), url],
    ],
    { maxBuffer: 2 ** 24 },
  );
  const { requests, latency, duration, errors, non2xx } = report.parse(JSON.parse(stdout));
  if (errors + non2xx > 0) throw new Error(`${url}: ${errors} errors, ${non2xx} refusals under load`);
  return { requestsPerSecond: requests.total / duration, p50Ms: latency.p50, p99Ms: latency.p99 };
}
