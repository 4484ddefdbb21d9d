import type { LinearModel } from './ports.ts';

/** Probabilities of a linear model's labels for a set of features (softmax), in the order of `model.labels`. */
export function classify<Label extends string>(model: LinearModel<Label>, features: readonly string[]): number[] {
  const scores = [...model.bias];
  for (const feature of features) {
    const row = Object.hasOwn(model.weights, feature) ? model.weights[feature] : undefined;
    if (row === undefined) continue;
    for (let label = 0; label < scores.length; label += 1) scores[label] = (scores[label] ?? 0) + (row[label] ?? 0);
  }
  const highest = Math.max(...scores);
  const raised = scores.map((score) => Math.exp(score - highest));
  const total = raised.reduce((sum, value) => sum + value, 0);
  return raised.map((value) => value / total);
}
