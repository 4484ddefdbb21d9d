/** Years of age, both ends included. */
export interface AgeRange {
  readonly from: number;
  readonly to: number;
}

const number = String.raw`(\d{1,3}(?:\.\d+)?)`;
const until = String.raw`\s*(?:-|–|—|to|and|through)\s*`;
const years = String.raw`\s*(?:years?|yrs?|y\.?o\.?|years?-old)`;

/** Ways to write a range of ages: two numbers with a word that says that they are years of age. */
const patterns = [
  new RegExp(
    String.raw`\b(?:ages?|aged|age range[^.\d]{0,20})[:\s=]*(?:from\s+|between\s+)?${number}${until}${number}`,
    'gi',
  ),
  new RegExp(String.raw`\b(?:between|from)?\s*${number}${until}${number}${years}`, 'gi'),
];

/** What groups of people are called, with the ages meant where no number stands. */
const groups: readonly (readonly [pattern: RegExp, range: AgeRange])[] = [
  [
    /\b(?:older|elderly|senior) (?:adults?|people|participants|subjects|volunteers)\b|\bthe elderly\b/i,
    { from: 60, to: 90 },
  ],
  [/\byoung(?:er)? adults?\b/i, { from: 18, to: 35 }],
  [/\b(?:children|paediatric|pediatric|school-age)\b/i, { from: 5, to: 12 }],
  [/\b(?:adolescents?|adolescence|teenagers?)\b/i, { from: 12, to: 17 }],
];

const oldest = 120;

/** The ages that a record's prose says people have, numbers and names of groups alike; undefined when it says nothing of age. */
export function readAges(prose: string): AgeRange | undefined {
  // One space at most between words: the patterns would try every one of thousands.
  const text = prose.replaceAll(/\s+/g, ' ');
  const ranges = [
    ...patterns.flatMap((pattern) =>
      [...text.matchAll(pattern)].map(([, from, to]) => ({ from: Number(from), to: Number(to) })),
    ),
    ...groups.flatMap(([pattern, range]) => (pattern.test(text) ? [range] : [])),
  ].filter(({ from, to }) => from < to && to <= oldest);
  if (ranges.length === 0) return undefined;
  return { from: Math.min(...ranges.map(({ from }) => from)), to: Math.max(...ranges.map(({ to }) => to)) };
}
