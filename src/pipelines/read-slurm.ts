import { z } from 'zod';
import { UpstreamContractError } from '../kernel/errors.ts';
import { folderMissing, ranAlready, slurmComment } from './compile-slurm.ts';
import { outcomeOf, signalOf } from './job-marker.ts';
import type { EndedJob, EngineJobState, JobKey, JobOutcome } from './model.ts';

/** From v0.0.39 on numbers are objects that may be unset. */
const number = z.union([
  z.number(),
  z.object({ set: z.boolean().optional(), number: z.number().optional() }).transform((one) => one.number ?? 0),
]);
const texts = z.union([z.string().transform((one) => [one]), z.array(z.string())]);

const exitCode = z.union([
  z.number().transform(decodeWaitStatus),
  z
    .object({ return_code: number.optional(), signal: z.object({ id: number.optional() }).optional() })
    .transform((one) => {
      const signal = one.signal?.id ?? 0;
      return signal > 0 ? 128 + signal : (one.return_code ?? 0);
    }),
]);

/** A job as slurmrestd gives it: what of it we read. */
const slurmJob = z.object({
  job_id: z.number(),
  comment: z.string().nullish(),
  job_state: texts,
  state_reason: z.string().nullish(),
  restart_cnt: number.nullish(),
  exit_code: exitCode.nullish(),
  start_time: number.nullish(),
  end_time: number.nullish(),
  nodes: z.string().nullish(),
  gres_detail: z.array(z.string()).nullish(),
});

/** A job in Slurm's list. */
export type SlurmJob = z.infer<typeof slurmJob>;

const errors = z
  .array(
    z.object({
      error_number: z.number().optional(),
      error_code: z.number().optional(),
      error: z.string().nullish(),
      description: z.string().nullish(),
    }),
  )
  .nullish();

const reply = z.object({
  errors,
  meta: z
    .object({
      Slurm: z.object({ release: z.string().optional() }).optional(),
      slurm: z.object({ release: z.string().optional() }).optional(),
    })
    .nullish(),
  job_id: z.number().optional(),
  jobs: z.array(slurmJob).optional(),
  nodes: z
    .array(z.object({ name: z.string(), cpus: z.number(), real_memory: z.number(), gres: z.string().nullish() }))
    .optional(),
});

/** An answer of slurmrestd. */
export interface SlurmReply {
  /** Slurm's own numbers, 0 for an error without one; empty when all is well. The HTTP status says little. */
  readonly errors: readonly { readonly code: number; readonly message: string }[];
  readonly release: string | undefined;
  readonly jobId: number | undefined;
  readonly jobs: readonly SlurmJob[];
  readonly nodes: readonly { readonly cpus: number; readonly memoryMiB: number; readonly gres: string }[];
}

