import { type Abbreviation, findAbbreviations } from './find-abbreviations.ts';
import { findAccessions } from './find-accessions.ts';
import { findCuedNames } from './find-cued-names.ts';
import { findKnownNames } from './find-known-names.ts';
import { findLinks } from './find-links.ts';
import { findTaggedNames } from './find-tagged-names.ts';
import { type Finding, withoutOverlaps } from './finding.ts';
import type { GazetteerIndex } from './gazetteer-index.ts';
import type { NameModel } from './ports.ts';
import type { MinableArticle, PreparedText } from './prepare-text.ts';

/** Nouns that belong to a name where they follow it at once. */
const trailingNoun = /^ {1,2}(?:data ?-?sets?|data ?-?bases?|corpus|corpora|benchmark)\b/i;
/** Names that are looked for again in the rest of an article, at most: hostile texts stay linear. */
const mostEchoes = 40;

/** All that the rules find in a text, without overlaps, in its order. */
export function collectFindings(
  prepared: PreparedText,
  article: MinableArticle,
  index: GazetteerIndex,
  names: NameModel | undefined,
): Finding[] {
  const abbreviations = findAbbreviations(prepared.text);
  const identifiers = [...findAccessions(prepared, article), ...findLinks(prepared)].map((finding) =>
    linked(finding, index),
  );
  const identified = new Set(identifiers.flatMap(({ entry }) => entry ?? []));
  const known = findKnownNames(prepared, index, abbreviations, identified).map((finding) =>
    withNoun(prepared.text, finding),
  );
  const unknown = [
    ...findCuedNames(prepared, abbreviations, known),
    ...(names === undefined ? [] : findTaggedNames(prepared, abbreviations, names)),
  ];
  const firm = withoutOverlaps([...identifiers, ...known, ...agreeing(unknown)]);
  return withoutOverlaps([...firm, ...echoes(prepared.text, firm, abbreviations)]).filter(outsideReferences(prepared));
}

/** The gazetteer's entry of an identifier. */
function linked(finding: Finding, index: GazetteerIndex): Finding {
  const entry = index.byIdentifier(finding.key) ?? index.byIdentifier(finding.name);
  return entry === undefined ? finding : { ...finding, key: `entry:${entry.key}`, name: entry.title, entry: entry.key };
}

function withNoun(text: string, finding: Finding): Finding {
  const noun = trailingNoun.exec(text.slice(finding.end, finding.end + 14))?.[0] ?? '';
  return { ...finding, end: finding.end + noun.length };
}

/** A name that two rules find is surer; the tagger's borders are the better ones. */
function agreeing(unknown: readonly Finding[]): Finding[] {
  const cued = unknown.filter(({ rule }) => rule !== 'tagger');
  return unknown.map((finding) => {
    if (finding.rule !== 'tagger') return finding;
    const agrees = cued.some(({ start, end }) => start < finding.end && finding.start < end);
    return agrees ? { ...finding, confidence: Math.min(0.9, finding.confidence + 0.12) } : finding;
  });
}

/** Further places of names that a cue has shown to be datasets: by their short form, or their own letters. */
function echoes(text: string, firm: readonly Finding[], abbreviations: readonly Abbreviation[]): Finding[] {
  const forms = new Map<string, Finding>();
  const shorts = new Map(abbreviations.map(({ short, long }) => [long, short]));
  for (const finding of firm) {
    if (finding.kind !== 'NAME' || finding.entry !== undefined || finding.confidence < 0.7) continue;
    const acronym = finding.acronym ?? shorts.get(finding.name);
    for (const form of [finding.name, acronym])
      if (form !== undefined && isDistinct(form) && forms.size < mostEchoes && !forms.has(form))
        forms.set(form, finding);
  }
  return [...forms].flatMap(([form, of]) =>
    placesOf(text, form).map(
      (start): Finding => ({ ...of, start, end: start + form.length, rule: 'echo', confidence: 0.6 }),
    ),
  );
}

function isDistinct(form: string): boolean {
  return form.length >= 3 && (/\p{Lu}.*[\p{Lu}\d]|\p{Ll}.*\p{Lu}/u.test(form) || form.includes(' '));
}

function placesOf(text: string, form: string): number[] {
  const places: number[] = [];
  for (let at = text.indexOf(form); at >= 0 && places.length < 200; at = text.indexOf(form, at + form.length)) {
    const inside = /[\p{L}\p{N}]/u;
    if (!inside.test(text[at - 1] ?? ' ') && !inside.test(text[at + form.length] ?? ' ')) places.push(at);
  }
  return places;
}

/** Titles of cited works name datasets without doing anything with them. */
function outsideReferences({ sections }: PreparedText): (finding: Finding) => boolean {
  const references = sections.filter(({ role }) => role === 'REFERENCES');
  return ({ start, kind }) =>
    kind !== 'NAME' || !references.some((section) => section.start <= start && start < section.end);
}
