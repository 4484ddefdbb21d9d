import type { ArticleId } from '../kernel/ids.ts';
import { articleText } from './article-text.ts';
import type { PaperEvidence } from './discovery-model.ts';
import type { Span } from './mining/model.ts';
import type { ArticleRecord } from './model.ts';

/** Longest quotation: a table without full stops is no sentence. */
const longestQuote = 600;

/** What is said somewhere in an article: the words, as they were found there. */
export interface QuotedSpan extends Span {
  readonly text: string;
  readonly section: string;
}

/** An article's text by code points, from which nothing is quoted that does not stand there. */
export class QuotableArticle {
  readonly #id: ArticleId;
  readonly #text: string;
  /** One string per code point, where the text has any that take two units. */
  readonly #points: readonly string[] | undefined;

  constructor(id: ArticleId, record: Pick<ArticleRecord, 'title' | 'abstract' | 'sections'>) {
    this.#id = id;
    this.#text = articleText(record);
    this.#points = /[\ud800-\udbff]/.test(this.#text) ? Array.from(this.#text) : undefined;
  }

  /** The text from one code point to another. */
  slice(start: number, end: number): string {
    return this.#points?.slice(start, end).join('') ?? this.#text.slice(start, end);
  }

  /**
   * The sentence that says something, with its place.
   * @param sentence - where it stands, where that is known
   * @returns undefined where the words do not stand where they were found: the text is another now
   */
  quote(span: QuotedSpan, score: number, sentence?: Span): PaperEvidence | undefined {
    if (this.slice(span.start, span.end) !== span.text || span.text === '') return undefined;
    const known = sentence !== undefined && sentence.start <= span.start && span.end <= sentence.end;
    const { start, end } = this.#trim(known ? cut(sentence, span) : this.#sentenceAround(span));
    const text = this.slice(start, end);
    return text === ''
      ? undefined
      : {
          articleId: this.#id,
          section: span.section,
          start,
          end,
          text,
          matchStart: span.start,
          matchEnd: span.end,
          score,
        };
  }

  #sentenceAround(span: Span): Span {
    const from = Math.max(0, span.start - longestQuote / 2);
    const before = this.slice(from, span.start);
    const after = this.slice(span.end, span.end + longestQuote / 2);
    const begins = [...before.matchAll(/[.!?]\s+(?=[\p{Lu}\d"“(])|\n+/gu)].at(-1);
    const ends = /[.!?](?=\s|$)|\n/u.exec(after);
    const start = begins === undefined ? from : from + length(before.slice(0, begins.index + begins[0].length));
    const tail = ends === null ? after : after.slice(0, ends[0] === '\n' ? ends.index : ends.index + 1);
    return { start, end: span.end + length(tail) };
  }

  /** Without the space around. */
  #trim({ start, end }: Span): Span {
    const text = this.slice(start, end);
    const lead = text.length - text.trimStart().length;
    return { start: start + lead, end: start + lead + length(text.trim()) };
  }
}

/** A sentence too long is cut around the words that matter. */
function cut(sentence: Span, span: Span): Span {
  if (sentence.end - sentence.start <= longestQuote) return sentence;
  const start = Math.max(sentence.start, span.start - longestQuote / 2);
  return { start, end: Math.min(sentence.end, Math.max(span.end, start + longestQuote)) };
}

function length(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}