/** @throws UpstreamContractError for what is not an answer of slurmrestd */
export function readSlurmReply(text: string): SlurmReply {
  const parsed = reply.safeParse(parseJson(text));
  if (!parsed.success)
    throw new UpstreamContractError(
      `slurmrestd answered what cannot be read: ${parsed.error.issues[0]?.path.map(String).join('.') ?? ''} ${parsed.error.issues[0]?.message ?? ''}`,
      { answer: text.slice(0, 300) },
    );
  const { data } = parsed;
  return {
    errors: (data.errors ?? []).map((one) => ({
      code: one.error_number ?? one.error_code ?? 0,
      message: one.error ?? one.description ?? 'unknown',
    })),
    release: data.meta?.Slurm?.release ?? data.meta?.slurm?.release,
    jobId: data.job_id,
    jobs: data.jobs ?? [],
    nodes: (data.nodes ?? []).map((one) => ({ cpus: one.cpus, memoryMiB: one.real_memory, gres: one.gres ?? '' })),
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An exit code of a raw wait status (`wait(2)`): 768 is code 3, 9 is signal 9, which shells call 137. */
export function decodeWaitStatus(status: number): number {
  const signal = status & 127;
  return signal > 0 ? 128 + signal : (status >> 8) & 255;
}

/** GPUs of a node by its `gres`, such as `gpu:a100:2(S:0-1),shard:8`. */
export function readGres(gres: string): readonly { readonly type: string | undefined; readonly count: number }[] {
  return gres
    .replaceAll(/\([^)]*\)/g, '')
    .split(',')
    .map((one) => one.split(':'))
    .filter(([name]) => name === 'gpu')
    .map(([, second = '1', third]) =>
      third === undefined && /^\d+$/.test(second)
        ? { type: undefined, count: Number(second) }
        : { type: second, count: Number(third ?? '1') },
    );
}

/** Versions of the REST plugin that a server's OpenAPI document offers, such as 38 of `/slurm/v0.0.38/job/submit`. */
export function offeredVersions(openapi: string): readonly number[] {
  const parsed = z.object({ paths: z.record(z.string(), z.unknown()) }).safeParse(parseJson(openapi));
  if (!parsed.success) throw new UpstreamContractError('slurmrestd gave no OpenAPI document at /openapi/v3.');
  const found = Object.keys(parsed.data.paths).map((path) => /^\/slurm\/v0\.0\.(\d+)\/job\/submit\/?$/.exec(path)?.[1]);
  return found.filter((one) => one !== undefined).map(Number);
}

const infrastructure = new Set(['NODE_FAIL', 'BOOT_FAIL', 'PREEMPTED', 'REVOKED', 'LAUNCH_FAILED', 'RECONFIG_FAIL']);
const outcomes: Readonly<Record<string, JobOutcome>> = {
  COMPLETED: 'SUCCEEDED',
  FAILED: 'FAILED',
  CANCELLED: 'CANCELLED',
  TIMEOUT: 'TIMED_OUT',
  DEADLINE: 'TIMED_OUT',
  OUT_OF_MEMORY: 'OUT_OF_MEMORY',
};
const waiting = new Set(['PENDING', 'CONFIGURING', 'REQUEUED', 'REQUEUE_FED', 'RESV_DEL_HOLD', 'POWER_UP_NODE']);
/** How long a marker on a shared file system may lag behind Slurm's word, seconds. */
const markerGraceS = 90;

/** Whether a job is the one of this attempt: Slurm's numbers come round again. */
export function isJobOf(job: SlurmJob, key: JobKey): boolean {
  return job.comment === slurmComment(key);
}

/**
 * What became of a job, by Slurm's word and the job's own marker. The marker knows the program's end; Slurm knows who ended it.
 * @param marker - what `job/exit.json` says, if it is there
 */
export function judgeSlurmJob(job: SlurmJob, marker: EndedJob | undefined, now: Date): EngineJobState {
  const [base = ''] = job.job_state;
  const reason = job.state_reason ?? undefined;
  if (infrastructure.has(base) || job.job_state.includes('REQUEUE_HOLD') || isHeldAfterFailure(job))
    return marker ?? ended(job, 'INFRASTRUCTURE', `Slurm says ${base} (${reason ?? ''}).`);
  const outcome = outcomes[base];
  if (outcome === undefined || job.job_state.includes('COMPLETING'))
    return waiting.has(base) ? (marker ?? { state: 'QUEUED', reason }) : running(job);
  if (outcome === 'SUCCEEDED' || outcome === 'FAILED') return marker ?? endedWithoutMarker(job, outcome, now);
  return {
    ...ended(job, outcome, `Slurm says ${base} (${reason ?? ''}).`),
    ...(marker === undefined ? {} : timesOf(marker)),
  };
}

/**
 * Slurm holds a job whose start failed, after a restart of the controller as if its user did: it will never run. We hold no jobs; one that
 * an administrator holds before it began will run later.
 */
function isHeldAfterFailure(job: SlurmJob): boolean {
  const reason = job.state_reason ?? '';
  if (!job.job_state.includes('PENDING')) return false;
  return (
    /_held$|JobHoldMaxRequeue|BadConstraints/.test(reason) || (/^JobHeld/.test(reason) && (job.restart_cnt ?? 0) > 0)
  );
}

function endedWithoutMarker(job: SlurmJob, outcome: JobOutcome, now: Date): EngineJobState {
  const code = job.exit_code ?? undefined;
  if (outcome === 'FAILED' && (code === folderMissing || job.state_reason === 'JobLaunchFailure'))
    return ended(
      job,
      'INFRASTRUCTURE',
      'The node does not see the folder of the job: it must be on a shared file system.',
    );
  if (outcome === 'FAILED' && code === ranAlready)
    return ended(job, 'INFRASTRUCTURE', 'Slurm started the body of this attempt a second time.');
  if (job.end_time !== undefined && now.getTime() / 1_000 - (job.end_time ?? 0) < markerGraceS) return running(job);
  if (outcome === 'SUCCEEDED')
    return ended(
      job,
      'INFRASTRUCTURE',
      'Slurm says it is done, but it left no marker: it did not run where it should.',
    );
  return ended(job, outcomeOf(code) === 'FAILED' ? 'INFRASTRUCTURE' : outcome, `Slurm says ${reasonOf(job)}.`);
}

function reasonOf(job: SlurmJob): string {
  return `${job.job_state.join(' ')} (${job.state_reason ?? ''})`;
}

function running(job: SlurmJob): EngineJobState {
  return { state: 'RUNNING', startedAt: instant(job.start_time), node: job.nodes ?? undefined, gpuIds: gpuIds(job) };
}

function ended(job: SlurmJob, outcome: JobOutcome, reason: string): EndedJob {
  // A job that never got a node has times all the same.
  const began = (job.nodes ?? '') !== '';
  const [startedAt, endedAt] = [began ? instant(job.start_time) : undefined, instant(job.end_time)];
  const code = startedAt === undefined ? undefined : (job.exit_code ?? undefined);
  const wallS = startedAt === undefined || endedAt === undefined ? undefined : (+endedAt - +startedAt) / 1_000;
  return {
    state: 'ENDED',
    outcome,
    exitCode: code,
    signal: signalOf(code),
    reason,
    startedAt,
    endedAt,
    node: began ? (job.nodes ?? undefined) : undefined,
    gpuIds: gpuIds(job),
    use: { wallS, cpuS: undefined, memoryMiB: undefined },
  };
}

function timesOf(marker: EndedJob): Pick<EndedJob, 'gpuIds' | 'node' | 'exitCode' | 'signal'> {
  return { gpuIds: marker.gpuIds, node: marker.node, exitCode: marker.exitCode, signal: marker.signal };
}

/** Only while a job runs does Slurm say which GPUs it has: `gpu:a100:2(IDX:0-1)`. */
function gpuIds(job: SlurmJob): readonly string[] {
  return (job.gres_detail ?? []).flatMap((detail) => {
    const list = /^gpu.*\(IDX:([\d,-]+)\)$/.exec(detail)?.[1] ?? '';
    return list.split(',').flatMap((part) => {
      const [first = '', last = first] = part.split('-');
      if (!/^\d+$/.test(first) || !/^\d+$/.test(last)) return [];
      return Array.from({ length: Number(last) - Number(first) + 1 }, (_, index) => String(Number(first) + index));
    });
  });
}

function instant(secondsSince1970: number | null | undefined): Date | undefined {
  return typeof secondsSince1970 === 'number' && secondsSince1970 > 0 ? new Date(secondsSince1970 * 1_000) : undefined;
}
