import { readScopeOf, requireSignedIn } from '../access/index.ts';
import { canonicalSha256 } from '../kernel/canonical-json.ts';
import { datasetReasons } from './check-fit.ts';
import { datasetToRunOn, engineFaults } from './fit-launch.ts';
import { type LaunchCaller, type Launched, type LaunchParts, waitingS } from './launch-model.ts';
import type { PipelineRun } from './run-model.ts';
import { checkedKey, knownRun, refuse, storeLaunch } from './store-launch.ts';

/** A repetition as a caller asks for it. */
export interface RerunRequest {
  readonly run: PipelineRun;
  readonly engine?: string;
  readonly idempotencyKey: string;
}

/**
 * Repeats a run: the same version of the pipeline, the same parameters, the same bytes of the same subjects. Rights, quotas and the engine
 * are looked at anew.
 * @throws as `launchPipeline`
 */
export async function rerun(request: RerunRequest, caller: LaunchCaller, parts: LaunchParts): Promise<Launched> {
  const ownerId = requireSignedIn(caller.principal, 'RESEARCHER');
  const { run } = request;
  const idempotencyKey = checkedKey(request.idempotencyKey);
  const bodyHash = canonicalSha256({ rerunOf: run.id, engine: request.engine });
  const known = await knownRun(ownerId, { idempotencyKey, bodyHash }, caller, parts.runs);
  if (known !== undefined) return { run: known };
  const scope = readScopeOf(caller.principal);
  const dataset = await datasetToRunOn(run.cohort.slug, caller.principal, scope, parts.reader);
  const engine = request.engine ?? run.engine;
  const reasons = [
    // Whoever asked for the first run has said that the terms are met; somebody else has not.
    ...datasetReasons(run.spec, dataset, run.ownerId === ownerId ? dataset.dataUseTerms : []),
    ...(await engineFaults(engine, run.spec, parts.launchers)),
  ];
  if (reasons.length > 0)
    return await refuse(reasons, { ownerId, datasetId: dataset.id, spec: run.spec }, caller, parts.runs);
  return await storeLaunch(
    {
      id: parts.newId(),
      pipeline: { spec: run.spec, sha256: run.pipelineSha256, files: run.pipelineFiles },
      ownerId,
      engine,
      idempotencyKey,
      bodyHash,
      cohort: run.cohort,
      parameters: run.parameters,
      limits: run.limits,
      deadlineS: waitingS + run.limits.timeoutS,
      inputs: (await parts.runs.inputs([run.id])).get(run.id) ?? [],
      rerunOf: run.id,
      quota: parts.quota,
      requestId: caller.requestId,
    },
    caller,
    parts.runs,
  );
}
