import { stemEnglish } from './stem-english.ts';

/** English words too common to tell documents apart: Lucene's list. */
// biome-ignore format: a table
const stopWords = new Set(['a', 'an', 'and', 'are', 'as', 'at', 'be', 'but', 'by', 'for', 'if', 'in', 'into', 'is', 'it', 'no', 'not', 'of', 'on', 'or', 'such', 'that', 'the', 'their', 'then', 'there', 'these', 'they', 'this', 'to', 'was', 'will', 'with']);

/** A word of a text with the terms it is indexed under. */
export interface AnalyzedWord {
  /** One or more terms; the first is the main one. */
  readonly terms: readonly string[];
  /** Code-unit offsets of the word in the text. */
  readonly start: number;
  readonly end: number;
}

/** Letters and digits, joined by single hyphens, slashes, dots, underscores or plus signs when both sides go on. */
const wordPattern = /[\p{L}\p{N}\p{M}]+(?:[-‐‑'’./_+][\p{L}\p{N}\p{M}]+)*/gu;

/**
 * Splits an English text into words and terms. Plain words are stemmed. Acronyms and gene-like tokens (two capitals, or a digit)
 * are kept as they are beside their stem, so that "ABIDE", "abide" and "OASIS", "oasis" meet and a stemmer cannot eat them.
 * Compounds give their parts and the whole: "IL-6" is `il6`, `il`, `6`; "rs-fMRI" is `rsfmri`, `rs`, `fmri`.
 */
export function analyzeText(text: string): readonly AnalyzedWord[] {
  const words: AnalyzedWord[] = [];
  for (const match of text.matchAll(wordPattern)) {
    const terms = termsOf(match[0]);
    if (terms.length > 0) words.push({ terms, start: match.index, end: match.index + match[0].length });
  }
  return words;
}

/** A text as both engines index it: its terms in order, one space between; `IL-6 scans` is `il6 il 6 scan`. */
export function indexedTerms(text: string): string {
  return analyzeText(text)
    .flatMap((word) => word.terms)
    .join(' ');
}

const cache = new Map<string, readonly string[]>();

function termsOf(word: string): readonly string[] {
  const known = cache.get(word);
  if (known !== undefined) return known;
  const terms = deriveTerms(word);
  // Most of a text is a few thousand words over and over; forgetting all now and then bounds the memory.
  if (cache.size > 50_000) cache.clear();
  cache.set(word, terms);
  return terms;
}

function deriveTerms(word: string): readonly string[] {
  const parts = word.split(/[-‐‑'’./_+]/u);
  if (parts.length === 2 && parts[1]?.toLowerCase() === 's') return termsOfPart(parts[0] ?? '');
  if (parts.length === 1) return termsOfPart(word);
  const whole = foldToken(parts.join(''));
  return [...new Set([whole, ...parts.flatMap(termsOfPart)])];
}

function termsOfPart(part: string): readonly string[] {
  const folded = foldToken(part);
  if (folded === '' || stopWords.has(folded)) return isAcronym(part) ? [folded] : [];
  if (/^\p{N}+$/u.test(folded)) return [folded];
  if (/\p{N}/u.test(folded)) return [folded];
  if (!isAcronym(part)) return [stemEnglish(folded)];
  // "MRIs" is several of "MRI".
  const singular = /^\p{Lu}{2,}s$/u.test(part) ? folded.slice(0, -1) : folded;
  return [...new Set([singular, stemEnglish(folded)])];
}

function isAcronym(part: string): boolean {
  return (part.match(/\p{Lu}/gu)?.length ?? 0) >= 2;
}

function foldToken(token: string): string {
  return token
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();
}
