import { articleParts, articleText } from '../article-text.ts';
import type { ArticleRecord } from '../model.ts';
import { roleOfHeading } from '../section-role.ts';
import type { Mention, Span } from './model.ts';

/** What mining reads of an article. */
export type MinableArticle = Pick<ArticleRecord, 'title' | 'abstract' | 'sections' | 'dataBanks' | 'mesh' | 'year'>;

/** A stretch under one heading, in UTF-16 units. */
export interface SectionSpan extends Span {
  readonly name: string;
  readonly role: Mention['sectionRole'];
}

/**
 * An article's text, cut into sections and sentences. Everything inside the miner counts in UTF-16 units, as JavaScript's strings
 * do; `toCodePoints` turns them into the offsets that leave it.
 */
export interface PreparedText {
  readonly text: string;
  readonly sections: readonly SectionSpan[];
  /** In order, never across a section's border. */
  readonly sentences: readonly Span[];
}

/** Cuts an article. A heading inside a section's text (a line that begins with `#`) begins a section of its own. */
export function prepareText(article: MinableArticle): PreparedText {
  const text = articleText(article);
  const sections: SectionSpan[] = [];
  let start = 0;
  for (const part of articleParts(article)) {
    const role = part.role ?? roleOfHeading(part.name);
    sections.push(...splitAtHeadings(part.text, start, { name: part.name, role }));
    start += part.text.length + 2;
  }
  const sentences = sections.flatMap((section) => splitSentences(text, section));
  return { text, sections, sentences };
}

function splitAtHeadings(text: string, offset: number, part: Pick<SectionSpan, 'name' | 'role'>): SectionSpan[] {
  const sections: SectionSpan[] = [];
  let current = part;
  let start = 0;
  const rolesByLevel: (SectionSpan['role'] | undefined)[] = [];
  const push = (end: number): void => {
    if (end > start) sections.push({ start: offset + start, end: offset + end, ...current });
  };
  for (const match of text.matchAll(/^(#{1,6}) +(\S[^\n]*)/gm)) {
    push(match.index);
    const [, marks = '', name = ''] = match;
    // A subsection that says nothing of its own role is what the section around it is.
    const inherited = rolesByLevel.slice(0, marks.length).findLast((role) => role !== undefined);
    const role = roleOfHeading(name) ?? inherited ?? part.role;
    rolesByLevel.length = marks.length;
    rolesByLevel[marks.length] = role;
    current = { name: name.trim(), role };
    start = match.index;
  }
  push(text.length);
  return sections;
}

const sentenceEnd = /[.!?](?=["'”’)\]]{0,3}\s+["'“‘([]{0,3}[A-Z0-9])|\n[^\S\n]*\n\s*/g;
const abbreviation = /(?:^|[\s(])(?:no|nos|e\.g|i\.e|al|fig|figs|vs|dr|prof|st|cf|approx|ref|refs|eq|ca|resp|[A-Z])$/i;

/** Sentences of one section; a single line break ends none, texts are wrapped. A full stop after an abbreviation, an initial or a number without a space behind it ends none. */
export function splitSentences(text: string, section: Span): Span[] {
  const sentences: Span[] = [];
  let start = section.start;
  const push = (end: number): void => {
    let from = start;
    while (from < end && isSpace(text.charCodeAt(from))) from += 1;
    if (from < end) sentences.push({ start: from, end });
    start = end;
  };
  const within = text.slice(section.start, section.end);
  const heading = /^#{1,6} [^\n]*\n/.exec(within.slice(0, 500))?.[0];
  if (heading !== undefined) push(section.start + heading.length);
  for (const match of within.matchAll(sentenceEnd)) {
    const at = section.start + match.index;
    if (match[0] === '.' && abbreviation.test(text.slice(Math.max(start, at - 8), at))) continue;
    push(at + match[0].length);
  }
  push(section.end);
  return sentences;
}

function isSpace(unit: number): boolean {
  return unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09 || unit === 0xa0;
}

/** The last of some spans in order that begins at or before a place. */
export function spanAt<Kind extends Span>(spans: readonly Kind[], at: number): number {
  let low = 0;
  let high = spans.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((spans[middle]?.start ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Turns UTF-16 places, asked for in rising or falling order alike, into code points. */
export function toCodePoints(text: string): (at: number) => number {
  const surrogates: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    const next = text.charCodeAt(at + 1);
    if (unit >= 0xd800 && unit < 0xdc00 && next >= 0xdc00 && next < 0xe000) surrogates.push(at);
  }
  if (surrogates.length === 0) return (at) => at;
  return (at) => {
    let low = 0;
    let high = surrogates.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((surrogates[middle] ?? 0) < at) low = middle + 1;
      else high = middle;
    }
    return at - low;
  };
}
