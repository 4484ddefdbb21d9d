import type { LinearModel } from '../../src/literature/index.ts';
import { classify } from '../../src/literature/mining/classify.ts';

/** Features with what they should be told to be. */
export interface Labelled<Label extends string> {
  readonly features: readonly string[];
  readonly label: Label;
  /** How much it counts; 1 unless a class is rare. */
  readonly weight?: number;
}

/**
 * Multinomial logistic regression with an L2 penalty, by full-batch gradient descent with a step per weight (Adagrad): the same
 * examples give the same weights whatever the machine's number of threads. Features of one example alone are left out.
 */
export function trainLinear<Label extends string>(
  labels: readonly Label[],
  examples: readonly Labelled<Label>[],
  { penalty = 0.02, steps = 300, least = 2 } = {},
): LinearModel<Label> {
  const kept = frequent(examples, least);
  const model = { labels, bias: labels.map(() => 0), weights: emptyWeights(kept, labels.length) };
  const squares = new Map<string, number[]>();
  for (let step = 0; step < steps; step += 1) {
    const slopes = slopesOf(model, kept);
    for (const [feature, slope] of slopes) {
      const row = feature === '' ? model.bias : (model.weights[feature] ?? []);
      const square = squares.get(feature) ?? labels.map(() => 1e-8);
      slope.forEach((value, label) => {
        const pulled = value + (feature === '' ? 0 : penalty * (row[label] ?? 0));
        square[label] = (square[label] ?? 0) + pulled * pulled;
        row[label] = (row[label] ?? 0) - (0.15 * pulled) / Math.sqrt(square[label]);
      });
      squares.set(feature, square);
    }
  }
  return { labels, bias: model.bias.map(rounded), weights: nonZero(model.weights) };
}

function frequent<Label extends string>(examples: readonly Labelled<Label>[], least: number): Labelled<Label>[] {
  const counts = new Map<string, number>();
  for (const { features } of examples)
    for (const feature of new Set(features)) counts.set(feature, (counts.get(feature) ?? 0) + 1);
  return examples.map((example) => ({
    ...example,
    features: example.features.filter((feature) => (counts.get(feature) ?? 0) >= least),
  }));
}

function emptyWeights<Label extends string>(
  examples: readonly Labelled<Label>[],
  labels: number,
): Record<string, number[]> {
  const features = [...new Set(examples.flatMap(({ features: own }) => own))].sort();
  return Object.fromEntries(features.map((feature) => [feature, Array.from({ length: labels }, () => 0)]));
}

function slopesOf<Label extends string>(
  model: LinearModel<Label>,
  examples: readonly Labelled<Label>[],
): Map<string, number[]> {
  const slopes = new Map<string, number[]>();
  for (const { features, label, weight = 1 } of examples) {
    const errors = classify(model, features).map(
      (chance, at) => weight * (chance - (model.labels[at] === label ? 1 : 0)),
    );
    for (const feature of ['', ...features]) {
      const slope = slopes.get(feature) ?? errors.map(() => 0);
      errors.forEach((error, at) => {
        slope[at] = (slope[at] ?? 0) + error;
      });
      slopes.set(feature, slope);
    }
  }
  return slopes;
}

function nonZero(weights: Readonly<Record<string, readonly number[]>>): Record<string, number[]> {
  return Object.fromEntries(
    Object.entries(weights)
      .map(([feature, row]): [string, number[]] => [feature, row.map(rounded)])
      .filter(([, row]) => row.some((value) => Math.abs(value) >= 0.01)),
  );
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
