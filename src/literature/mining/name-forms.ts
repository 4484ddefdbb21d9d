const small = new Set(['the', 'of', 'for', 'and', 'in', 'on', 'a', 'an', 'to', 's', 'de', 'la']);
const spellings: Readonly<Record<string, string>> = {
  ageing: 'aging',
  centre: 'center',
  tumour: 'tumor',
  colour: 'color',
  paediatric: 'pediatric',
  programme: 'program',
};

/** A word as names are compared by: lower case, British spelling and plural folded. */
export function foldWord(word: string): string {
  const lower = word.toLowerCase();
  const spelled = spellings[lower] ?? lower;
  return spelled.length > 4 && spelled.endsWith('s') && !spelled.endsWith('ss') ? spelled.slice(0, -1) : spelled;
}

/** Words that names are compared without. */
export function isSmallWord(word: string): boolean {
  return small.has(word);
}

/** The words of a name that count. */
export function nameWords(name: string): string[] {
  return [...name.matchAll(/[\p{L}\p{N}]+/gu)].map(([word]) => foldWord(word)).filter((word) => !small.has(word));
}

/** A name without article and without the noun of data behind it; a noun with a capital is part of it ("Natural Scenes Dataset"). */
export function bareName(name: string): string {
  return name
    .replace(/\s+/g, ' ')
    .replace(/^(?:the|our|this|these|a|an) /i, '')
    .replace(
      /(?:[ -](?:data ?-?sets?|data ?-?bases?|data|cohorts?|corpus|corpora|benchmarks?|collections?|(?:test|training|testing|validation) sets?))+$/,
      '',
    )
    .trim();
}

const keyNouns = new Set(
  'dataset data set database cohort corpu corpora benchmark collection study project'.split(' '),
);

/** `name:` key of an unknown dataset: what two papers must share to mean the same. Nouns at its end do not count. */
export function nameKey(name: string): string {
  const words = nameWords(bareName(name));
  while (words.length > 1 && keyNouns.has(words.at(-1) ?? '')) words.pop();
  return `name:${words.join(' ')}`;
}

/** Whether two lists of words are nearly one name: share of the longer list's words that the other has. */
export function wordOverlap(one: readonly string[], other: readonly string[]): number {
  if (one.length === 0 || other.length === 0) return 0;
  const words = new Set(other);
  const shared = one.filter((word) => words.has(word)).length;
  return shared / Math.max(one.length, other.length);
}
