import type { CountStatement } from '../catalog/index.ts';
import type { QuestionReading } from './understand-question.ts';

/** A number in a question that no filter tests: of what, and how large. */
export interface NumberClaim {
  readonly words: string;
  readonly measure: CountStatement['measure'];
  readonly test: string;
  readonly passes: (value: number) => boolean;
}

const number = String.raw`(\d{1,3}(?:[,' ]\d{3})+|\d+)`;
const compared = String.raw`(more than|over|above|at least|>=|≥|>|fewer than|less than|under|below|at most|up to|<=|≤|<)?\s*`;
const measures: readonly (readonly [measure: CountStatement['measure'], nouns: string])[] = [
  ['SUBJECTS', 'subjects?|patients?|participants?|people|persons?|individuals|volunteers?'],
  ['SESSIONS', 'sessions?|visits?|studies'],
  ['SCANS', 'scans?|series'],
  ['IMAGES', 'images?|slices'],
  ['VIDEOS', 'videos?|clips'],
  ['FRAMES', 'frames?'],
  ['CASES', 'cases'],
  ['VARIABLES', 'variables|columns'],
];
/** How far a count may be from a number that is not compared: people round. */
const tolerance = 0.05;
/** Smaller numbers without a comparison are mostly part of a name: type 2 diabetes, trisomy 21. */
const leastBare = 50;

/** Numbers of a question that its filters do not test: "630 patients", "more than 500 videos". */
export function readNumberClaims(text: string, { filters }: QuestionReading): readonly NumberClaim[] {
  const claims: NumberClaim[] = [];
  for (const [measure, nouns] of measures) {
    const pattern = new RegExp(
      String.raw`(?<![\p{L}\p{N}.,-])${compared}${number}\s+(?:[\p{L}-]+\s+){0,2}?(?:${nouns})\b`,
      'giu',
    );
    for (const match of text.matchAll(pattern)) {
      const end = match.index + match[0].length;
      if (filters.some((filter) => filter.start < end && match.index < filter.end)) continue;
      const [words, sign, digits = ''] = match;
      const value = Number(digits.replaceAll(/[,' ]/g, ''));
      if (sign === undefined && value < leastBare) continue;
      claims.push({ words: words.trim(), measure, ...testOf(sign?.toLowerCase(), value) });
    }
  }
  return claims;
}

function testOf(sign: string | undefined, value: number): Pick<NumberClaim, 'test' | 'passes'> {
  switch (sign) {
    case undefined:
      return { test: `about ${value}`, passes: (count) => Math.abs(count - value) <= tolerance * value };
    case 'more than':
    case 'over':
    case 'above':
    case '>':
      return { test: `> ${value}`, passes: (count) => count > value };
    case 'at least':
    case '>=':
    case '≥':
      return { test: `>= ${value}`, passes: (count) => count >= value };
    case 'at most':
    case 'up to':
    case '<=':
    case '≤':
      return { test: `<= ${value}`, passes: (count) => count <= value };
    default:
      return { test: `< ${value}`, passes: (count) => count < value };
  }
}

/** Whether a record's numbers bear a claim out; undefined where it has none of that kind. */
export function bearsOut(claim: NumberClaim, counts: readonly CountStatement[]): boolean | undefined {
  const own = counts.filter(({ measure }) => measure === claim.measure);
  return own.length === 0 ? undefined : own.some(({ value }) => claim.passes(value));
}
