import { mayActOn, type Principal, type ReadScope, requireRole } from '../access/index.ts';
import type { CatalogReader, Dataset, SubjectWhere } from '../catalog/index.ts';
import { NotFoundError, UpstreamUnavailableError } from '../kernel/errors.ts';
import { cohortReasons, datasetReasons, engineReasons } from './check-fit.ts';
import { checkLaunchParameters } from './check-launch-parameters.ts';
import { allVariables, freezeCohort } from './freeze-cohort.ts';
import type { LaunchInput, LaunchParts } from './launch-model.ts';
import type { PipelineSpec } from './model.ts';
import type { PipelineLauncher } from './ports.ts';
import type { FrozenCohort, LaunchReason, PipelineRun } from './run-model.ts';

/** Time an engine has to say what it can do; one that does not answer keeps nobody from asking for a run. */
const capabilitiesMs = 5_000;

/**
 * The dataset of a launch.
 * @throws NotFoundError when it is not there or not to be seen, ForbiddenError for who is no researcher of it
 */
export async function datasetToRunOn(
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

/** What a launch comes to: what stands against it, or all that a run is made of. */
type Fit =
  | { readonly reasons: readonly LaunchReason[] }
  | { readonly cohort: FrozenCohort; readonly parameters: PipelineRun['parameters']; readonly engine: string };

/** Whether pipeline, data, parameters and engine fit each other; the cohort is frozen on the way. */
export async function checkFit(
  input: LaunchInput,
  { spec, dataset, scope }: { readonly spec: PipelineSpec; readonly dataset: Dataset; readonly scope: ReadScope },
  { reader, launchers }: Pick<LaunchParts, 'reader' | 'launchers'>,
): Promise<Fit> {
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

/** What stands against an engine for a pipeline; nothing of one that does not answer now: the run waits for it. */
export async function engineFaults(
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
