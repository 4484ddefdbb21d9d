import type { DatasetWhere } from '../catalog/index.ts';
import type { Filter } from '../retrieval/index.ts';

/** A test that words of the question ask for. */
export interface WordFilter {
  /** The field as `where` calls it; `age` and `format` are known to the index alone. */
  readonly field: 'accessClass' | 'subjectCount' | 'year' | 'modality' | 'condition' | 'bodyPart' | 'format' | 'age';
  /** The test in words, such as `>= 501` or `not CT`. */
  readonly test: string;
  /** The words that ask for it, as they stand in the question. */
  readonly words: string;
  readonly start: number;
  readonly end: number;
  /** The test by the database. */
  readonly where?: DatasetWhere;
  /** The test by the index. */
  readonly narrow?: Filter;
  /** What the database can test in place of the index while that is away. */
  readonly instead?: DatasetWhere;
  /** Whether the words still rank what passes: "fMRI" does, "more than 500 subjects" does not. */
  readonly ranks: boolean;
}

type Meaning = Omit<WordFilter, 'words' | 'start' | 'end' | 'ranks'>;
interface Rule {
  readonly pattern: RegExp;
  /** Undefined where the words turn out to mean something else. */
  readonly read: (match: RegExpMatchArray) => Meaning | undefined;
}

const number = String.raw`(\d{1,3}(?:[,' ]\d{3})+|\d+(?:\.\d+)?k?)`;
/** One that no age and hardly a score could be. */
const large = String.raw`(\d{1,3}(?:[,' ]\d{3})+|\d{3,}|\d+k)`;
/** Nothing before it that the number could be of: "glucose over 126". */
const apart = String.raw`(?<=(?:^|,|;|\bwith|\band)\s*)`;
const more = String.raw`(?:more than|over|above|greater than|>)`;
const least = String.raw`(?:at least|minimum(?: of)?|min\.?|>=|≥|no fewer than|not less than)`;
const fewer = String.raw`(?:fewer than|less than|under|below|<)`;
const most = String.raw`(?:at most|up to|maximum(?: of)?|max\.?|<=|≤|no more than|not more than)`;
const compared = String.raw`(${more}|${least}|${fewer}|${most})\s*`;
const until = String.raw`\s*(?:-|–|—|to|and)\s*`;
const people =
  '(?:subjects?|patients?|participants?|people|persons?|individuals|cases|volunteers?|children|adults|controls|men|women|adolescents|twins|samples)';
/** Words between the number and the people stay text: "1,000 stroke patients". */
const counted = String.raw`(?:\s+${people}\b|(?=(?:\s+(?!years?\b|yrs?\b|in\b|of\b|with\b)[\p{L}-]+){1,2}?\s+${people}\b))`;
const years = String.raw`\s*(?:years?(?:[- ]olds?| of age)?|yrs?|y\/?o)\b`;

/**
 * Years of age stand before counts: "adults over 60" is no number of adults. A number of nothing in particular is one of subjects
 * where it stands for itself, as in "at least 600".
 */
