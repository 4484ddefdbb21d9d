import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../bin/mia.ts', import.meta.url));

/** What one run of `mia ingest idc` did. */
export interface IngestRun {
  readonly series: number;
  readonly unchanged: number;
  readonly durationMs: number;
  /** Largest resident size of the process, in units of 1,000,000 bytes. */
  readonly peakMb: number;
}

/** Runs `mia ingest idc` to its end. */
export async function ingestIndex(home: string, files: readonly string[]): Promise<IngestRun> {
  const child = start(home, files);
  let peakMb = 0;
  const watch = setInterval(() => (peakMb = Math.max(peakMb, peakOf(child.pid ?? 0))), 200);
  let last = '';
  for await (const line of linesOf(child)) last = line;
  clearInterval(watch);
  const report = JSON.parse(last) as {
    accepted: number;
    unchanged: number;
    durationMs: number;
  };
  const { unchanged, durationMs } = report;
  return { series: report.accepted + unchanged, unchanged, durationMs, peakMb };
}

/**
 * Runs it and kills it by SIGKILL as soon as it says that so many series are done.
 * @returns how many it had said by then
 */
export async function ingestAndKill(home: string, files: readonly string[], atSeries: number): Promise<number> {
  const child = start(home, files);
  const ended = once(child, 'exit');
  for await (const line of linesOf(child)) {
    const event = JSON.parse(line) as { event: string; done?: number };
    if (event.event === 'done') throw new Error(`the ingest ended before ${atSeries} series`);
    if (event.event === 'progress' && (event.done ?? 0) >= atSeries) {
      child.kill('SIGKILL');
      await ended;
      return event.done ?? 0;
    }
  }
  throw new Error('the ingest failed');
}

function start(home: string, files: readonly string[]): ChildProcess {
  return spawn(process.execPath, [program, 'ingest', 'idc', '--index', ...files, '--json'], {
    env: { PATH: process.env['PATH'], MIA_HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

function linesOf(child: ChildProcess): AsyncIterable<string> {
  if (child.stdout === null) throw new Error('the ingest has no output');
  return createInterface({ input: child.stdout });
}

function peakOf(pid: number): number {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return 0;
  const kilobytes = /^VmHWM:\s+(\d+)/m.exec(readFileSync(file, 'utf8'))?.[1];
  return Math.round((Number(kilobytes ?? 0) * 1_024) / 1_000_000);
}
