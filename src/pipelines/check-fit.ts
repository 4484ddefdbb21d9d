import type { Dataset } from '../catalog/index.ts';
import { engineMisfits } from './check-engine.ts';
import type { EngineCapabilities, PipelineSpec } from './model.ts';
import type { LaunchReason } from './run-model.ts';

/**
 * Terms of the GA4GH Data Use Ontology that bind a person or a project, so that somebody has to say that they are met. The others
 * (general research, health research, not for profit) hold for every run and go on to what it makes.
 */
const termsToAccept: Readonly<Record<string, string>> = {
  'DUO:0000007': 'only for research on one disease',
  'DUO:0000012': 'only for one kind of research',
  'DUO:0000016': 'only for genetic studies',
  'DUO:0000019': 'results must be published',
  'DUO:0000020': 'the study that gave the data must be worked with',
  'DUO:0000021': 'approval of an ethics board is needed',
  'DUO:0000022': 'only in some places',
  'DUO:0000024': 'nothing may be published before a day',
  'DUO:0000025': 'only for some time',
  'DUO:0000026': 'only for approved persons',
  'DUO:0000027': 'only within an approved project',
  'DUO:0000028': 'only within an approved institution',
  'DUO:0000029': 'derived data must be returned',
};

/** What stands against a pipeline on a dataset, whatever its rows are. */
export function datasetReasons(spec: PipelineSpec, dataset: Dataset, accepted: readonly string[]): LaunchReason[] {
  const reasons: LaunchReason[] = [];
  if (dataset.status === 'WITHDRAWN')
    reasons.push({ code: 'DATASET_NOT_FIT', message: `The dataset "${dataset.slug}" was withdrawn.` });
  if (spec.takes.datasets !== undefined && !spec.takes.datasets.includes(dataset.slug))
    reasons.push({
      code: 'DATASET_NOT_FIT',
      message: `${spec.reference} takes ${spec.takes.datasets.join(', ')}, not ${dataset.slug}.`,
    });
  if (!dataset.rowsVisible)
    reasons.push({
      code: 'NO_ACCESS_TO_ROWS',
      message: `You may not see the rows of "${dataset.slug}" (${dataset.accessClass}): ask for a grant${dataset.accessUrl === undefined ? '' : ` at ${dataset.accessUrl}`}.`,
    });
  for (const term of dataset.dataUseTerms) {
    const meaning = termsToAccept[term];
    if (meaning !== undefined && !accepted.includes(term))
      reasons.push({
        code: 'DATA_USE_NOT_ACCEPTED',
        message: `"${dataset.slug}" is given under ${term} (${meaning}): say that you meet it with acceptedTerms: ["${term}"].`,
      });
  }
  return reasons;
}

/** What stands against a pipeline on a cohort. */
export function cohortReasons(
  { reference, takes }: PipelineSpec,
  cohort: { readonly slug: string; readonly members: number; readonly variables: ReadonlySet<string> },
  lacking: ReadonlyMap<string, number>,
): LaunchReason[] {
  const { slug, members, variables } = cohort;
  const atLeast = Math.max(1, takes.subjectsAtLeast);
  const reasons: LaunchReason[] = [];
  if (members < atLeast)
    reasons.push({
      code: 'EMPTY_COHORT',
      message: `${members} subjects of "${slug}" pass the filter; ${reference} needs at least ${atLeast}.`,
    });
  for (const name of takes.variables.filter((variable) => !variables.has(variable)))
    reasons.push({
      code: 'VARIABLE_MISSING',
      message: `"${slug}" has no variable "${name}", which ${reference} needs.`,
    });
  for (const [modality, number] of lacking)
    if (number > 0)
      reasons.push({ code: 'MODALITY_MISSING', message: `${number} of ${members} subjects have no ${modality}.` });
  if (takes.modalities.length > 0)
    reasons.push({
      code: 'FILES_NOT_HELD',
      message: `${reference} reads images (${takes.modalities.join(', ')}), and this catalog holds none of "${slug}".`,
    });
  return reasons;
}

/** What an engine cannot give to a pipeline. */
export function engineReasons(engine: string, can: EngineCapabilities, spec: PipelineSpec): LaunchReason[] {
  const misfits = [...engineMisfits(engine, spec.limits, can)];
  if (spec.image !== undefined && !can.runsImages) misfits.push(`${engine} runs no container images.`);
  return misfits.map((message) => ({ code: 'ENGINE_UNFIT', message }));
}
