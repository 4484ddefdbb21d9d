import { PipelineRejectedError } from '../kernel/errors.ts';
import type { EndedJob, EngineJobState, JobReference, JobSpec } from './model.ts';
import type { PipelineLauncher } from './ports.ts';
import { failure, type ReconcileParts, type Step } from './reconcile-parts.ts';
import type { PipelineRun, RunUse } from './run-model.ts';
import type { Claim, RunChange } from './run-ports.ts';

/** The engine of a run. @throws PipelineRejectedError when it is not configured here any more */
export function launcherOf({ engine }: PipelineRun, { launchers }: ReconcileParts): PipelineLauncher {
  const launcher = launchers.get(engine);
  if (launcher === undefined)
    throw new PipelineRejectedError(`The engine "${engine}" is not configured here any more.`);
  return launcher;
}

/** How the engine finds the job of a run's attempt. */
export function jobOf(run: PipelineRun, parts: ReconcileParts): JobReference {
  const folder = parts.folders.pathOf(run.id, run.attempt);
  return { runId: run.id, attempt: run.attempt, folder, engineJobId: run.engineJobId ?? '' };
}

/**
 * Hands a run to its engine. That it would was written down before; so a job of this attempt may be there already, from a process that
 * was killed or an answer that was lost, and is then taken over instead of a second one.
 */
export const submitJob: Step = async (claim, parts, signal) => {
  const { run } = claim;
  const launcher = launcherOf(run, parts);
  const job = jobOf(run, parts);
  const found = await launcher.findByRunId(job, limited(signal, parts));
  if (found !== undefined)
    return { to: 'QUEUED', engineJobId: found, againInMs: 0, message: 'The engine had the job already.' };
  const spec = await jobSpecOf(run, job.folder, parts, signal);
  const engineJobId = await launcher.submit(spec, limited(signal, parts));
  return { to: 'QUEUED', engineJobId, againInMs: parts.times.pollMs };
};

async function jobSpecOf(
  run: PipelineRun,
  folder: string,
  { environments, blobs }: ReconcileParts,
  signal: AbortSignal,
): Promise<JobSpec> {
  const { spec } = run;
  const requirements = run.pipelineFiles.find(({ path }) => path === spec.pythonRequirements);
  const text = requirements === undefined ? undefined : await textOf(blobs.read(requirements.sha256));
  return {
    runId: run.id,
    attempt: run.attempt,
    folder,
    command: spec.command,
    // The engine itself tells the body its run and its attempt.
    environment: {},
    image: spec.image,
    python: text === undefined ? undefined : await environments.prepare(text, signal),
    limits: run.limits,
  };
}

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** Ends the job of the attempt before, where its engine still has it: of one run, one attempt lives. */
export async function endFormerAttempt(run: PipelineRun, parts: ReconcileParts, signal: AbortSignal): Promise<void> {
  if (run.attempt === 1) return;
  const launcher = launcherOf(run, parts);
  const job = jobOf({ ...run, attempt: run.attempt - 1 }, parts);
  const engineJobId = await launcher.findByRunId(job, limited(signal, parts));
  if (engineJobId !== undefined) await launcher.cancel({ ...job, engineJobId }, limited(signal, parts));
}

/** Looks what became of a job. An engine that does not answer throws, and changes nothing. */
export const watchJob: Step = async (claim, parts, signal) => {
  const { run, now } = claim;
  const { times } = parts;
  const launcher = launcherOf(run, parts);
  const job = jobOf(run, parts);
  const state = await launcher.status(job, limited(signal, parts));
  const late = run.startedAt === undefined ? 0 : now.getTime() - run.startedAt.getTime() - run.limits.timeoutS * 1_000;
  if (state.state !== 'ENDED' && late > times.overtimeMs) {
    // Ended by whoever cleans up: were it ended here, and this process before it could say why, it would look like somebody else's doing.
    const error = `The job went on beyond its limit of ${run.limits.timeoutS} s, and its engine did not end it.`;
    return failure(error, { cleanupMs: times.settleMs });
  }
  return changeOf(state, claim, parts);
};

