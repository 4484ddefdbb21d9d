import type { DatasetWhere } from '../catalog/index.ts';
import type { NamedTerm, NameMatch, NameMatcher } from './match-names.ts';
import type { RankQuestion } from './ports.ts';
import { tellingWords } from './weigh-hits.ts';
import { findWordFilters, type WordFilter } from './word-filters.ts';

/** A term of the vocabulary that the question names, with what else is looked for because of it. */
export interface Expansion {
  /** The words of the question. */
  readonly words: string;
  readonly term: NamedTerm;
  /** Names of the term and of all narrower ones. */
  readonly names: readonly string[];
}

/** A question, understood as far as words and vocabulary allow; all that is not understood stays text. */
export interface QuestionReading {
  /** What is searched for by words and meaning; empty when the question is all filters. */
  readonly text: string;
  /** The text without the kinds of data it names. */
  readonly topic: string;
  readonly filters: readonly WordFilter[];
  readonly expansions: readonly Expansion[];
}

/** Most names that one term is expanded to. */
const mostNames = 80;
const negation =
  /(?:^|[\s,;(])(?:but\s+|and\s+)?(?:without|no|not|non|excluding|except(?:\s+for)?|lacking|minus)\s+(?:any\s+|the\s+|of\s+)*$/i;
const listGap = /^\s*(?:,|\/|\bor\b|\bnor\b|\band\b(?:\s+no)?)?\s*(?:\bor\b|\bnor\b|\band\b)?\s*$/i;
const eitherGap = /^\s*,?\s*(?:\bor\b|\/)\s*$/i;

/**
 * Reads filters and terms out of a question.
 * @param ignored - words that shall stay text, whatever they could mean; compared without case
 */
export function understandQuestion(
  text: string,
  matcher: NameMatcher,
  ignored: readonly string[] = [],
): QuestionReading {
  const unread = new Set(ignored.map((words) => words.trim().toLowerCase()));
  const isRead = (words: string): boolean => !unread.has(words.toLowerCase());
  const numbers = findWordFilters(text).filter(({ words }) => isRead(words));
  const matches = readMatches(text, matcher).filter(
    ({ words, start, end }) => isRead(words) && !numbers.some((other) => start < other.end && other.start < end),
  );
  const filters = [...numbers, ...termFilters(matches)].sort((a, b) => a.start - b.start);
  return {
    text: telling(
      without(
        text,
        filters.filter(({ ranks }) => !ranks),
      ),
    ),
    topic: telling(without(text, filters)),
    filters: eachOnce(filters, ({ field, test, words }) => `${field} ${test} ${words.toLowerCase()}`),
    expansions: eachOnce(matches, ({ negated, words }) => `${negated} ${words.toLowerCase()}`).flatMap(
      ({ negated, words, terms }) =>
        negated
          ? []
          : terms.map((term) => ({
              words,
              term,
              names: [...new Set(matcher.withNarrower(term.key).flatMap(({ names }) => names))].slice(0, mostNames),
            })),
    ),
  };
}

/** What a question says again it asks for once: a text that repeats itself is no bigger question. */
function eachOnce<T>(items: readonly T[], keyOf: (item: T) => string): readonly T[] {
  const seen = new Set<string>();
  return items.filter((item) => {
    const key = keyOf(item);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** "Datasets" of "open datasets" is nothing to look for: not each record says of itself that it is one. */
function telling(text: string): string {
  return tellingWords(text).length > 0 ? text : '';
}

interface ReadMatch {
  readonly terms: readonly NamedTerm[];
  readonly words: string;
  /** With the negation before it. */
  readonly start: number;
  readonly end: number;
  readonly negated: boolean;
  /** "CT or MRI": one of it and the one before is enough. */
  readonly either: boolean;
}

function readMatches(text: string, matcher: NameMatcher): readonly ReadMatch[] {
  const read: ReadMatch[] = [];
  let before: NameMatch | undefined;
  for (const match of matcher.inQuestion(text)) {
    const gap = text.slice(before?.end ?? 0, match.start);
    const denied = negation.exec(gap);
    const previous = read.at(-1);
    const goesOn = before !== undefined && previous?.negated === true && listGap.test(gap);
    const start = denied === null ? (goesOn ? (before?.end ?? 0) : match.start) : match.start - denied[0].length;
    read.push({
      terms: match.terms,
      words: text.slice(start, match.end).replace(/^[\s,;(]+/, ''),
      start,
      end: match.end,
      negated: denied !== null || goesOn,
      either: before !== undefined && eitherGap.test(gap),
    });
    before = match;
  }
  return read;
}

/** Kinds of data are tested; conditions and body parts rank, and are tested only where they are denied. */
function termFilters(matches: readonly ReadMatch[]): readonly WordFilter[] {
  const filters: WordFilter[] = [];
  for (const { terms, words, start, end, negated, either } of matches) {
    const [term] = terms;
    if (term === undefined) continue;
    const modalities = terms.filter(({ kind }) => kind === 'MODALITY');
    if (negated) filters.push(denial(terms, { words, start, end }));
    else if (modalities.length > 0) {
      const previous = filters.at(-1);
      if (either && previous?.field === 'modality' && previous.ranks) filters.pop();
      const keys = [
        ...(either && previous?.ranks === true ? keysOf(previous) : []),
        ...modalities.map(({ key }) => key),
      ];
      const from = either && previous?.ranks === true ? previous.start : start;
      filters.push({
        field: 'modality',
        test: keys.length === 1 ? `has ${keys[0] ?? ''}` : `has one of ${keys.join(', ')}`,
        words: either && previous?.ranks === true ? `${previous.words} or ${words}` : words,
        start: from,
        end,
        narrow: { kind: 'anyOf', field: 'terms', values: keys },
        instead: { modality: { anyOf: keys } },
        ranks: true,
      });
    }
  }
  return filters;
}

function keysOf({ narrow }: WordFilter): readonly string[] {
  return narrow?.kind === 'anyOf' ? narrow.values.map(String) : [];
}

const fields = { CONDITION: 'condition', BODY_PART: 'bodyPart', MODALITY: 'modality' } as const;

function denial(terms: readonly NamedTerm[], place: Pick<WordFilter, 'words' | 'start' | 'end'>): WordFilter {
  const keys = terms.map(({ key }) => key);
  const instead: DatasetWhere = {
    not: { or: terms.map(({ kind, key }) => ({ [fields[kind]]: { anyOf: [key] } })) },
  };
  return {
    ...place,
    field: fields[terms[0]?.kind ?? 'CONDITION'],
    test: `not ${terms.map(({ label }) => label).join(', ')}`,
    narrow: { kind: 'not', of: { kind: 'anyOf', field: 'terms', values: keys } },
    instead,
    ranks: false,
  };
}

/** The question as the index takes it. */
export function toRankQuestion({ text, topic, filters, expansions }: QuestionReading): RankQuestion {
  const conditions = [...Map.groupBy(expansions, ({ words }) => words).values()].flatMap((same) => {
    const keys = same.flatMap(({ term }) => (term.kind === 'CONDITION' ? [term.key] : []));
    return keys.length === 0 ? [] : [keys];
  });
  return {
    text,
    topic,
    narrow: { kind: 'all', of: filters.flatMap(({ narrow }) => narrow ?? []) },
    conditions,
    names: expansions.flatMap(({ term, names }) => (term.kind === 'CONDITION' ? names : [])),
  };
}

/** A text that is taken for words alone. */
export function plainQuestion(text: string): QuestionReading {
  return { text, topic: text, filters: [], expansions: [] };
}

/** A text without some stretches, and without the words that only joined them to the rest. */
function without(text: string, stretches: readonly { readonly start: number; readonly end: number }[]): string {
  let left = '';
  let at = 0;
  for (const { start, end } of stretches) {
    if (start > at) left += text.slice(at, start);
    at = Math.max(at, end);
  }
  return `${left} ${text.slice(at)}`
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\s+([,;.])/g, '$1')
    .replace(/^[\s,;.]+/, '')
    .replace(/(?:[\s,;.]|\b(?:and|or|but|with|of|in|for|from|that|which|are|is)\b)+$/i, '')
    .trim();
}
