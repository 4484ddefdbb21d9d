import { type CountCandidate, findCounts } from '../../src/literature/mining/find-counts.ts';
import { prepareText } from '../../src/literature/mining/prepare-text.ts';
import { readNumber } from '../../src/literature/mining/read-number.ts';
import type { LabelledDocument } from './neuro-litmining.ts';
import type { Labelled } from './train-linear.ts';

/** A paper with the numbers it states and the largest count that each of its annotators marked. */
export interface CohortPaper {
  readonly paper: string;
  readonly largest: ReadonlySet<number>;
  readonly counts: readonly CountCandidate[];
}

/** Papers of `participant_demographics` in which somebody marked a count. */
export function cohortPapers(labelled: readonly LabelledDocument[]): CohortPaper[] {
  return labelled.flatMap(({ document, byAnnotator }) => {
    const points = Array.from(document.text);
    const largest = byAnnotator.map((labels) =>
      Math.max(
        0,
        ...labels
          .filter(({ name }) => name === 'count' || name.startsWith('N '))
          .map(({ start, end }) => readNumber(points.slice(start, end).join('').trim()) ?? 0),
      ),
    );
    const marked = largest.filter((value) => value > 0);
    if (marked.length === 0) return [];
    const counts = findCounts(prepareText(document.article));
    return [{ paper: document.id, largest: new Set(marked), counts }];
  });
}

/** What the model of the cohort's size learns from: every number a paper states, and whether it is the largest marked one. */
export function cohortExamples(papers: readonly CohortPaper[]): Labelled<'YES' | 'NO'>[] {
  return papers.flatMap(({ largest, counts }) =>
    counts.map(({ features, value }) => ({ features, label: largest.has(value) ? 'YES' : 'NO' })),
  );
}
