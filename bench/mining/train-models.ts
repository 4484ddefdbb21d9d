import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readShippedGazetteer } from '../../src/literature/adapters/mining-files.ts';
import type { CohortModel, Gazetteer, MentionRole, RoleModel } from '../../src/literature/index.ts';
import { type CohortPaper, cohortExamples, cohortPapers } from './cohort-examples.ts';
import { type LabelledDocument, type NeuroDocument, readDocuments, readLabels } from './neuro-litmining.ts';
import { silverExamples, type UsePair, usePairs } from './role-examples.ts';
import { prototypeExamples } from './role-prototypes.ts';
import { type Labelled, trainLinear } from './train-linear.ts';

/** Everything of neuro-litmining that models are trained and judged on. */
export interface TrainingTexts {
  readonly documents: readonly NeuroDocument[];
  readonly tracked: readonly LabelledDocument[];
  readonly demographics: readonly LabelledDocument[];
  /** Names of the datasets that annotators looked for. */
  readonly datasetLabels: readonly string[];
  readonly gazetteer: Gazetteer;
}

/** Reads the collection. */
export function readTrainingTexts(folder: string): TrainingTexts {
  const documents = readDocuments(folder);
  const labels = readFileSync(`${folder}/tracking_open_datasets.labels.jsonl`, 'utf8').matchAll(
    /"name":"(ds - [^"]*)"/g,
  );
  return {
    documents,
    tracked: readLabels(folder, 'tracking_open_datasets', documents),
    demographics: readLabels(folder, 'participant_demographics', documents),
    datasetLabels: [...labels].map(([, name = '']) => name),
    gazetteer: readShippedGazetteer(new URL('../../data/', import.meta.url)),
  };
}

/** Roles: annotated uses, and silver examples of the roles that nobody annotated. */
export function trainRole(pairs: readonly UsePair[], silver: readonly Labelled<MentionRole>[]): RoleModel {
  const examples = pairs.flatMap(({ features, used }): Labelled<MentionRole>[] =>
    features === undefined ? [] : [{ features, label: used ? 'USES' : 'BACKGROUND' }],
  );
  // The many silver examples must not outvote the few that people made.
  const weight = Math.min(1, 40 / Math.max(1, silver.filter((example) => example.weight === undefined).length));
  const all = [...examples, ...silver.map((example) => ({ weight, ...example }))];
  return trainLinear(['INTRODUCES', 'DEPOSITS', 'USES', 'BACKGROUND'], all, { penalty: 4, steps: 200, least: 3 });
}

/** The cohort's size. */
export function trainCohort(papers: readonly CohortPaper[]): CohortModel {
  return trainLinear(['YES', 'NO'], cohortExamples(papers), { penalty: 2, steps: 150, least: 3 });
}

/** Silver examples from papers that carry no label of a dataset, and plain sentences of our own. */
export function silverOf({ documents, tracked, gazetteer }: TrainingTexts): Labelled<MentionRole>[] {
  const labelled = new Set(tracked.map(({ document }) => document));
  return [
    ...silverExamples(
      documents.filter((document) => !labelled.has(document)),
      gazetteer,
    ),
    ...prototypeExamples(gazetteer),
  ];
}

if (import.meta.main) {
  const texts = readTrainingTexts(process.argv[2] ?? '../shared/data/neuro-litmining');
  const out = new URL('../../data/mining/', import.meta.url);
  mkdirSync(out, { recursive: true });
  const silver = silverOf(texts);
  const role = trainRole(usePairs(texts.tracked, texts.gazetteer, texts.datasetLabels), silver);
  const cohort = trainCohort(cohortPapers(texts.demographics));
  writeFileSync(new URL('role-model.json', out), `${JSON.stringify(role)}\n`);
  writeFileSync(new URL('cohort-model.json', out), `${JSON.stringify(cohort)}\n`);
  process.stdout.write(
    `role: ${silver.length} silver examples, ${Object.keys(role.weights).length} features; cohort: ${Object.keys(cohort.weights).length} features\n`,
  );
}
