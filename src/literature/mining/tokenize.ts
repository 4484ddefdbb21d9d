import type { Span } from './model.ts';

/** A word, a number or a sign, with its place in UTF-16 units. */
export interface Token extends Span {
  readonly text: string;
  readonly lower: string;
}

/** Words keep their inner hyphens, dots, slashes and plus signs: `MS-COCO`, `CIFAR10/100`, `ADNI-2`. */
const word = /[\p{L}\p{N}_]+(?:[-.&/+–‐][\p{L}\p{N}_]+)*(?:['’]s(?![\p{L}\p{N}]))?|[^\s\p{L}\p{N}_]/gu;

/** The tokens of a stretch of text. */
export function tokenize(text: string, span: Span): Token[] {
  const tokens: Token[] = [];
  for (const match of text.slice(span.start, span.end).matchAll(word)) {
    const start = span.start + match.index;
    tokens.push({ start, end: start + match[0].length, text: match[0], lower: match[0].toLowerCase() });
  }
  return tokens;
}
