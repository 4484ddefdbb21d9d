import { dataTrigger, hardNouns, softNouns } from './data-nouns.ts';
import type { Abbreviation } from './find-abbreviations.ts';
import type { Finding } from './finding.ts';
import { genericWords, openers, otherDatabases } from './generic-words.ts';
import type { Span } from './model.ts';
import { bareName, nameKey } from './name-forms.ts';
import { type PreparedText, spanAt } from './prepare-text.ts';
import { type Token, tokenize } from './tokenize.ts';

/** Longest name in tokens; also the bound that keeps a page of capitals linear. */
const longestName = 12;
/** Known names of one sentence whose neighbours are looked at. */
const mostKnown = 100;
const joints = new Set(['of', 'for', 'and', 'in', 'on', 'the', 'to', '&', 'de', '’', "'"]);

/**
 * Names that no gazetteer knows, by what stands around them: "<Name> (ACR) dataset", "Rotterdam Study", "datasets such as A, B and C".
 */
export function findCuedNames(
  prepared: PreparedText,
  abbreviations: readonly Abbreviation[],
  known: readonly Span[],
): Finding[] {
  const acronyms = new Map(abbreviations.map(({ short, long }) => [short, long]));
  const knownIn = Map.groupBy(known, ({ start }) => spanAt(prepared.sentences, start));
  return prepared.sentences.flatMap((sentence, at) => {
    const words = prepared.text.slice(sentence.start, Math.min(sentence.end, sentence.start + 3000));
    if (!knownIn.has(at) && !dataTrigger.test(words)) return [];
    const tokens = tokenize(prepared.text, { start: sentence.start, end: sentence.start + words.length });
    const beside = namesBeside(tokens, (knownIn.get(at) ?? []).slice(0, mostKnown));
    return [...namesBeforeNouns(tokens), ...namesInLists(tokens), ...beside]
      .map((place) => toFinding(prepared.text, place, acronyms))
      .filter((finding) => finding !== undefined);
  });
}

interface Place extends Span {
  readonly rule: string;
  readonly confidence: number;
}

/** "the <Name> (ACR) dataset", and proper names that end with such a noun themselves. */
function namesBeforeNouns(tokens: readonly Token[]): Place[] {
  const places: Place[] = [];
  tokens.forEach((token, at) => {
    const two = token.lower === 'data' && /^sets?$/.test(tokens[at + 1]?.lower ?? '');
    const hard = hardNouns.has(token.lower) || two;
    const proper = /^[A-Z]/.test(token.text) && softNouns.has(token.lower);
    if (!hard && !proper) return;
    const first = nameStart(tokens, at - 1);
    if (first === undefined) return;
    const named = proper || strong(tokens.slice(first, at));
    if (!named || (proper && at - first < 1)) return;
    const last = proper ? at : at - 1;
    const start = tokens[first]?.start;
    const end = tokens[proper ? last : two ? at + 1 : at]?.end;
    if (start === undefined || end === undefined) return;
    places.push({ start, end, rule: proper ? 'cue:proper' : 'cue:noun', confidence: proper ? 0.62 : 0.7 });
  });
  return places;
}

/** First token of the run of capitalised words, numbers and joints that ends at a place, brackets with an acronym allowed at its end. */
function nameStart(tokens: readonly Token[], end: number): number | undefined {
  let at = end;
  if (tokens[at]?.text === ')' && tokens[at - 2]?.text === '(') at -= 3;
  let first: number | undefined;
  for (; at >= 0 && end - at < longestName; at -= 1) {
    const token = tokens[at];
    if (token === undefined) break;
    if (isNameWord(token)) first = at;
    else if (!joints.has(token.lower) || first === undefined) break;
  }
  while (first !== undefined && first <= end && openers.has(tokens[first]?.lower ?? '')) first += 1;
  return first === undefined || first > end || !isNameWord(tokens[first] ?? { text: '' }) ? undefined : first;
}

function isNameWord({ text }: Pick<Token, 'text'>): boolean {
  return /^(?=.*\p{Lu})[\p{L}\p{N}]/u.test(text) || /^\d+(?:\.\d+)?$/.test(text);
}

/** Whether words are a name and not the begin of a sentence: letters no ordinary word has, or two capitalised words. */
function strong(tokens: readonly Token[]): boolean {
  const words = tokens.filter(({ text }) => /^\p{L}/u.test(text) && /\p{Lu}/u.test(text));
  return words.some(({ text }) => /^\p{L}.*[\p{Lu}\d]/u.test(text)) || words.length >= 2;
}

const listHeads = /^(?:such|including|like|namely|e\.g)$/;

/** "datasets such as A, B and C": every capitalised item of the list after a data noun. */
function namesInLists(tokens: readonly Token[]): Place[] {
  const places: Place[] = [];
  tokens.forEach((token, at) => {
    const isHead = listHeads.test(token.lower) && (token.lower !== 'such' || tokens[at + 1]?.lower === 'as');
    const noun = tokens
      .slice(Math.max(0, at - 14), at)
      .some(({ lower }) =>
        /^(?:dataset|database|stud(?:y|ie)|project|cohort|biobank|initiative|repositor(?:y|ie)|consorti(?:um|a)|registr(?:y|ie)|resource|effort|set)s?$/.test(
          lower,
        ),
      );
    if (isHead && noun) places.push(...listItems(tokens, token.lower === 'such' ? at + 2 : at + 1));
  });
  return places;
}

