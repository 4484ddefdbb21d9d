import {
  mayActOn,
  type Principal,
  type ReadScope,
  readScopeOf,
  requireRole,
  requireSignedIn,
} from '../access/index.ts';
import type { CatalogReader, Dataset, SubjectWhere } from '../catalog/index.ts';
import type { BlobStore } from '../files/index.ts';
import { canonicalSha256 } from '../kernel/canonical-json.ts';
import { ConflictError, InvalidInputError, NotFoundError, UpstreamUnavailableError } from '../kernel/errors.ts';
import type { PrincipalId } from '../kernel/ids.ts';
import { cohortReasons, datasetReasons, engineReasons } from './check-fit.ts';
import { checkLaunchParameters } from './check-launch-parameters.ts';
import { allVariables, freezeCohort } from './freeze-cohort.ts';
import type { Pipeline, PipelineSpec } from './model.ts';
import type { PipelineLauncher, PipelineShelf } from './ports.ts';
import type { FrozenCohort, LaunchReason, PipelineRun, RunId } from './run-model.ts';
import type { LaunchOutcome, NewRun, RunQuota, RunStore } from './run-ports.ts';

/** Time an engine has to say what it can do; one that does not answer keeps nobody from asking for a run. */
const capabilitiesMs = 5_000;
/** Time beyond the job's own limit that a run has for waiting in queues, staging and registering. */
const waitingS = 7 * 24 * 3_600;

/** A run as a caller asks for it. */
export interface LaunchInput {
  /** `name` for its latest version, or `name@version`. */
  readonly pipeline: string;
  /** Slug of the input dataset. */
  readonly dataset: string;
  readonly where: SubjectWhere;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly engine?: string;
  readonly idempotencyKey: string;
  /** Data use terms that the caller says are met. */
  readonly acceptedTerms: readonly string[];
}

/** What launching works with. */
export interface LaunchParts {
  readonly runs: RunStore;
  readonly reader: CatalogReader;
  readonly shelf: PipelineShelf;
  readonly launchers: ReadonlyMap<string, PipelineLauncher>;
  readonly blobs: BlobStore;
  readonly quota: RunQuota;
  readonly newId: () => RunId;
}

/** Who asks. */
export interface LaunchCaller {
  readonly principal: Principal;
  readonly requestId: string;
}

