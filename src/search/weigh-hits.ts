import { analyzeText, foldText, type Narrowing, type StoredDocument, type TextIndex } from '../retrieval/index.ts';
import type { RankQuestion, RankReasons } from './ports.ts';

/** A fused hit with what each way of matching says of it. */
export interface FusedHit {
  readonly id: string;
  readonly score: number;
  /** The passage nearest in meaning. */
  readonly passage: string | undefined;
  readonly reasons: RankReasons;
  /** The text is one of its names. */
  readonly named?: boolean;
}

/** Where a hit counts as one; chosen on the tuning half of the judged set. */
export const thresholds = {
  /** Share of words that is enough by itself. */
  coverage: 0.6,
  /** Similarity that is enough by itself. */
  similarity: 0.5,
  /** Both of these together are enough. */
  someCoverage: 0.3,
  someSimilarity: 0.35,
  /** Similarity needed by a record that has none of the question's conditions. */
  otherCondition: 0.5,
};
/** Hits whose words are looked at; those behind are judged by the scores of these. */
const lookedAt = 60;
const alwaysRead = 10;

/** Words that say that somebody asks, or that it is data they ask for, and nothing of what about. */
const fluff = new Set(
  analyzeText(
    `a about all also am an and any anything are ask available be been between both can contain could data database databases dataset datasets do does
    each everything exist exists find for from get give had has have help helps how i image images imaging include including information is it let
    lets look looking many me more most much my need of on one open or other our people person please record records same scan scans
    scanned scanner several show shows some study studies subject subjects patient patients participant participants than that the their
    them there these they this those to us use used useful using want was we were what when where which who whose will with would you
    your collection collections cohort measured who train several`,
  ).flatMap(({ terms }) => terms),
);

/** The words of a question that say what it is about; all of them when none does. */
export function contentWords(text: string): readonly string[] {
  const telling = tellingWords(text);
  return telling.length > 0 ? telling : analyzeText(text).map(({ start, end }) => text.slice(start, end));
}

/** The words of a question that say what it is about; none for "show me all datasets". */
export function tellingWords(text: string): readonly string[] {
  return analyzeText(text)
    .filter(({ terms }) => !terms.every((term) => fluff.has(term)))
    .map(({ start, end }) => text.slice(start, end));
}

/**
 * Leaves out what does not answer: hits by one word of many, or by a faint likeness. Nearest neighbours of nonsense are no answer.
 * The first hits are looked at; those behind stay when they score by words or meaning no lower than a hit that stayed.
 */
export async function weighHits(
  hits: readonly FusedHit[],
  parts: { readonly index: TextIndex; readonly narrowing: Narrowing; readonly question: RankQuestion },
  signal?: AbortSignal,
): Promise<readonly FusedHit[]> {
  const first = hits.slice(0, lookedAt);
  // What is an answer by meaning or by its terms need not be read; the first are, to tell names.
  const unsure = first.filter(({ reasons }, place) => place < alwaysRead || !isAnswer(reasons));
  const documents = await parts.index.fetch(
    unsure.map(({ id }) => id),
    parts.narrowing.scope,
    signal,
  );
  const byId = new Map(documents.map((document) => [document.id, document]));
  const asked = contentWords(parts.question.topic).flatMap((word) => analyzeText(word).map(({ terms }) => terms));
  const name = foldText(parts.question.text);
  const kept = first.flatMap((hit) => {
    const document = byId.get(hit.id);
    if (document === undefined) return isAnswer(hit.reasons) ? [hit] : [];
    const reasons = { ...hit.reasons, coverage: coverageOf(asked, document) };
    const named = isNameOf(name, document);
    return named || isAnswer(reasons) ? [{ ...hit, reasons, named }] : [];
  });
  const faintest = Math.min(...kept.flatMap(({ reasons }) => reasons.words ?? []));
  const rest = hits.slice(lookedAt).filter(({ reasons: { words, meaning, terms } }) => {
    if (terms === 0) return (meaning ?? 0) >= thresholds.otherCondition;
    return terms === 1 || (meaning ?? 0) >= thresholds.similarity || (kept.length > 0 && (words ?? 0) >= faintest);
  });
  return [...kept, ...rest];
}

function isAnswer({ coverage = 0, meaning = 0, terms }: RankReasons): boolean {
  if (terms === 0) return meaning >= thresholds.otherCondition;
  return (
    terms === 1 ||
    coverage >= thresholds.coverage ||
    meaning >= thresholds.similarity ||
    (coverage >= thresholds.someCoverage && meaning >= thresholds.someSimilarity)
  );
}

function isNameOf(folded: string, { text }: StoredDocument): boolean {
  return ['title', 'acronym', 'alternativeTitles'].some((field) =>
    (text[field] ?? []).some((name) => foldText(name) === folded),
  );
}

/** Share of the words, each given by its terms; 1 where the question is about nothing but kinds of data. */
function coverageOf(asked: readonly (readonly string[])[], document: StoredDocument): number {
  if (asked.length === 0) return 1;
  const held = termsOf(document);
  const holds = ([whole = '', ...parts]: readonly string[]): boolean =>
    held.has(whole) || (parts.length > 0 && parts.every((part) => held.has(part)));
  return asked.filter(holds).length / asked.length;
}

/** Terms of documents looked at lately: they are the same as long as the document's version is. */
const looked = new Map<string, { readonly version: number; readonly terms: ReadonlySet<string> }>();

function termsOf(document: StoredDocument): ReadonlySet<string> {
  const known = looked.get(document.id);
  if (known?.version === document.version) return known.terms;
  const terms = new Set(
    Object.values(document.text).flatMap((values) =>
      values.flatMap((value) => analyzeText(value).flatMap((word) => word.terms)),
    ),
  );
  if (looked.size > 5_000) looked.clear();
  looked.set(document.id, { version: document.version, terms });
  return terms;
}
