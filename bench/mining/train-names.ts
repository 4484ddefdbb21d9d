import { mkdirSync, writeFileSync } from 'node:fs';
import type { NameModel } from '../../src/literature/index.ts';
import { bestPath, nameFeatures } from '../../src/literature/mining/tag-names.ts';
import { tokenize } from '../../src/literature/mining/tokenize.ts';
import { type NamedSentence, readNamedSentences } from './dataset-ner.ts';
import { seededRandom, shuffled } from './seeded.ts';

/** A sentence as the trainer sees it: features per token, and the marks that are right. */
interface Example {
  readonly features: readonly (readonly string[])[];
  readonly path: readonly number[];
}

/**
 * Averaged structured perceptron (Collins 2002) over the marks B, I and O. The same sentences, seed and passes give the same weights,
 * byte for byte.
 */
export function trainNames(sentences: readonly NamedSentence[], passes = 10, seed = 20): NameModel {
  const examples = frequentOnly(sentences.map(exampleOf));
  const learner = new AveragedWeights();
  const random = seededRandom(seed);
  for (let pass = 0; pass < passes; pass += 1)
    for (const example of shuffled(examples, random)) learnFrom(example, learner);
  return learner.model();
}

function exampleOf({ text, names }: NamedSentence): Example {
  const tokens = tokenize(text, { start: 0, end: text.length });
  const path = tokens.map(({ start, end }, at) => {
    const name = names.find(([from, to]) => start < to && from < end);
    if (name === undefined) return 2;
    const before = tokens[at - 1];
    return before !== undefined && before.start < name[1] && name[0] < before.end ? 1 : 0;
  });
  return { features: nameFeatures(tokens), path };
}

/** Without features that a single token has: they say nothing about other texts. */
function frequentOnly(examples: readonly Example[]): Example[] {
  const counts = new Map<string, number>();
  for (const { features } of examples)
    for (const feature of features.flat()) counts.set(feature, (counts.get(feature) ?? 0) + 1);
  return examples.map(({ features, path }) => ({
    features: features.map((token) => token.filter((feature) => (counts.get(feature) ?? 0) > 2)),
    path,
  }));
}

function learnFrom({ features, path }: Example, learner: AveragedWeights): void {
  learner.now += 1;
  const scores = features.map((token) => learner.score(token));
  const guess = bestPath(scores, learner.steps());
  if (guess.every((mark, at) => mark === path[at])) return;
  guess.forEach((mark, at) => {
    const right = path[at] ?? 2;
    const [before, rightBefore] = [guess[at - 1], path[at - 1]];
    if (before !== undefined && rightBefore !== undefined) {
      learner.add(`step:${rightBefore}`, right, 1);
      learner.add(`step:${before}`, mark, -1);
    }
    if (mark === right) return;
    for (const feature of features[at] ?? []) {
      learner.add(feature, right, 1);
      learner.add(feature, mark, -1);
    }
  });
}

/** Weights with the sum of all their past values, so that the average over all updates can be taken at the end. */
class AveragedWeights {
  now = 0;
  readonly #rows = new Map<string, { value: [number, number, number]; debt: [number, number, number] }>();

  add(feature: string, mark: number, by: number): void {
    const row = this.#rows.get(feature) ?? { value: [0, 0, 0], debt: [0, 0, 0] };
    row.value[mark] = (row.value[mark] ?? 0) + by;
    row.debt[mark] = (row.debt[mark] ?? 0) + by * this.now;
    this.#rows.set(feature, row);
  }

  score(features: readonly string[]): [number, number, number] {
    const scores: [number, number, number] = [0, 0, 0];
    for (const feature of features) {
      const value = this.#rows.get(feature)?.value;
      if (value === undefined) continue;
      scores[0] += value[0];
      scores[1] += value[1];
      scores[2] += value[2];
    }
    return scores;
  }

  steps(): NameModel['steps'] {
    return [0, 1, 2].map((mark) => this.#rows.get(`step:${mark}`)?.value ?? [0, 0, 0]);
  }

  /** Averages, as hundredths of the mean: whole numbers keep the file small. */
  model(): NameModel {
    const average = (feature: string): [number, number, number] => {
      const row = this.#rows.get(feature) ?? { value: [0, 0, 0], debt: [0, 0, 0] };
      const at = (mark: 0 | 1 | 2): number => Math.round(100 * (row.value[mark] - row.debt[mark] / (this.now + 1)));
      return [at(0), at(1), at(2)];
    };
    const weights: Record<string, [number, number, number]> = {};
    for (const feature of [...this.#rows.keys()].sort()) {
      const row = average(feature);
      if (!feature.startsWith('step:') && Math.max(...row) - Math.min(...row) >= 60) weights[feature] = row;
    }
    return { weights, steps: [0, 1, 2].map((mark) => average(`step:${mark}`)) };
  }
}

if (import.meta.main) {
  const folder = process.argv[2] ?? '../shared/data/dataset-ner';
  const out = new URL('../../data/mining/', import.meta.url);
  mkdirSync(out, { recursive: true });
  const model = trainNames(readNamedSentences(folder, 'Train'));
  writeFileSync(new URL('name-model.json', out), `${JSON.stringify(model)}\n`);
  process.stdout.write(`${Object.keys(model.weights).length} features\n`);
}
