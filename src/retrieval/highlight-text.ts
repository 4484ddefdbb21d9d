import { analyzeText } from './analyze-text.ts';
import { expandQuestion } from './expand-question.ts';
import type { Highlight } from './model.ts';

/** How long an excerpt may be and how many there are. */
export interface HighlightLimits {
  /** Code units of one excerpt. */
  readonly excerptLength: number;
  readonly excerpts: number;
}

/**
 * The stretches of a document that hold the question's words, synonyms included; the same for every engine.
 * @returns excerpts with the most different words first
 */
export function highlightText(
  text: Readonly<Record<string, readonly string[]>>,
  question: string,
  synonyms: readonly (readonly string[])[],
  limits: HighlightLimits = { excerptLength: 240, excerpts: 3 },
): readonly Highlight[] {
  const { terms, phrases } = expandQuestion(question, synonyms);
  const wanted = new Set([...terms, ...phrases.flat()]);
  const found = Object.entries(text).flatMap(([field, values]) =>
    values.flatMap((value) => excerptsOf(field, value, wanted, limits.excerptLength)),
  );
  return found
    .sort((a, b) => b.worth - a.worth)
    .slice(0, limits.excerpts)
    .map(({ field, text: excerpt, spans }) => ({ field, text: excerpt, spans }));
}

function excerptsOf(
  field: string,
  value: string,
  wanted: ReadonlySet<string>,
  length: number,
): readonly (Highlight & { readonly worth: number })[] {
  const hits = analyzeText(value).flatMap(({ terms, start, end }) => {
    const term = terms.find((each) => wanted.has(each));
    return term === undefined ? [] : [{ term, start, end }];
  });
  const excerpts: (Highlight & { worth: number })[] = [];
  let at = 0;
  while (at < hits.length) {
    const first = hits[at]?.start ?? 0;
    const from = value.length <= length ? 0 : wordStart(value, Math.max(0, first - Math.floor(length / 6)));
    const to = value.length <= length ? value.length : wordEnd(value, Math.min(value.length, from + length));
    const inside = hits.slice(at).filter(({ end }) => end <= to);
    at += Math.max(1, inside.length);
    if (inside.length === 0) continue;
    excerpts.push({
      field,
      text: value.slice(from, to),
      spans: inside.map(({ start, end }) => [start - from, end - from] as const),
      worth: new Set(inside.map(({ term }) => term)).size,
    });
  }
  return excerpts;
}

function wordStart(text: string, at: number): number {
  const space = text.lastIndexOf(' ', at);
  return at === 0 || space < 0 ? 0 : space + 1;
}

function wordEnd(text: string, at: number): number {
  if (at >= text.length) return text.length;
  const space = text.indexOf(' ', at);
  return space < 0 ? text.length : space;
}
