import { readScopeOf, requireSignedIn } from '../access/index.ts';
import { canonicalSha256 } from '../kernel/canonical-json.ts';
import { NotFoundError } from '../kernel/errors.ts';
import { checkFit, datasetToRunOn } from './fit-launch.ts';
import { type LaunchCaller, type Launched, type LaunchInput, type LaunchParts, waitingS } from './launch-model.ts';
import type { Pipeline } from './model.ts';
import type { PipelineShelf } from './ports.ts';
import { checkedKey, knownRun, refuse, storeLaunch } from './store-launch.ts';

/**
 * Asks for a run of a pipeline on a cohort: checks who asks, what they may read, the terms of the data, whether pipeline, data, parameters
 * and engine fit, and what the caller's runs take already; freezes the cohort; stores all of it before anything is started. The same key
 * with the same input is the same run.
 * @throws UnauthenticatedError for guests, ForbiddenError for who is no researcher, neither of the catalog nor of the dataset
 * @throws NotFoundError for a pipeline that is not there, and a dataset that is not there or not to be seen
 * @throws ConflictError for a key that was used for something else
 */
export async function launchPipeline(input: LaunchInput, caller: LaunchCaller, parts: LaunchParts): Promise<Launched> {
  const ownerId = requireSignedIn(caller.principal, 'RESEARCHER');
  const idempotencyKey = checkedKey(input.idempotencyKey);
  const bodyHash = canonicalSha256({ ...input, idempotencyKey: undefined });
  const known = await knownRun(ownerId, { idempotencyKey, bodyHash }, caller, parts.runs);
  if (known !== undefined) return { run: known };
  const pipeline = await pipelineNamed(input.pipeline, parts.shelf);
  const scope = readScopeOf(caller.principal);
  const dataset = await datasetToRunOn(input.dataset, caller.principal, scope, parts.reader);
  const fit = await checkFit(input, { spec: pipeline.spec, dataset, scope }, parts);
  if ('reasons' in fit)
    return await refuse(fit.reasons, { ownerId, datasetId: dataset.id, spec: pipeline.spec }, caller, parts.runs);
  const files = await Promise.all(
    pipeline.files.map(async ({ path, bytes }) => ({ path, ...(await parts.blobs.put([bytes])) })),
  );
  return await storeLaunch(
    {
      id: parts.newId(),
      pipeline: { spec: pipeline.spec, sha256: pipeline.sha256, files },
      ownerId,
      engine: fit.engine,
      idempotencyKey,
      bodyHash,
      cohort: fit.cohort,
      parameters: fit.parameters,
      limits: pipeline.spec.limits,
      deadlineS: waitingS + pipeline.spec.limits.timeoutS,
      inputs: [],
      quota: parts.quota,
      requestId: caller.requestId,
    },
    caller,
    parts.runs,
  );
}

/** @throws NotFoundError that names those there are */
async function pipelineNamed(name: string, shelf: PipelineShelf): Promise<Pipeline> {
  const all = await shelf.list();
  const found = all
    .filter(({ spec }) => spec.reference === name || spec.name === name)
    .toSorted((a, b) => b.spec.version - a.spec.version)[0];
  if (found !== undefined) return found;
  const names = all.map(({ spec }) => spec.reference).join(', ');
  throw new NotFoundError(`There is no pipeline of this name; there are ${names === '' ? 'none' : names}.`, {
    fields: ['pipeline'],
  });
}
