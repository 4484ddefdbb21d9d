import type { Vocabulary } from '../catalog/index.ts';
import { foldText } from '../retrieval/index.ts';

/** A term of the vocabulary that a text can name. */
export interface NamedTerm {
  readonly kind: 'CONDITION' | 'BODY_PART' | 'MODALITY';
  /** IRI of a concept, code of a modality. */
  readonly key: string;
  readonly label: string;
  /** Everything it is called, the label first. */
  readonly names: readonly string[];
}

/** Where a text names a term. */
export interface NameMatch {
  readonly terms: readonly NamedTerm[];
  /** Code-unit offsets in the text. */
  readonly start: number;
  readonly end: number;
  /** Said to be absent: "no CT", "without genetic data". */
  readonly negated: boolean;
}

/** One token of a text: letters and digits alone, so that "rs-fMRI" and "rs fMRI" are the same two. */
export interface TextToken {
  readonly raw: string;
  /** Without case, accents and plural. */
  readonly stem: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Vocabulary names that are words of everyday English in lower case, and DICOM codes of objects that nobody asks for by that word.
 * They are taken for names in capitals alone, or not at all.
 */
const everydayWords = new Set(
  'us net bold plan pos reg doc resp seg fid len ker pes opt mar document annotation audio registration other echo face hand foot feet head'.split(
    ' ',
  ),
);
/** Two capitals in prose are mostly something else: PD is proton density, US a country. */
const shortNamesInProse = new Set(['MR', 'CT']);
const shortNamesAsked = new Set(['mr', 'ct']);
const negators = new Set([
  'no',
  'not',
  'without',
  'lack',
  'lacks',
  'neither',
  'nor',
  'excluding',
  'except',
  'nothing',
  'never',
]);
/** How far a negation reaches, in tokens of the same clause; lists of exclusion criteria are long. */
const negationReach = 8;
const exclusionReach = 60;

/** Finds the names of a vocabulary in texts, longest first. */
export class NameMatcher {
  readonly #byFirst = new Map<
    string,
    { readonly stems: readonly string[]; readonly name: string; readonly term: NamedTerm }[]
  >();
  readonly #broader = new Map<string, readonly string[]>();
  readonly #narrower = new Map<string, readonly string[]>();
  readonly terms = new Map<string, NamedTerm>();

  constructor(vocabulary: Vocabulary) {
    for (const { iri, scheme, label, synonyms, broader } of vocabulary.concepts) {
      this.#add(
        { kind: scheme === 'UBERON' ? 'BODY_PART' : 'CONDITION', key: iri, label, names: [label, ...synonyms] },
        broader,
      );
    }
    for (const { code, label, synonyms, broader } of vocabulary.modalities) {
      this.#add(
        { kind: 'MODALITY', key: code, label, names: [label, code.replaceAll('_', ' '), ...synonyms] },
        broader === undefined ? [] : [broader],
      );
    }
    for (const candidates of this.#byFirst.values()) candidates.sort((a, b) => b.stems.length - a.stems.length);
  }

  /** Names in a record's prose: short acronyms count in capitals alone. */
  inProse(text: string): readonly NameMatch[] {
    return this.#find(text, fitsProse);
  }

  /** Names in a question, whatever the case where the word is no everyday one. */
  inQuestion(text: string): readonly NameMatch[] {
    return this.#find(text, fitsQuestion);
  }

  /** Keys of a term and of all that are broader. */
  withBroader(key: string): readonly string[] {
    return closure(key, this.#broader);
  }

  /** A term and all that are narrower. */
  withNarrower(key: string): readonly NamedTerm[] {
    return closure(key, this.#narrower).flatMap((each) => this.terms.get(each) ?? []);
  }

  #add(term: NamedTerm, broader: readonly string[]): void {
    this.terms.set(term.key, term);
    this.#broader.set(term.key, broader);
    for (const wider of broader) this.#narrower.set(wider, [...(this.#narrower.get(wider) ?? []), term.key]);
    for (const name of new Set(term.names)) {
      const stems = tokensOf(name).map(({ stem }) => stem);
      const [first] = stems;
      if (first === undefined) continue;
      const known = this.#byFirst.get(first);
      if (known === undefined) this.#byFirst.set(first, [{ stems, name, term }]);
      else known.push({ stems, name, term });
    }
  }

  #find(text: string, fits: (name: string, written: string) => boolean): readonly NameMatch[] {
    const tokens = tokensOf(text);
    const matches: NameMatch[] = [];
    let at = 0;
    while (at < tokens.length) {
      const first = tokens[at];
      const found = (this.#byFirst.get(first?.stem ?? '') ?? []).filter(({ stems, name }) => {
        const last = tokens[at + stems.length - 1];
        return (
          stems.every((stem, offset) => tokens[at + offset]?.stem === stem) &&
          last !== undefined &&
          fits(name, text.slice(first?.start, last.end))
        );
      });
      const length = found[0]?.stems.length ?? 0;
      const last = tokens[at + length - 1];
      if (first === undefined || last === undefined || length === 0) {
        at += 1;
        continue;
      }
      const terms = found.filter(({ stems }) => stems.length === length).map(({ term }) => term);
      matches.push({
        terms: [...new Set(terms)],
        start: first.start,
        end: last.end,
        negated: isNegated(text, tokens, at),
      });
      at += length;
    }
    return matches;
  }
}

/** Splits a text into tokens with their stems. */
export function tokensOf(text: string): readonly TextToken[] {
  return [...text.matchAll(/[\p{L}\p{N}\p{M}]+/gu)].map((match) => {
    const raw = match[0];
    return { raw, stem: stemOf(raw), start: match.index, end: match.index + raw.length };
  });
}

/** Singular and plural meet and nothing else does: a stemmer would take "extreme" for "extremities". */
function stemOf(raw: string): string {
  const folded = foldText(raw);
  if (/ies$/.test(folded) && folded.length > 5) return `${folded.slice(0, -3)}y`;
  return folded.length > 3 && /[^suio]s$/.test(folded) ? folded.slice(0, -1) : folded;
}

function isAcronym(name: string): boolean {
  return name.length <= 4 && /^[\p{Lu}\p{N}]+$/u.test(name);
}

function fitsProse(name: string, written: string): boolean {
  if (everydayWords.has(name.toLowerCase())) return false;
  if (!isAcronym(name)) return true;
  if (name.length <= 2 && !shortNamesInProse.has(name)) return /\p{N}/u.test(name) && written.startsWith(name);
  return written === name || written === `${name}s`;
}

function fitsQuestion(name: string, written: string): boolean {
  const folded = name.toLowerCase();
  if (everydayWords.has(folded)) return isAcronym(name) && written === name;
  if (isAcronym(name) && name.length <= 2 && !shortNamesAsked.has(folded)) return written.startsWith(name);
  return true;
}

function isNegated(text: string, tokens: readonly TextToken[], at: number): boolean {
  for (let back = 1; back <= exclusionReach && back <= at; back += 1) {
    const token = tokens[at - back];
    const next = tokens[at - back + 1];
    if (token === undefined || next === undefined) return false;
    const word = token.raw.toLowerCase();
    if (word === 'exclusion' || word === 'excluded') return true;
    if (word === 'inclusion' || word === 'included') return false;
    const reaches = back <= negationReach && !/[.;:!?]|\bbut\b/.test(text.slice(token.end, tokens[at]?.start));
    if (reaches && negators.has(word)) return true;
  }
  return false;
}

function closure(start: string, next: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const seen = new Set([start]);
  for (const key of seen) for (const other of next.get(key) ?? []) seen.add(other);
  return [...seen];
}
