import type { AttributeField, Span } from './model.ts';
import { foldWord } from './name-forms.ts';
import type { LexiconTerm } from './ports.ts';
import type { PreparedText } from './prepare-text.ts';

/** A statement of an attribute, in UTF-16 units. */
export interface AttributeFinding extends Span {
  readonly field: AttributeField;
  readonly value: string;
  readonly label: string;
  readonly wider?: string | undefined;
  readonly rule: string;
  readonly confidence: number;
}

/** Words and phrases by their folded words: one pass over a text finds all of them, longest first. */
export class Lexicon {
  readonly #byFirst = new Map<string, { readonly words: readonly string[]; readonly term: LexiconTerm }[]>();

  constructor(terms: readonly LexiconTerm[]) {
    for (const term of terms) {
      const words = wordsOf(term.term).map(({ word }) => word);
      const [first] = words;
      if (first === undefined || (words.length === 1 && first.length < 2)) continue;
      this.#byFirst.set(first, [...(this.#byFirst.get(first) ?? []), { words, term }]);
    }
    for (const entries of this.#byFirst.values()) entries.sort((a, b) => b.words.length - a.words.length);
  }

  /** Terms in a text. One in capitals ("CT", "MS") is found in capitals only. */
  find(text: string): (Span & { readonly term: LexiconTerm })[] {
    const words = wordsOf(text);
    const found: (Span & { readonly term: LexiconTerm })[] = [];
    for (let at = 0; at < words.length; at += 1) {
      const start = words[at]?.start ?? 0;
      const hit = this.#byFirst.get(words[at]?.word ?? '')?.find(({ words: wanted, term }) => {
        if (!wanted.every((word, ahead) => words[at + ahead]?.word === word)) return false;
        const end = words[at + wanted.length - 1]?.end ?? start;
        return term.term !== term.term.toUpperCase() || text.slice(start, end) === term.term;
      });
      if (hit === undefined) continue;
      const last = at + hit.words.length - 1;
      found.push({ start, end: words[last]?.end ?? start, term: hit.term });
      at = last;
    }
    return found;
  }
}

function wordsOf(text: string): { word: string; start: number; end: number }[] {
  return [...text.matchAll(/[\p{L}\p{N}]+/gu)].map((match) => ({
    word: foldWord(match[0]),
    start: match.index,
    end: match.index + match[0].length,
  }));
}

const licenses: readonly (readonly [spdx: string, pattern: RegExp])[] = [
  ['CC0-1.0', /\bCC-?0\b|public domain dedication|Creative Commons Zero/gi],
  ['CC-BY-NC-SA-4.0', /\bCC[ -]BY-NC-SA(?:[ -]4\.0)?\b|Attribution-Non-?Commercial-Share-?Alike/gi],
  ['CC-BY-NC-ND-4.0', /\bCC[ -]BY-NC-ND(?:[ -]4\.0)?\b/gi],
  ['CC-BY-NC-4.0', /\bCC[ -]BY-NC(?![ -](?:SA|ND))(?:[ -]4\.0)?\b/gi],
  ['CC-BY-SA-4.0', /\bCC[ -]BY-SA(?:[ -]4\.0)?\b/gi],
  ['CC-BY-4.0', /\bCC[ -]BY(?![ -](?:NC|SA|ND))(?:[ -]4\.0)?\b/gi],
  ['PDDL-1.0', /\bPDDL\b/g],
  ['ODbL-1.0', /\bODbL\b|Open Database License/gi],
];
/** A licence counts as the data's where the sentence speaks of data; articles carry their own. */
const ofData = /\bdata|dataset|images|scans|collection|repository|database/i;

const access: readonly (readonly [value: string, label: string, pattern: RegExp])[] = [
  [
    'RESTRICTED',
    'on request',
    /\b(?:available|provided|shared|obtained|made available)[^.;]{0,80}?\b(?:up)?on (?:reasonable |qualified |formal )?request|available from the (?:corresponding )?authors?\b/gi,
  ],
  [
    'RESTRICTED',
    'controlled',
    /\b(?:data use|data transfer|data access|material transfer) (?:agreement|certification|committee|application)|controlled[- ]access|access (?:can|may|must|needs? to|has to) be (?:requested|granted|applied)|appl(?:y|ied|ication) for (?:data )?access|approved (?:researchers|users|investigators)|bona fide researchers|registered users|after registration|upon registration/gi,
  ],
  [
    'OPEN',
    'open',
    /\b(?<!not )(?<!not be )(?:publicly|freely|openly)[ -](?:available|accessible|shared|downloadable)|open[- ]access (?:data|dataset|database|repository)|openly shared|available (?:for (?:free )?download|without restriction|in (?:the )?public (?:domain|repositor))/gi,
  ],
];

/** Licences and statements of access, sentence by sentence. */
export function findTerms(prepared: PreparedText): AttributeFinding[] {
  const findings: AttributeFinding[] = [];
  const { text, sentences } = prepared;
  for (const { start, end } of sentences) {
    const sentence = text.slice(start, Math.min(end, start + 2000));
    if (!ofData.test(sentence)) continue;
    for (const [value, pattern] of licenses)
      for (const match of sentence.matchAll(pattern))
        findings.push({
          ...at(start, match),
          field: 'license',
          value,
          label: value,
          rule: 'license:name',
          confidence: 0.8,
        });
    for (const [value, label, pattern] of access)
      for (const match of sentence.matchAll(pattern))
        findings.push({
          ...at(start, match),
          field: 'accessClass',
          value,
          label,
          rule: `access:${label}`,
          confidence: 0.75,
        });
  }
  return findings;
}

function at(offset: number, match: RegExpExecArray): Span {
  return { start: offset + match.index, end: offset + match.index + match[0].length };
}