/** A run, or what stands against it. */
export type Launched = { readonly run: PipelineRun } | { readonly reasons: readonly LaunchReason[] };

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
  const fit = await checkFit(input, { pipeline, dataset, scope }, parts);
  if ('reasons' in fit)
    return await refuse(fit.reasons, { ownerId, datasetId: dataset.id, spec: pipeline.spec }, caller, parts);
  const files = await Promise.all(
    pipeline.files.map(async ({ path, bytes }) => ({ path, ...(await parts.blobs.put([bytes])) })),
  );
  return await store(
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

/** A repetition as a caller asks for it. */
export interface RerunRequest {
  readonly run: PipelineRun;
  readonly engine?: string;
  readonly idempotencyKey: string;
}

/**
 * Repeats a run: the same version of the pipeline, the same parameters, the same bytes of the same subjects. Rights, quotas and the engine
 * are looked at anew.
 * @throws as {@link launchPipeline}
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
    return await refuse(reasons, { ownerId, datasetId: dataset.id, spec: run.spec }, caller, parts);
  return await store(
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

async function knownRun(
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

function checkedKey(key: string): string {
  if (/^[\x21-\x7e]{1,200}$/.test(key)) return key;
  throw new InvalidInputError('idempotencyKey: must be 1 to 200 visible ASCII characters, such as a UUID.', {
    fields: ['idempotencyKey'],
  });
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

async function datasetToRunOn(
  slug: string,
  principal: Principal,
  scope: ReadScope,
  reader: CatalogReader,
): Promise<Dataset> {
  const [dataset] = await reader.datasetsBySlugs([slug], scope);
  if (dataset === undefined)
    throw new NotFoundError('No dataset has this slug, or you may not see it.', { fields: ['dataset'] });
  if (!mayActOn(principal, 'RESEARCHER', dataset.id)) requireRole(principal, 'RESEARCHER', dataset.id);
  return dataset;
}

type Fit =
  | { readonly reasons: readonly LaunchReason[] }
  | { readonly cohort: FrozenCohort; readonly parameters: PipelineRun['parameters']; readonly engine: string };

async function checkFit(
  input: LaunchInput,
  { pipeline, dataset, scope }: { readonly pipeline: Pipeline; readonly dataset: Dataset; readonly scope: ReadScope },
  { reader, launchers }: LaunchParts,
): Promise<Fit> {
  const { spec } = pipeline;
  const variables = new Set((await allVariables(dataset.id, reader, scope)).map(({ name }) => name));
  const { parameters, reasons: faulty } = checkLaunchParameters(spec, input.parameters, variables);
  const engine = input.engine ?? [...launchers.keys()][0] ?? '';
  const ofDataset = datasetReasons(spec, dataset, input.acceptedTerms);
  const cohort = await freezeCohort(dataset, input.where, reader, scope);
  const reasons = [
    ...ofDataset,
    // Who may not see the rows learns nothing of them.
    ...(dataset.rowsVisible
      ? cohortReasons(
          spec,
          { slug: dataset.slug, members: cohort.memberIds.length, variables },
          await lackingModalities(spec, { dataset, where: input.where, scope }, reader),
        )
      : []),
    ...faulty,
    ...(await engineFaults(engine, spec, launchers)),
  ];
  return reasons.length > 0 ? { reasons } : { cohort, parameters, engine };
}

/** How many subjects of a cohort lack each modality that a pipeline takes. */
async function lackingModalities(
  { takes }: PipelineSpec,
  { dataset, where, scope }: { readonly dataset: Dataset; readonly where: SubjectWhere; readonly scope: ReadScope },
  reader: CatalogReader,
): Promise<ReadonlyMap<string, number>> {
  const lacking = new Map<string, number>();
  for (const modality of takes.modalities) {
    const without: SubjectWhere = { and: [where, { not: { modality: { anyOf: [modality] } } }] };
    const counts = await reader.countRows(
      { kind: 'subject', where: without },
      { kind: 'dataset', ids: [dataset.id] },
      scope,
    );
    lacking.set(modality, counts.get(dataset.id) ?? 0);
  }
  return lacking;
}

async function engineFaults(
  engine: string,
  spec: PipelineSpec,
  launchers: ReadonlyMap<string, PipelineLauncher>,
): Promise<readonly LaunchReason[]> {
  const launcher = launchers.get(engine);
  if (launcher === undefined)
    return [
      {
        code: 'ENGINE_UNKNOWN',
        message: `There is no engine "${engine.slice(0, 80)}"; there are ${[...launchers.keys()].join(', ') || 'none'}.`,
      },
    ];
  try {
    return engineReasons(engine, await launcher.capabilities(AbortSignal.timeout(capabilitiesMs)), spec);
  } catch (error) {
    if (error instanceof UpstreamUnavailableError || isTimeout(error)) return [];
    throw error;
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError');
}

async function refuse(
  reasons: readonly LaunchReason[],
  asked: { readonly ownerId: PrincipalId; readonly datasetId: string; readonly spec: PipelineSpec },
  { requestId }: LaunchCaller,
  { runs }: Pick<LaunchParts, 'runs'>,
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

async function store(run: NewRun, caller: LaunchCaller, runs: RunStore): Promise<Launched> {
  const outcome: LaunchOutcome = await runs.launch(run);
  if (outcome.kind === 'conflict') throw keyTaken(outcome.run);
  if (outcome.kind !== 'overQuota') return { run: outcome.run };
  const { used } = outcome;
  const { quota } = run;
  const reason: LaunchReason = {
    code: 'QUOTA_EXCEEDED',
    message: `Your runs take ${used.openRuns} of ${quota.openRuns} places, ${used.openGpus} of ${quota.openGpus} graphics processors and ${Math.round(used.gpuHours)} of ${quota.gpuHours} hours of them within 30 days: wait for one to end, or cancel one.`,
  };
  return await refuse([reason], { ...run, datasetId: run.cohort.datasetId, spec: run.pipeline.spec }, caller, { runs });
}
