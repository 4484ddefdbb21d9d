import {
  CatalogError,
  ConflictError,
  messageOf,
  UpstreamContractError,
  UpstreamUnavailableError,
} from '../kernel/errors.ts';
import { collectOutputs } from './collect-outputs.ts';
import { endJobs } from './end-jobs.ts';
import { endFormerAttempt, jobOf, limited, submitJob, watchJob } from './follow-job.ts';
import { failure, type ReconcileParts, type Step } from './reconcile-parts.ts';
import { registerOutputs } from './register-outputs.ts';
import { isFinal, type RunState } from './run-model.ts';
import type { Claim, RunChange } from './run-ports.ts';
import { scopeOfRun, stageInputs } from './stage-inputs.ts';

const begin: Step = () => Promise.resolve({ to: 'STAGING', againInMs: 0 });

/** Inputs into the store of files, and from there into the folder of the attempt. */
const stage: Step = async ({ run }, parts, signal) => {
  await endFormerAttempt(run, parts, signal);
  const stored = (await parts.runs.inputs([run.id])).get(run.id) ?? [];
  if (stored.length > 0) await scopeOfRun(run, parts);
  const inputs = stored.length > 0 ? stored : await stageInputs(run, parts);
  await parts.folders.lay(run.id, run.attempt, [
    ...inputs.map(({ path, sha256 }) => ({ path, bytes: parts.blobs.read(sha256) })),
    ...run.pipelineFiles.map(({ path, sha256 }) => ({ path: `program/${path}`, bytes: parts.blobs.read(sha256) })),
  ]);
  return { to: 'SUBMITTING', inputs, againInMs: 0 };
};

/** What is done with a run in each state. */
const steps: Readonly<Record<RunState, Step>> = {
  REQUESTED: begin,
  STAGING: stage,
  SUBMITTING: submitJob,
  QUEUED: watchJob,
  RUNNING: watchJob,
  COLLECTING: collectOutputs,
  REGISTERING: registerOutputs,
  SUCCEEDED: endJobs,
  FAILED: endJobs,
  CANCELLED: endJobs,
  LOST: endJobs,
};

/** States in which a failure of this catalog's own is not for the engine to end. */
const ownWork: readonly RunState[] = ['STAGING', 'SUBMITTING', 'COLLECTING', 'REGISTERING'];

/**
 * Does the next step of a run and writes it down. The step may be done again by whoever comes next, when this process is killed before or
 * after the write: none of them counts before it is written, and each finds what an earlier try has left.
 * @returns whether the run was still this process's to write
 */
export async function reconcileRun(claim: Claim, parts: ReconcileParts, signal: AbortSignal): Promise<boolean> {
  try {
    const change = await nextChange(claim, parts, signal);
    if (change !== 'written') await parts.runs.write(claim, change);
    return true;
  } catch (error) {
    if (error instanceof ConflictError && error.details['runId'] === claim.run.id) {
      await undoSubmission(claim, parts);
      return false;
    }
    throw error;
  }
}

async function nextChange(claim: Claim, parts: ReconcileParts, signal: AbortSignal): Promise<RunChange | 'written'> {
  const { run, now } = claim;
  const final = isFinal(run.state);
  if (!final && now > run.deadline)
    return failure(`The run did not end before its deadline, ${run.deadline.toISOString()}.`, {
      cleanupMs: parts.times.settleMs,
    });
  try {
    return await steps[run.state](claim, parts, signal);
  } catch (error) {
    if (signal.aborted) return { againInMs: 0 };
    return changeAfter(error, claim, parts);
  }
}

/** What a step that threw comes to: an engine that does not answer says nothing, a refusal ends the run, anything else is tried again for a while. */
function changeAfter(error: unknown, claim: Claim, parts: ReconcileParts): RunChange {
  const { run, now, stateSince } = claim;
  const { times, logger } = parts;
  if (error instanceof ConflictError && error.details['runId'] === run.id) throw error;
  logger.warn('run.stepFailed', { run: run.id, state: run.state, attempt: run.attempt, reason: messageOf(error) });
  const later = { againInMs: times.retryMs, ...(claim.unknownSince && { unknown: true as const }) };
  if (isFinal(run.state)) return giveUpCleanup(claim, parts) ?? later;
  const own = ownWork.includes(run.state) && !isUnanswered(error);
  if (error instanceof CatalogError && own && !isUpstream(error))
    return failure(error.message, { cleanupMs: times.settleMs });
  if (own && now.getTime() - stateSince.getTime() > times.giveUpMs)
    return failure(
      `${run.state} did not work for ${Math.round(times.giveUpMs / 60_000)} minutes: ${messageOf(error)}`,
      {
        cleanupMs: times.settleMs,
      },
    );
  return later;
}

/** Jobs of a run that has ended are not looked for without end: after a week the engine is taken to be gone for good. */
function giveUpCleanup({ now, cleanupUntil }: Claim, { times }: ReconcileParts): RunChange | undefined {
  const weekMs = 7 * 24 * 3_600_000;
  if (cleanupUntil === undefined || now.getTime() - cleanupUntil.getTime() < weekMs + times.settleMs) return undefined;
  return {
    againInMs: 0,
    cleanupMs: null,
    message: 'The engine did not answer for a week: jobs of the run are looked for no more.',
  };
}

function isUpstream(error: CatalogError): boolean {
  return error instanceof UpstreamUnavailableError || error instanceof UpstreamContractError;
}

function isUnanswered(error: unknown): boolean {
  return error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');
}

/**
 * The run went on without this process, which may have handed it to its engine a moment ago. Where nobody has that job in hand (the run was
 * cancelled, or another job was taken), it is ended; whoever cleans up after a cancelled run looks for it, too.
 */
async function undoSubmission({ run }: Claim, parts: ReconcileParts): Promise<void> {
  if (run.state !== 'SUBMITTING') return;
  const [current] = await parts.runs.runsByIds([run.id], {});
  const launcher = parts.launchers.get(run.engine);
  if (current === undefined || launcher === undefined || !isFinal(current.state)) return;
  const job = jobOf(run, parts);
  const signal = new AbortController().signal;
  const engineJobId = await launcher.findByRunId(job, limited(signal, parts)).catch(() => undefined);
  if (engineJobId !== undefined)
    await launcher.cancel({ ...job, engineJobId }, limited(signal, parts)).catch(() => undefined);
}