function changeOf(state: EngineJobState, claim: Claim, parts: ReconcileParts): RunChange {
  const { run, now, unknownSince } = claim;
  const { times } = parts;
  const againInMs = nextLookMs(claim, parts);
  switch (state.state) {
    case 'QUEUED':
      return { againInMs };
    case 'RUNNING': {
      const use: RunUse = {
        ...nothingUsed,
        gpuIds: state.gpuIds,
        ...(state.node !== undefined && { node: state.node }),
      };
      if (run.state === 'RUNNING') return { againInMs };
      return { to: 'RUNNING', startedAt: state.startedAt ?? now, use, againInMs: times.pollMs };
    }
    case 'ENDED':
      return endOf(state, claim, parts);
    case 'UNKNOWN': {
      if (unknownSince === undefined || now.getTime() - unknownSince.getTime() < times.graceMs)
        return { unknown: true, againInMs: Math.min(againInMs, times.graceMs) };
      const error = `The engine ${run.engine} has known no job of this run for ${Math.round(times.graceMs / 1_000)} s, and the job left no mark: it is lost.`;
      return { to: 'LOST', error, againInMs: times.pollMs, cleanupMs: times.settleMs };
    }
  }
}

const nothingUsed = { wallS: undefined, cpuS: undefined, memoryMiB: undefined };

function endOf(end: EndedJob, { run, now }: Claim, parts: ReconcileParts): RunChange {
  const use: RunUse = { ...end.use, gpuIds: end.gpuIds, ...(end.node !== undefined && { node: end.node }) };
  const ended: Partial<RunChange> = {
    use,
    ...(end.exitCode !== undefined && { exitCode: end.exitCode }),
    ...((end.startedAt ?? run.startedAt) === undefined ? {} : { startedAt: end.startedAt ?? run.startedAt ?? now }),
  };
  if (end.outcome === 'SUCCEEDED') return { ...ended, to: 'COLLECTING', againInMs: 0 };
  if (end.outcome === 'INFRASTRUCTURE' && run.attempt < parts.mostAttempts) {
    const message = `The engine failed, not the program${end.reason === undefined ? '' : ` (${end.reason})`}: attempt ${run.attempt + 1} begins.`;
    return { to: 'STAGING', attempt: run.attempt + 1, engineJobId: null, againInMs: parts.times.retryMs, message };
  }
  // What the body wrote is collected, that people can see why.
  return { ...ended, to: 'COLLECTING', error: reasonOf(end, run), againInMs: 0 };
}

function reasonOf({ outcome, exitCode, signal, reason }: EndedJob, run: PipelineRun): string {
  const more = reason === undefined ? '' : ` ${reason}`;
  switch (outcome) {
    case 'TIMED_OUT':
      return `The job took longer than its limit of ${run.limits.timeoutS} s.${more}`;
    case 'OUT_OF_MEMORY':
      return `The job took more memory than its limit of ${run.limits.memoryMiB} MiB.${more}`;
    case 'TOO_MANY_PROCESSES':
      return `The job began more processes than its limit of ${run.limits.processes}.${more}`;
    case 'CANCELLED':
      return `The job was cancelled at its engine, not here.${more}`;
    case 'INFRASTRUCTURE':
      return `The engine failed in all ${run.attempt} attempts.${more}`;
    case 'FAILED':
    case 'SUCCEEDED':
      return `The program ended with ${exitCode === undefined ? `signal ${signal ?? 'unknown'}` : `exit code ${exitCode}`}.${more}`;
  }
}

/** Looked at often when young, seldom when old. */
function nextLookMs({ now, stateSince }: Claim, { times }: ReconcileParts): number {
  const age = now.getTime() - stateSince.getTime();
  return Math.min(times.slowestPollMs, Math.max(times.pollMs, age / 10));
}

/** A signal that also ends when an engine takes too long. */
export function limited(signal: AbortSignal, { times }: ReconcileParts): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(times.engineMs)]);
}