const rules: readonly Rule[] = [
  rule(String.raw`\b(?:aged?|ages)\s+(?:from\s+|between\s+)?${number}${until}${number}(?:${years})?`, ([, from, to]) =>
    ageWithin(from, to),
  ),
  rule(String.raw`\b(?:between\s+)?${number}${until}${number}${years}`, ([, from, to]) => ageWithin(from, to)),
  rule(String.raw`\b(?:aged?\s+)?${compared}${number}${years}`, ([, sign, value]) => ageCompared(sign, value)),
  rule(String.raw`\baged?\s+${compared}${number}\b`, ([, sign, value]) => ageCompared(sign, value)),
  rule(String.raw`\bolder than\s+${number}(?:${years})?`, ([, value]) => age(read(value) + 1, undefined)),
  rule(String.raw`\byounger than\s+${number}(?:${years})?`, ([, value]) => age(undefined, read(value) - 1)),
  rule(String.raw`\baged?\s+${number}\s*\+|\b${number}\s*\+${years}`, ([, aged, years]) =>
    age(read(aged ?? years), undefined),
  ),
  rule(String.raw`\b(?:aged?\s+)?${number}(?:${years})?,?\s+(?:and|or) (?:older|over|above)\b`, ([, value]) =>
    age(read(value), undefined),
  ),
  rule(String.raw`\b(?:aged?\s+)?${number}(?:${years})?,?\s+(?:and|or) (?:younger|under|below)\b`, ([, value]) =>
    age(undefined, read(value)),
  ),
  rule(String.raw`(?<=\b${people}\s)${compared}(\d{1,2})\b(?!\s*[\p{L}-]*\s*${people})`, ([, sign, value]) =>
    ageCompared(sign, value),
  ),
  rule(String.raw`\b(?:between\s+)${number}${until}${number}${counted}`, ([, from, to]) => countWithin(from, to)),
  rule(String.raw`\b${number}${until}${number}${counted}`, ([, from, to]) => countWithin(from, to)),
  rule(String.raw`(?:\b|(?<=\s|^))${compared}${number}${counted}`, ([, sign, value]) => countCompared(sign, value)),
  rule(String.raw`\b[nN]\s*${compared}${number}\b`, ([, sign, value]) => countCompared(sign, value)),
  rule(String.raw`${apart}${compared}${large}(?=\s*(?:[,;.]|$))`, ([, sign, value]) => countCompared(sign, value)),
  rule(String.raw`${apart}${large}\s*(?:\+|or more)(?=\s*(?:[,;.]|$))`, ([, value]) => count(read(value), undefined)),
  rule(String.raw`\b[nN]\s*=\s*${number}\b`, ([, value]) => count(read(value), read(value))),
  rule(String.raw`\b${number}\+${counted}`, ([, value]) => count(read(value), undefined)),
  rule(String.raw`\b${number} or more${counted}`, ([, value]) => count(read(value), undefined)),
  rule(String.raw`\b(?:(?:published|released|issued)\s+)?(?:since|from)\s+((?:19|20)\d\d)\b`, ([, year]) =>
    issued({ gte: Number(year) }),
  ),
  rule(String.raw`\b(?:published|released|issued)\s+after\s+((?:19|20)\d\d)\b`, ([, year]) =>
    issued({ gte: Number(year) + 1 }),
  ),
  rule(String.raw`\b(?:published|released|issued)\s+before\s+((?:19|20)\d\d)\b`, ([, year]) =>
    issued({ lte: Number(year) - 1 }),
  ),
  rule(String.raw`\b(?:published|released|issued)\s+in\s+((?:19|20)\d\d)\b`, ([, year]) =>
    issued({ eq: Number(year) }),
  ),
  rule(
    String.raw`\b(?:but )?(?:not|non|no|without)[- ](?:any )?(?:restricted|controlled)(?:[- ]access)?\b|\bunrestricted\b|\b(?:no|without)(?: any)? restrictions?\b`,
    () => notRestricted,
  ),
  rule(String.raw`\b(?:but )?(?:not |non-)(?:openly |freely |publicly )?(?:open|public|available)\b`, () => restricted),
  rule(String.raw`\b(?:for |allow(?:s|ing) |with )?(?<!non-)(?<!non)(?<!non )commercial use\b`, () =>
    access('eq OPEN', { eq: 'OPEN' }),
  ),
  rule(String.raw`\bnon-?\s?commercial(?: use)?\b`, () =>
    access('eq OPEN_NON_COMMERCIAL', { eq: 'OPEN_NON_COMMERCIAL' }),
  ),
  rule(String.raw`\b(?:restricted|controlled)(?:[- ]access)?\b`, () => restricted),
  rule(
    String.raw`\b(?:open|openly|publicly|freely)[- ](?:access(?:ible)?|available|licen[sc]ed|shared)\b`,
    () => notRestricted,
  ),
  rule(
    String.raw`(?<!eyes )(?<!eye )(?<!-)\bopen\b(?!-| (?:eyes?|label|source|science|surgery|field|angle|heart))`,
    () => notRestricted,
  ),
  rule(String.raw`\b(?:in )?BIDS(?:[- ](?:format(?:ted)?|compliant|compatible))?\b`, () => format('BIDS')),
  rule(String.raw`\b(?:in )?NIfTI(?: format)?\b`, () => format('NIfTI')),
  rule(String.raw`\b(?:in )?DICOM(?: format)?\b`, () => format('DICOM')),
];

