import { z } from 'zod';
import type { EndedJob, JobOutcome } from './model.ts';

const seconds = z.number().nonnegative();

/** `job/exit.json`: what a job, or the supervisor beside it, says of its end. */
const marker = z.object({
  exitCode: z.number().int().min(0).max(255).optional(),
  /** Left out by a job that speaks for itself: then the exit code says it. */
  outcome: z
    .enum(['SUCCEEDED', 'FAILED', 'CANCELLED', 'TIMED_OUT', 'OUT_OF_MEMORY', 'TOO_MANY_PROCESSES', 'INFRASTRUCTURE'])
    .optional(),
  reason: z.string().max(1_000).optional(),
  /** Seconds since 1970. */
  startedAt: seconds.optional(),
  endedAt: seconds.optional(),
  node: z.string().max(300).optional(),
  /** Indexes, joined by commas. */
  gpus: z.string().max(1_000).optional(),
  cpuS: seconds.optional(),
  memoryMiB: seconds.optional(),
});

/** A marker as it is written. */
export type ExitMarker = z.input<typeof marker>;

/** The end of a job by its marker; undefined for bytes that are none (a job may write what it likes). */
export function parseExitMarker(text: string): EndedJob | undefined {
  const parsed = marker.safeParse(parseJson(text));
  if (!parsed.success) return undefined;
  const { exitCode, outcome, startedAt, endedAt, ...rest } = parsed.data;
  return {
    state: 'ENDED',
    outcome: outcome ?? outcomeOf(exitCode),
    exitCode,
    signal: signalOf(exitCode),
    reason: rest.reason,
    startedAt: instant(startedAt),
    endedAt: instant(endedAt),
    node: rest.node,
    gpuIds: gpuIdsOf(rest.gpus),
    use: {
      wallS: startedAt === undefined || endedAt === undefined ? undefined : Math.max(0, endedAt - startedAt),
      cpuS: rest.cpuS,
      memoryMiB: rest.memoryMiB,
    },
  };
}

/** What an exit code means by itself. */
export function outcomeOf(exitCode: number | undefined): JobOutcome {
  if (exitCode === undefined) return 'INFRASTRUCTURE';
  return exitCode === 0 ? 'SUCCEEDED' : 'FAILED';
}

/** The signal an exit code stands for, as shells count: 128 + n, n from 1 to 64. */
export function signalOf(exitCode: number | undefined): number | undefined {
  return exitCode !== undefined && exitCode > 128 && exitCode <= 192 ? exitCode - 128 : undefined;
}

/** Indexes of GPUs out of a list such as `0,1`. */
export function gpuIdsOf(list: string | undefined): readonly string[] {
  return (list ?? '').split(',').filter((id) => /^[\w-]+$/.test(id));
}

function instant(secondsSince1970: number | undefined): Date | undefined {
  return secondsSince1970 === undefined ? undefined : new Date(secondsSince1970 * 1_000);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
