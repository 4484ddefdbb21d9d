import { round } from '../judge-figure.ts';
import { seededRandom } from './seeded.ts';

/** What was found in one unit (a paper, a sentence) beside what is there. */
export interface Counts {
  readonly gold: number;
  readonly found: number;
  /** Of the gold ones, those that were found; of the found ones, those that are gold. They differ where two overlap one. */
  readonly rightGold: number;
  readonly rightFound: number;
}

function sums(units: readonly Counts[]): { precision: number; recall: number } {
  const total = (of: keyof Counts): number => units.reduce((sum, unit) => sum + unit[of], 0);
  return {
    precision: total('rightFound') / Math.max(1, total('found')),
    recall: total('rightGold') / Math.max(1, total('gold')),
  };
}

/** Harmonic mean of precision and recall over all units together. */
export function f1(units: readonly Counts[]): number {
  const { precision, recall } = sums(units);
  return precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
}

/** Share of what was found that is right. */
export function precision(units: readonly Counts[]): number {
  return sums(units).precision;
}

/** Share of what is there that was found. */
export function recall(units: readonly Counts[]): number {
  return sums(units).recall;
}

/** `P .91 R .84`. */
export function precisionRecall(units: readonly Counts[]): string {
  return `P ${round(precision(units), 3)} R ${round(recall(units), 3)}`;
}

/** 95 % percentile interval of a measure over 1,000 resamples of the units (seeded), as text. */
export function interval(units: readonly Counts[], measure: (units: readonly Counts[]) => number = f1): string {
  const random = seededRandom(95);
  const values = Array.from({ length: 1000 }, () =>
    measure(units.flatMap(() => units[Math.floor(random() * units.length)] ?? [])),
  ).sort((a, b) => a - b);
  return `${round(values[25] ?? 0, 3)} to ${round(values[974] ?? 0, 3)}`;
}
