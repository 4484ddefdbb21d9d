const small = new Set(['the', 'of', 'for', 'and', 'in', 'on', 'a', 'an', 'to', 's', 'de', 'la']);
const spellings: Readonly<Record<string, string>> = { ageing: 'aging', centre: 'center', tumour: 'tumor', colour: 'color', paediatric: 'pediatric', programme: 'program' };

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

/** Nouns of data at a name's end, articles at its start: what is not part of the name itself. */
export function bareName(name: string): string {
  return name
    .replace(/\s+/g, ' ')
    .replace(/^(?:the|our|this|these|a|an) /i, '')
    .replace(/(?:[ -](?:data ?-?sets?|data ?-?bases?|data|cohorts?|corpus|corpora|benchmarks?|collections?|(?:test|training|testing|validation) sets?))+$/i, '')
    .trim();
}

/** `name:` key of an unknown dataset: what two papers must share to mean the same. */
export function nameKey(name: string): string {
  return `name:${nameWords(bareName(name)).join(' ')}`;
}

/** Whether two lists of words are nearly one name: share of the longer list's words that the other has. */
export function wordOverlap(one: readonly string[], other: readonly string[]): number {
  if (one.length === 0 || other.length === 0) return 0;
  const words = new Set(other);
  const shared = one.filter((word) => words.has(word)).length;
  return shared / Math.max(one.length, other.length);
}
