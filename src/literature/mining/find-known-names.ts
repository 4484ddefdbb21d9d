import type { Abbreviation } from './find-abbreviations.ts';
import type { Finding } from './finding.ts';
import { type GazetteerIndex, type KnownForm, lettersOf } from './gazetteer-index.ts';
import type { Span } from './model.ts';
import { foldWord, isSmallWord } from './name-forms.ts';
import { type PreparedText, spanAt } from './prepare-text.ts';

/** What makes an acronym something other than a dataset, right behind it. */
const otherThing =
  /^[\s-]*(?:trials?|scores?|scales?|inventory|questionnaires?|test|genes?|proteins?|algorithms?|toolbox|software|criteria|rule|syndrome|guidelines?|model|receptors?|neurons?|pathway)\b/i;
const dataAfter =
  /^[\s)-]*(?:[IVX\d.]+[\s)]*)?(?:(?:young adult|lifespan|minimally preprocessed|open|public|rest|task|imaging|MRI|fMRI|neuroimaging|release|S\d+) ){0,2}(?:data ?-?(?:sets?|bases?)?|cohorts?|stud(?:y|ies)|consorti|subjects?|participants?|patients|individuals|scans|images|sample|samples|project|repository|biobank|collection|release|corpus|benchmark|website|initiative|protocol|S?\d+)\b/i;
const dataBefore =
  /(?:data|dataset|datasets|databases?|subjects|participants|scans|images|cohorts?|sample|individuals|studies|projects|repositories|initiatives|biobanks)(?: (?:such as|like|including|from|of|in|provided by|collected by|released by|acquired by|for|were|was|used|available|obtained|downloaded|taken|selected|drawn|e\.g\.,?)){1,3} (?:the |both |all )*$/i;

/** Occurrences of one acronym in a text, before it is known whether the text means the dataset. */
interface Occurrence extends Span {
  readonly form: KnownForm;
}

/** Names of known datasets. An acronym counts only where the text binds it to the dataset. */
export function findKnownNames(
  prepared: PreparedText,
  index: GazetteerIndex,
  abbreviations: readonly Abbreviation[],
  identified: ReadonlySet<string>,
): Finding[] {
  const { names, acronyms } = occurrences(prepared.text, index);
  const named = new Set(names.map(({ form }) => form.entry.key));
  const long = new Map<string, string[]>();
  for (const { short, long: form } of abbreviations) {
    const letters = lettersOf(short);
    long.set(letters, [...(long.get(letters) ?? []), form]);
  }
  const findings = names.map((occurrence) => findingOf(occurrence, 'gazetteer:name', 0.97));
  for (const group of Map.groupBy(acronyms, ({ form }) => form.entry.key).values())
    findings.push(...judgeAcronym(group, { prepared, index, long, named, identified }));
  return findings;
}

interface Grounds {
  readonly prepared: PreparedText;
  readonly index: GazetteerIndex;
  /** Long forms by the letters of their short form. */
  readonly long: ReadonlyMap<string, readonly string[]>;
  /** Entries that the text names in full. */
  readonly named: ReadonlySet<string>;
  /** Entries whose identifier or address the text gives. */
  readonly identified: ReadonlySet<string>;
}

function judgeAcronym(group: readonly Occurrence[], grounds: Grounds): Finding[] {
  const [first] = group;
  if (first === undefined) return [];
  const { entry } = first.form;
  const bound = group.flatMap(({ form }) => grounds.long.get(lettersOf(form.written)) ?? []);
  const nearest = Math.max(0, ...bound.map((form) => grounds.index.nearness(entry, form)));
  const { text, sentences } = grounds.prepared;
  const free = group.filter(({ end }) => !otherThing.test(text.slice(end, end + 30)));
  if (nearest >= 0.5 || grounds.named.has(entry.key))
    return free.map((occurrence) => findingOf(occurrence, 'gazetteer:bound', 0.95));
  // The article says itself that the letters stand for something else: the OASIS trial is not OASIS.
  if (bound.length > 0) return [];
  if (grounds.identified.has(entry.key))
    return free.map((occurrence) => findingOf(occurrence, 'gazetteer:identified', 0.9));
  if (free.length < group.length) return [];
  const cued = free.filter(({ start, end }) => {
    const sentence = sentences[spanAt(sentences, start)] ?? { start, end };
    return (
      dataAfter.test(text.slice(end, end + 60)) ||
      dataBefore.test(text.slice(Math.max(sentence.start, start - 70), start))
    );
  });
  if (cued.length === 0) return [];
  const withCue = new Set(cued);
  const distinct = lettersOf(first.form.written).length >= 5 || /[a-z].*[A-Z]|[A-Z].*[a-z]|\d/.test(first.form.written);
  return free.map((occurrence) => {
    const here = withCue.has(occurrence);
    return findingOf(occurrence, here ? 'gazetteer:cue' : 'gazetteer:echo', (here ? 0.8 : 0.65) + (distinct ? 0.1 : 0));
  });
}

function findingOf({ start, end, form }: Occurrence, rule: string, confidence: number): Finding {
  const { entry } = form;
  return { start, end, kind: 'NAME', key: `entry:${entry.key}`, name: entry.title, entry: entry.key, rule, confidence };
}

/** Every place where a known form stands, longest first from the left. */
function occurrences(text: string, index: GazetteerIndex): { names: Occurrence[]; acronyms: Occurrence[] } {
  const places: Span[] = [];
  const words: string[] = [];
  for (const match of text.matchAll(/[\p{L}\p{N}]+/gu)) {
    places.push({ start: match.index, end: match.index + match[0].length });
    words.push(foldWord(match[0]));
  }
  const names: Occurrence[] = [];
  const acronyms: Occurrence[] = [];
  for (let first = 0; first < words.length; first += 1) {
    if (isSmallWord(words[first] ?? '')) continue;
    const match = index.match(words, first);
    const start = places[first]?.start ?? 0;
    const end = places[match?.last ?? first]?.end ?? start;
    const written = text.slice(start, end);
    const form = match?.forms.find((known) => isWritten(known, written));
    if (match === undefined || form === undefined) continue;
    (form.kind === 'NAME' ? names : acronyms).push({ start, end, form });
    first = match.last;
  }
  return { names, acronyms };
}

/** Whether the text's letters may stand for the form: a name needs a capital, an acronym its own case or capitals throughout. */
function isWritten({ kind, written: form }: KnownForm, written: string): boolean {
  if (/\n\s*\n/.test(written)) return false;
  if (kind === 'NAME') return /\p{Lu}/u.test(written) || !/\p{Lu}/u.test(form);
  const [letters, wanted] = [lettersOf(written), lettersOf(form)];
  return letters === wanted || (letters === wanted.toUpperCase() && letters.length > 4);
}
