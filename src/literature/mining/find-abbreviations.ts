import type { Span } from './model.ts';

/** A short form that the text binds to a long one. */
export interface Abbreviation {
  readonly short: string;
  readonly long: string;
  /** Where the long form stands, in UTF-16 units. */
  readonly place: Span;
}

const bracketed = /[([] ?([A-Za-z][\w.&/+-]{1,11})(?=[\])]|[;,:] ?)[^()[\]]{0,60}[\])]/g;

/**
 * Short forms in brackets with the long form before them (Schwartz and Hearst 2003, "A simple algorithm for identifying abbreviation
 * definitions in biomedical text"): each letter of the short form is found, from its end, in the words before, the first one at the
 * start of a word.
 */
export function findAbbreviations(text: string): Abbreviation[] {
  const found: Abbreviation[] = [];
  for (const match of text.matchAll(bracketed)) {
    const short = match[1] ?? '';
    if (!/[A-Z]/.test(short) || !/[A-Za-z]{2}/.test(short.replace(/[^A-Za-z]/g, ''))) continue;
    const window = wordsBefore(text, match.index, Math.min(short.length + 5, short.length * 2));
    const start = longFormStart(short, text.slice(window.start, window.end));
    if (start === undefined) continue;
    const place = { start: window.start + start, end: window.end };
    found.push({ short, long: text.slice(place.start, place.end).trim(), place });
  }
  return found;
}

/** The last words before a place, within the line and not across a full stop. */
function wordsBefore(text: string, end: number, words: number): Span {
  const from = Math.max(0, end - 160);
  const before = text.slice(from, end);
  const cut = Math.max(
    before.lastIndexOf('\n'),
    before.lastIndexOf('. '),
    before.lastIndexOf('; '),
    before.lastIndexOf(') '),
  );
  const kept = before.slice(cut + 1);
  const starts = [...kept.matchAll(/\S+/g)].map(({ index }) => index);
  const start = starts[Math.max(0, starts.length - words)] ?? 0;
  const trimmed = kept.trimEnd();
  return { start: from + cut + 1 + start, end: from + cut + 1 + trimmed.length };
}

function longFormStart(short: string, before: string): number | undefined {
  let at = before.length - 1;
  const letters = short.replace(/[^A-Za-z0-9]/g, '').toLowerCase();
  const lower = before.toLowerCase();
  for (let letter = letters.length - 1; letter >= 0; letter -= 1) {
    const wanted = letters[letter];
    const atWordStart = (place: number): boolean => place === 0 || !/[a-z0-9]/.test(lower[place - 1] ?? '');
    while (at >= 0 && (lower[at] !== wanted || (letter === 0 && !atWordStart(at)))) at -= 1;
    if (at < 0) return undefined;
    at -= 1;
  }
  const start = at + 1;
  return before.length - start > short.length ? start : undefined;
}