const notRestricted = access('not RESTRICTED', { in: ['OPEN', 'OPEN_NON_COMMERCIAL'] });
const restricted = access('eq RESTRICTED', { eq: 'RESTRICTED' });

/** Numbers, years, ages, formats and conditions of access that a question asks for; earlier rules take their words first. */
export function findWordFilters(text: string): readonly WordFilter[] {
  const found: WordFilter[] = [];
  for (const { pattern, read: meaningOf } of rules) {
    for (const match of text.matchAll(pattern)) {
      const [start, end] = [match.index, match.index + match[0].length];
      if (found.some((other) => start < other.end && other.start < end)) continue;
      const meaning = meaningOf(match);
      if (meaning !== undefined) found.push({ ...meaning, words: match[0].trim(), start, end, ranks: false });
    }
  }
  return found.sort((a, b) => a.start - b.start);
}

function rule(source: string, meaningOf: Rule['read']): Rule {
  return { pattern: new RegExp(source, 'giu'), read: meaningOf };
}

function read(text: string | undefined): number {
  const digits = (text ?? '').replaceAll(/[,' ]/g, '');
  return digits.endsWith('k') ? Number(digits.slice(0, -1)) * 1_000 : Number(digits);
}

function bounds(sign: string | undefined, value: number): { readonly gte?: number; readonly lte?: number } {
  const word = (sign ?? '').toLowerCase();
  if (new RegExp(`^${least}$`, 'u').test(word)) return { gte: value };
  if (new RegExp(`^${most}$`, 'u').test(word)) return { lte: value };
  return new RegExp(`^${more}$`, 'u').test(word) ? { gte: value + 1 } : { lte: value - 1 };
}

function count(from: number | undefined, to: number | undefined): Meaning {
  return {
    field: 'subjectCount',
    test: described(from, to),
    where: { subjectCount: { ...(from !== undefined && { gte: from }), ...(to !== undefined && { lte: to }) } },
  };
}

/** A range is one whichever end is named first. */
function countWithin(from: string | undefined, to: string | undefined): Meaning {
  const [low = 0, high = 0] = [read(from), read(to)].sort((a, b) => a - b);
  return count(low, high);
}

function countCompared(sign: string | undefined, value: string | undefined): Meaning {
  const { gte, lte } = bounds(sign, read(value));
  return count(gte, lte);
}

function ageCompared(sign: string | undefined, value: string | undefined): Meaning | undefined {
  const { gte, lte } = bounds(sign, read(value));
  return age(gte, lte);
}

function ageWithin(from: string | undefined, to: string | undefined): Meaning | undefined {
  const [low = 0, high = 0] = [read(from), read(to)].sort((a, b) => a - b);
  return age(low, high);
}

/** People of these ages are among those of the dataset. */
function age(from: number | undefined, to: number | undefined): Meaning | undefined {
  if ((from ?? to ?? 0) > 120) return undefined;
  return {
    field: 'age',
    test: `${described(from, to)} years`,
    narrow: {
      kind: 'all',
      of: [
        ...(from === undefined ? [] : [{ kind: 'range', field: 'ageTo', gte: from } as const]),
        ...(to === undefined ? [] : [{ kind: 'range', field: 'ageFrom', lte: to } as const]),
      ],
    },
  };
}

function issued(test: NonNullable<DatasetWhere['year']>): Meaning {
  return { field: 'year', test: described(test.gte ?? test.eq, test.lte ?? test.eq), where: { year: test } };
}

function access(test: string, accessClass: NonNullable<DatasetWhere['accessClass']>): Meaning {
  return { field: 'accessClass', test, where: { accessClass } };
}

function format(name: string): Meaning {
  return { field: 'format', test: `eq ${name}`, narrow: { kind: 'anyOf', field: 'formats', values: [name] } };
}

function described(from: number | undefined, to: number | undefined): string {
  if (from === undefined) return `<= ${to ?? ''}`;
  if (to === undefined) return `>= ${from}`;
  return from === to ? `eq ${from}` : `${from} to ${to}`;
}
