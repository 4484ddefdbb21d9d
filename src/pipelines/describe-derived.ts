import type { ReadScope } from '../access/index.ts';
import type { CatalogReader, Dataset, Vocabulary } from '../catalog/index.ts';
import { canonicalJson } from '../kernel/canonical-json.ts';
import { NotFoundError } from '../kernel/errors.ts';
import type { PipelineRun } from './run-model.ts';

/** Longest slug, and how much of it names the input. */
const longestSlug = 80;
/** Digits of the run's id in the slug: enough that no two runs meet. */
const idDigits = 12;

/** The slug of the dataset that a run makes: input, pipeline and run, so that it is the same however often it is registered. */
export function derivedSlug({ id, cohort, spec }: PipelineRun): string {
  const own = id.replaceAll('-', '').slice(0, idDigits);
  const head = `${cohort.slug}-${spec.name}`.slice(0, longestSlug - idDigits - 1).replace(/-+$/, '');
  return `${head}-${own}`;
}

/**
 * The record of the dataset that a run makes. Access class, licence and terms of use are those of the input: what is made of data is as
 * closed as the data.
 * @param subjects - how many it holds
 * @throws NotFoundError when the input is gone
 */
export async function describeDerived(
  run: PipelineRun,
  subjects: number | undefined,
  { reader, scope }: { readonly reader: CatalogReader; readonly scope: ReadScope },
): Promise<Readonly<Record<string, unknown>>> {
  const [input] = await reader.datasetsByIds([run.cohort.datasetId], scope);
  if (input === undefined) throw new NotFoundError(`The dataset "${run.cohort.slug}" is gone.`);
  const vocabulary = await reader.vocabulary();
  const concepts = async (kind: 'conditions' | 'bodyParts'): Promise<readonly unknown[]> => {
    const links = (await reader.parts(kind, [input.id])).get(input.id) ?? [];
    const byId = new Map(vocabulary.concepts.map((concept) => [concept.id, concept]));
    return links.flatMap(({ conceptId }) => {
      const concept = byId.get(conceptId);
      return concept === undefined ? [] : [{ iri: concept.iri, label: concept.label }];
    });
  };
  return {
    sourceId: run.id,
    slug: derivedSlug(run),
    title: `${input.title}: ${run.spec.title}`.slice(0, 500),
    description: descriptionOf(run, input),
    keywords: [...input.keywords.slice(0, 100), run.spec.name, 'derived data'],
    conditions: await concepts('conditions'),
    bodyParts: await concepts('bodyParts'),
    modalities: ['CLINICAL_TABLE'],
    accessClass: input.accessClass,
    ...(input.accessNote !== undefined && { accessNote: input.accessNote }),
    ...(input.accessUrl !== undefined && { accessUrl: input.accessUrl }),
    dataUseTerms: input.dataUseTerms,
    ...licenseOf(input, vocabulary),
    ...(input.species !== undefined && { species: input.species }),
    simulated: input.simulated,
    ...(subjects !== undefined && { subjectCount: subjects }),
    relations: [
      { type: 'DERIVED_FROM', dataset: input.slug, label: `version ${run.cohort.datasetVersion} of its record` },
    ],
  };
}

function descriptionOf(run: PipelineRun, input: Dataset): string {
  const parameters = canonicalJson(run.parameters);
  return [
    `Made by the pipeline ${run.spec.reference} (${run.spec.title}) from ${run.cohort.memberIds.length} subjects of ${input.title}.`,
    run.spec.description,
    `Parameters: ${parameters.length > 2_000 ? `${parameters.slice(0, 2_000)} …` : parameters}.`,
    `Run ${run.id}, cohort SHA-256 ${run.cohort.sha256}, pipeline SHA-256 ${run.pipelineSha256}.`,
  ].join(' ');
}

function licenseOf({ licenseId }: Dataset, { licenses }: Vocabulary): { readonly license?: object } {
  const license = licenses.find(({ id }) => id === licenseId);
  if (license === undefined) return {};
  const { spdxId, iri, label } = license;
  return { license: { ...(spdxId !== undefined && { spdxId }), ...(iri !== undefined && { iri }), label } };
}