function listItems(tokens: readonly Token[], from: number): Place[] {
  const places: Place[] = [];
  let first: number | undefined;
  let last = from;
  let depth = 0;
  for (let at = from; at < tokens.length && at - from < 80; at += 1) {
    const token = tokens[at];
    if (token === undefined || /^[.;:]$/.test(token.text)) break;
    depth += token.text === '(' || token.text === '[' ? 1 : token.text === ')' || token.text === ']' ? -1 : 0;
    if (depth > 0 || token.text === ')' || token.text === ']') continue;
    if (isNameWord(token)) {
      first ??= at;
      last = at;
      continue;
    }
    if (
      first !== undefined &&
      joints.has(token.lower) &&
      token.lower !== 'and' &&
      isNameWord(tokens[at + 1] ?? { text: '' })
    )
      continue;
    if (first !== undefined) places.push(itemOf(tokens, first, last));
    first = undefined;
    if (
      !/^(?:,|and|or|the|as|well|&|both|\(|\))$/.test(token.lower) &&
      !softNouns.has(token.lower) &&
      !hardNouns.has(token.lower)
    )
      break;
  }
  if (first !== undefined) places.push(itemOf(tokens, first, last));
  return places;
}

/**
 * Items of an enumeration that holds a known dataset: "the Human Connectome Project, UK Biobank, 1000 Functional Connectomes, …". A
 * neighbour counts when it is a name and nothing else.
 */
function namesBeside(tokens: readonly Token[], known: readonly Span[]): Place[] {
  const items = enumerated(tokens);
  const isKnown = ({ start, end }: Span): boolean => known.some((span) => span.start < end && start < span.end);
  const lists = new Set(items.filter(isKnown).map(({ list }) => list));
  return items
    .map((item): Place | undefined => {
      const beside = lists.has(item.list);
      const name = tokens.slice(item.first, item.last + 1);
      if (!beside || isKnown(item) || !strong(name) || name.length < 2) return undefined;
      return { start: item.start, end: item.end, rule: 'cue:beside', confidence: 0.68 };
    })
    .filter((place) => place !== undefined);
}

interface Item extends Span {
  readonly first: number;
  readonly last: number;
  /** Items of one enumeration share it. */
  readonly list: number;
}

/** Runs of name words between commas, semicolons and "and", brackets left out. */
function enumerated(tokens: readonly Token[]): Item[] {
  const items: Item[] = [];
  let [depth, list, separated] = [0, 0, true];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    if (token === undefined) break;
    if (/^[([]$/.test(token.text)) depth += 1;
    else if (/^[)\]]$/.test(token.text)) depth = Math.max(0, depth - 1);
    else if (depth > 0 || /^(?:the|‘|’|“|”|"|')$/.test(token.lower)) continue;
    else if (/^(?:,|;|and|or|&)$/.test(token.lower)) separated = true;
    else if (isNameWord(token)) {
      if (!separated) list += 1;
      const first = /^\d/.test(token.text) && joints.has(tokens[at + 1]?.lower ?? '') ? at + 2 : at;
      while (
        isNameWord(tokens[at + 1] ?? { text: '' }) ||
        (joints.has(tokens[at + 1]?.lower ?? '') &&
          tokens[at + 1]?.lower !== 'and' &&
          isNameWord(tokens[at + 2] ?? { text: '' }))
      )
        at += 1;
      items.push({ first, last: at, start: token.start, end: tokens[at]?.end ?? token.end, list });
      separated = false;
    } else {
      list += 1;
      separated = true;
    }
  }
  return items;
}

function itemOf(tokens: readonly Token[], first: number, last: number): Place {
  return { start: tokens[first]?.start ?? 0, end: tokens[last]?.end ?? 0, rule: 'cue:list', confidence: 0.72 };
}

function toFinding(text: string, place: Place, acronyms: ReadonlyMap<string, string>): Finding | undefined {
  const written = text.slice(place.start, place.end).replace(/\s+/g, ' ');
  const withoutAcronym = written.replace(/ ?\(([\w.&/+-]+)\)/, '');
  const acronym = /\(([\w.&/+-]+)\)/.exec(written)?.[1];
  const name = bareName(withoutAcronym);
  if (!isName(name)) return undefined;
  const long = acronyms.get(name);
  if (long !== undefined && otherDatabases.test(long)) return undefined;
  const full = long ?? name;
  if (!isName(full)) return undefined;
  const short = acronym ?? (long === undefined ? undefined : name);
  return { ...place, kind: 'NAME', key: nameKey(full), name: full, ...(short === undefined ? {} : { acronym: short }) };
}

const properNouns = new Set(
  'network biobank project initiative consortium connectome connectomes registry exchange resource archive'.split(' '),
);

/** Whether what is left is a name: not only words that say what data are like, and no database of another kind. */
export function isName(name: string): boolean {
  if (name.length < 2 || name.length > 120 || name.includes('_') || /^\P{L}*$/u.test(name) || otherDatabases.test(name))
    return false;
  const plain = name
    .toLowerCase()
    .replace(/[‐‑–]/g, '-')
    .replace(/['’]s\b/g, '');
  const words = plain.split(/[\s()/,]+/).filter((word) => /[\p{L}\p{N}]/u.test(word) && !joints.has(word));
  const own = words.filter(
    (word) =>
      !genericWords.has(word) &&
      !genericWords.has(word.replace(/\d+$/, '')) &&
      !openers.has(word) &&
      !softNouns.has(word) &&
      !/^\d+$/.test(word),
  );
  if (!/\p{Lu}|\d/u.test(name)) return false;
  if (own.some((word) => /\p{L}{2}/u.test(word)) || /^[\p{Lu}.]+ Biobank\b/u.test(name)) return true;
  // "Healthy Brain Network", "1000 Functional Connectomes": ordinary words, but a proper name together.
  const capitals = name.split(/\s+/).filter((word) => /^[\p{Lu}\d]/u.test(word)).length;
  return capitals >= 3 && words.some((word) => properNouns.has(word));
}
