import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const program = fileURLToPath(new URL('../../bin/mia.ts', import.meta.url));

const doneSchema = z.looseObject({
  event: z.literal('done'),
  accepted: z.number(),
  unchanged: z.number(),
  rejected: z.number(),
  durationMs: z.number(),
  requests: z.number(),
});

/** What one run of `mia ingest xnat` did. */
export interface MirrorRun {
  readonly accepted: number;
  readonly unchanged: number;
  readonly rejected: number;
  readonly requests: number;
  readonly seconds: number;
  /** Largest resident size of the process, in units of 1,000,000 bytes. */
  readonly peakMb: number;
}

/** A catalog's home and the server it mirrors. */
export interface Mirror {
  readonly home: string;
  readonly url: string;
  /** Whether files are counted. */
  readonly resources: boolean;
}

/** Runs `mia ingest xnat` to its end. */
export async function mirrorOnce({ home, url, resources }: Mirror): Promise<MirrorRun> {
  const more = resources ? [] : ['--no-resources'];
  const child = spawn(process.execPath, [program, 'ingest', 'xnat', '--server', 'sim', '--json', ...more], {
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'production',
      MIA_HOME: home,
      MIA_EMPTY: '1',
      XNAT_URL: url,
      XNAT_USER: 'admin',
      XNAT_PASSWORD: 'admin',
      XNAT_ALLOW_PRIVATE: '1',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  let peakMb = 0;
  const watch = setInterval(() => (peakMb = Math.max(peakMb, peakOf(child.pid ?? 0))), 100);
  let last = '';
  for await (const line of createInterface({ input: child.stdout })) last = line;
  clearInterval(watch);
  await ended;
  const parsed = doneSchema.safeParse(last.startsWith('{') ? JSON.parse(last) : undefined);
  if (!parsed.success) throw new Error(`mia ingest xnat ended without a report: ${last}`);
  const { accepted, unchanged, rejected, requests, durationMs } = parsed.data;
  return { accepted, unchanged, rejected, requests, seconds: durationMs / 1_000, peakMb };
}

/** Linux counts the largest resident size; elsewhere nothing is measured. */
function peakOf(pid: number): number {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return 0;
  const kilobytes = /^VmHWM:\s+(\d+)/m.exec(readFileSync(file, 'utf8'))?.[1];
  return Math.round((Number(kilobytes ?? 0) * 1_024) / 1_000_000);
}
