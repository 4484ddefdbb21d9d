import { classify } from './classify.ts';
import type { AttributeFinding } from './find-attributes.ts';
import type { CountCandidate } from './find-counts.ts';
import type { CohortModel } from './ports.ts';

/** Below this no number is the cohort's size: the article does not say. */
const leastChance = 0.12;
/** From here on a number is worth proposing beside the chosen one. */
const proposedChance = 0.3;

/** The likeliest number of people studied; of equally likely ones the largest. */
export function chooseCohort(counts: readonly CountCandidate[], model: CohortModel): CountCandidate | undefined {
  return chancesOf(counts, model)
    .filter(({ chance }) => chance >= leastChance)
    .sort((a, b) => b.chance - a.chance || b.count.value - a.count.value)[0]?.count;
}

/** Every number that is likely a count of people studied. */
export function countAttributes(counts: readonly CountCandidate[], model: CohortModel): AttributeFinding[] {
  return chancesOf(counts, model)
    .filter(({ chance }) => chance >= proposedChance)
    .map(({ count, chance }) => ({
      start: count.start,
      end: count.end,
      field: 'subjectCount',
      value: String(count.value),
      label: String(count.value),
      rule: count.rule,
      confidence: Number(chance.toFixed(3)),
    }));
}

function chancesOf(counts: readonly CountCandidate[], model: CohortModel): { count: CountCandidate; chance: number }[] {
  const yes = model.labels.indexOf('YES');
  return counts.map((count) => ({ count, chance: classify(model, count.features)[yes] ?? 0 }));
}
