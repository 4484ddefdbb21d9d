import type { ReadScope } from '../access/index.ts';
import {
  type CatalogReader,
  type DatasetWhere,
  type NamedQuery,
  publicVocabulary,
  type Vocabulary,
} from '../catalog/index.ts';
import { CatalogError, messageOf } from '../kernel/errors.ts';
import type { Logger } from '../kernel/logger.ts';
import { NameMatcher } from './match-names.ts';
import type { DatasetIndex, RankedDataset, Ranking, RankQuestion, RankReasons } from './ports.ts';
import { bareIdentifier, wordsFilter } from './read-question.ts';
import { plainQuestion, type QuestionReading, toRankQuestion, understandQuestion } from './understand-question.ts';

/** Who asks, and what answers. */
export interface SearchParts {
  readonly index: DatasetIndex;
  readonly reader: CatalogReader;
  readonly scope: ReadScope;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** A text to look for and what it is looked for among. */
export interface SearchedText {
  readonly text: string;
  readonly where: DatasetWhere;
  /** Words are words: no filters, no terms, no corrections. */
  readonly literal: boolean;
  /** Words that stay text, whatever they could mean. */
  readonly ignoreWords: readonly string[];
}

/** All that was found, with how the text was understood. */
export interface FoundDatasets extends Omit<Ranking, 'model'> {
  readonly engine: string;
  readonly model: string;
  readonly degraded: boolean;
  readonly reading: QuestionReading;
  /** The question for the evidence; undefined where no index answered or there are no words to show. */
  readonly question: RankQuestion | undefined;
  /** What facets are counted among; all that pass the filter when undefined. */
  readonly among: readonly string[] | undefined;
  /** The text that was searched for where that is another than was asked. */
  readonly didYouMean: string | undefined;
}

const noReasons: RankReasons = { words: undefined, meaning: undefined, terms: undefined, coverage: undefined };

/** Added to the score of a dataset whose slug, name or identifier is the text itself: it comes first, always. */
const exactBonus = 2;

/** Everything that passes, by title. */
export async function browseDatasets(where: DatasetWhere, { reader, scope }: SearchParts): Promise<FoundDatasets> {
  const ids = await reader.matchingIds(where, scope);
  return { ...listed(ids, plainQuestion('')), engine: 'postgresql', degraded: false, warnings: [], among: undefined };
}

/** Everything that matches a text, best first; by the database alone where the index is away. */
export async function findDatasets(searched: SearchedText, parts: SearchParts): Promise<FoundDatasets> {
  const { index, reader, scope, logger, signal } = parts;
  const { text, where } = searched;
  if (!/[\p{L}\p{N}]/u.test(text)) return nothing(text);
  // Both are needed before anything else can be asked, and neither needs the other.
  const correcting = searched.literal ? Promise.resolve(text) : index.correct(text, scope, signal);
  correcting.catch(() => undefined);
  const named = new Set(await reader.namedIds({ ...namesOf(text), where }, scope));
  const read = await readerOf(searched, named.size > 0, parts);
  let corrected = text;
  try {
    if (named.size === 0) corrected = await correcting;
    const reading = read(corrected);
    const didYouMean = corrected === text ? undefined : corrected;
    if (reading.text === '' && reading.filters.every(({ narrow }) => narrow === undefined)) {
      const ids = await reader.matchingIds({ and: [where, ...tests(reading)] }, scope);
      return { ...listed(ids, reading), engine: 'postgresql', degraded: false, warnings: [], among: ids, didYouMean };
    }
    const question = toRankQuestion(reading);
    const ranking = await index.rank(question, scope, signal);
    const found = await passing({ ranking, named, where, reading }, parts);
    return { ...found, reading, question, didYouMean };
  } catch (error) {
    if (signal.aborted || (error instanceof CatalogError && error.code === 'BAD_USER_INPUT')) throw error;
    logger.warn('search.indexAway', { engine: index.engine, reason: messageOf(error) });
    return await findInDatabase(where, read(text), parts);
  }
}

/** What of a ranking passes the filters now, names first. */
export async function passing(
  from: {
    readonly ranking: Ranking;
    readonly named: ReadonlySet<string>;
    readonly where: DatasetWhere;
    readonly reading: QuestionReading;
  },
  { index, reader, scope }: SearchParts,
): Promise<Pick<FoundDatasets, 'ranked' | 'among' | 'model' | 'engine' | 'warnings' | 'degraded'>> {
  const { ranking, named, where, reading } = from;
  const candidates = [...new Set([...named, ...ranking.ranked.map(({ id }) => id)])];
  const wordTests = tests(reading);
  // Facets leave out the caller's own filter, never what the words of the question ask for.
  const among = wordTests.length === 0 ? candidates : await reader.matchingIds({ and: wordTests }, scope, candidates);
  const ids = await reader.matchingIds(where, scope, among);
  const byId = new Map(ranking.ranked.map((hit) => [hit.id, hit]));
  const hits = ids.map((id) => {
    const hit = byId.get(id) ?? unranked(id);
    const isNamed = hit.named || named.has(id);
    return isNamed ? { ...hit, named: true, score: hit.score + exactBonus, reasons: hit.reasons ?? noReasons } : hit;
  });
  // A list that nothing ranked stays by title.
  const ranked = reading.text === '' ? hits : hits.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
  return {
    ranked,
    among,
    model: ranking.model ?? 'none',
    engine: index.engine,
    warnings: ranking.warnings,
    degraded: ranking.warnings.length > 0,
  };
}

/** What a dataset is called that a text is the very name of. */
export function namesOf(text: string): Omit<NamedQuery, 'where'> {
  const identifier = bareIdentifier(text);
  return {
    names: [...new Set([text, text.toUpperCase(), text.toLowerCase(), identifier])],
    // Identifiers are compared without case, but only what looks like one: "CT" is part of many.
    inIdentifier: /\d/.test(identifier) && /^\S{6,}$/.test(identifier) ? identifier : undefined,
  };
}

const matchers = new WeakMap<Vocabulary, NameMatcher>();

async function readerOf(
  { literal, ignoreWords }: SearchedText,
  isName: boolean,
  parts: SearchParts,
): Promise<(text: string) => QuestionReading> {
  if (literal || isName) return plainQuestion;
  const matcher = await matcherOf(parts);
  return (text) => understandQuestion(text, matcher, ignoreWords);
}

/** What finds the names of the vocabulary in texts: made once for each state of the vocabulary. */
export async function matcherOf({ reader, scope }: Pick<SearchParts, 'reader' | 'scope'>): Promise<NameMatcher> {
  const all = await reader.vocabulary();
  // A term that only a hidden record has must not be told by what a question is read as.
  const vocabulary = scope.records.kind === 'all' ? all : publicVocabulary(all);
  const matcher = matchers.get(vocabulary) ?? new NameMatcher(vocabulary);
  matchers.set(vocabulary, matcher);
  return matcher;
}

function tests({ filters }: QuestionReading): readonly DatasetWhere[] {
  return filters.flatMap(({ where }) => where ?? []);
}

function listed(
  ids: readonly string[],
  reading: QuestionReading,
): Pick<FoundDatasets, 'ranked' | 'reading' | 'question' | 'model' | 'didYouMean'> {
  return { ranked: ids.map(unranked), reading, question: undefined, model: 'none', didYouMean: undefined };
}

/** A text of signs alone has a nearest neighbour in meaning like any other, which would be no answer. */
function nothing(text: string): FoundDatasets {
  const warnings = ['The text has no letter and no digit: there is nothing to search for.'];
  return { ...listed([], plainQuestion(text)), engine: 'postgresql', degraded: false, warnings, among: [] };
}

/** What is left without an index: records that hold every word, and pass what the database can test of the filters. */
async function findInDatabase(
  where: DatasetWhere,
  reading: QuestionReading,
  { reader, scope }: SearchParts,
): Promise<FoundDatasets> {
  const filters = reading.filters.filter((filter) => filter.where !== undefined || filter.instead !== undefined);
  const wanted: DatasetWhere = {
    and: [
      ...(reading.topic === '' ? [] : [wordsFilter(reading.topic)]),
      ...filters.flatMap((filter) => filter.where ?? filter.instead ?? []),
    ],
  };
  const ids = await reader.matchingIds({ and: [where, wanted] }, scope);
  const untested = reading.filters.filter((filter) => !filters.includes(filter)).map(({ words }) => `"${words}"`);
  return {
    ...listed(ids, { ...reading, filters, expansions: [] }),
    among: await reader.matchingIds(wanted, scope),
    engine: 'postgresql',
    degraded: true,
    warnings: [
      'The index is away or not built yet: found in the database, every word literally, unranked.',
      ...(untested.length > 0 ? [`Not tested without the index: ${untested.join(', ')}.`] : []),
    ],
  };
}

function unranked(id: string): RankedDataset {
  return { id, score: 0, passage: undefined, reasons: undefined, named: false };
}
