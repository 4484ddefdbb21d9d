import { ConflictError, InvalidInputError } from '../kernel/errors.ts';
import type { PrincipalId } from '../kernel/ids.ts';
import type { LaunchCaller, Launched } from './launch-model.ts';
import type { PipelineSpec } from './model.ts';
import type { LaunchReason, PipelineRun } from './run-model.ts';
import type { LaunchOutcome, NewRun, RunStore } from './run-ports.ts';

/**
 * The run that this key was used for before, which is the answer once more.
 * @throws ConflictError when something else was asked for with it
 */
export async function knownRun(
  ownerId: PrincipalId,
  asked: { readonly idempotencyKey: string; readonly bodyHash: string },
  { requestId }: LaunchCaller,
  runs: RunStore,
): Promise<PipelineRun | undefined> {
  const known = await runs.runByKey(ownerId, asked.idempotencyKey);
  if (known === undefined) return undefined;
  if (known.bodyHash !== asked.bodyHash) throw keyTaken(known.run);
  const object = { kind: 'PipelineRun', id: known.run.id };
  await runs.audit({
    actor: ownerId,
    action: 'pipeline.launch',
    object,
    outcome: 'DONE',
    requestId,
    facts: { again: true },
  });
  return known.run;
}

function keyTaken(run: PipelineRun): ConflictError {
  return new ConflictError(
    'This idempotencyKey was used for another run: use a new key for a new run, and the same input for the same one.',
    { fields: ['idempotencyKey'], run: `PipelineRun:${run.id}` },
  );
}

/** @throws InvalidInputError for what is no key */
export function checkedKey(key: string): string {
  if (/^[\x21-\x7e]{1,200}$/.test(key)) return key;
  throw new InvalidInputError('idempotencyKey: must be 1 to 200 visible ASCII characters, such as a UUID.', {
    fields: ['idempotencyKey'],
  });
}

/** Writes down that a run was refused, and says why. */
export async function refuse(
  reasons: readonly LaunchReason[],
  asked: { readonly ownerId: PrincipalId; readonly datasetId: string; readonly spec: PipelineSpec },
  { requestId }: LaunchCaller,
  runs: RunStore,
): Promise<Launched> {
  await runs.audit({
    actor: asked.ownerId,
    action: 'pipeline.launch',
    object: { kind: 'Dataset', id: asked.datasetId },
    outcome: 'REFUSED',
    code: 'PIPELINE_REJECTED',
    requestId,
    facts: { pipeline: asked.spec.reference, reasons: [...new Set(reasons.map(({ code }) => code))] },
  });
  return { reasons };
}

/**
 * Stores a run, unless the owner's runs take too much already.
 * @throws ConflictError when its key was used for something else meanwhile
 */
export async function storeLaunch(run: NewRun, caller: LaunchCaller, runs: RunStore): Promise<Launched> {
  const outcome: LaunchOutcome = await runs.launch(run);
  if (outcome.kind === 'conflict') throw keyTaken(outcome.run);
  if (outcome.kind !== 'overQuota') return { run: outcome.run };
  const { used } = outcome;
  const { quota } = run;
  const reason: LaunchReason = {
    code: 'QUOTA_EXCEEDED',
    message: `Your runs take ${used.openRuns} of ${quota.openRuns} places, ${used.openGpus} of ${quota.openGpus} graphics processors and ${Math.round(used.gpuHours)} of ${quota.gpuHours} hours of them within 30 days: wait for one to end, or cancel one.`,
  };
  return await refuse([reason], { ...run, datasetId: run.cohort.datasetId, spec: run.pipeline.spec }, caller, runs);
}
