import type { Span } from './model.ts';
import { type PreparedText, type SectionSpan, spanAt } from './prepare-text.ts';
import { numberPattern, readNumber } from './read-number.ts';

const people =
  'participants?|subjects?|patients?|individuals?|volunteers?|adults?|children|adolescents?|students?|controls?|women|men|males?|females?|people|persons?|youths?|teenagers|infants|newborns?|neonates|boys|girls|cases|twins|veterans|undergraduates|graduates|speakers|readers|drinkers|smokers|users|survivors|mothers|couples|dyads|pairs|musicians|athletes|players|elders|listeners|right-handers|left-handers|healthy|HCs?|probands|siblings|relatives|members|recruits|respondents|inpatients|outpatients|soldiers|nurses|workers|drivers|responders|carriers|preschoolers|toddlers|observers|learners|bilinguals|monolinguals|meditators|gamers|abusers|offenders';
/** Words that may stand between the number and the people. */
const between = `(?:[\\p{L}\\p{N}][\\p{L}\\p{N}'’./–‐-]*[,;]?|\\([^()]{1,40}\\)|,)`;
const counted = new RegExp(
  `(?<![\\p{L}\\p{N}.,/=<>±–−-])${numberPattern}(?![\\p{N}%]|[.:]\\d|[-–]\\d)(?:[ \\u00a0-]+${between}){0,7}?[ \\u00a0-]+(${people}|[\\p{L}]{2,5}s)(?![\\p{L}])`,
  'giu',
);
const peopleWord = new RegExp(`^(?:${people})$`, 'i');
const equals = /\b(?:n|N)\s{0,3}(?:=|≈|of)\s{0,3}(\d{1,3}(?:[,  ]\d{3})+|\d{1,7})(?![\d%]|\.\d)/g;
const number = new RegExp(`^${numberPattern}`, 'iu');

/** Words between a number and people that make the number something else. */
const notPeople =
  /\b(?:years?|months?|weeks?|days?|hours?|min(?:utes)?|sec(?:onds)?|s|ms|mm|hz|trials?|sessions?|runs?|blocks?|studies|experiments?|papers|articles|sites?|centers?|centres?|scans?|images|volumes|items|stimuli|pictures|faces|words|percent|times|groups?|of the (?:studies|papers)|datasets|regions|channels|slices|electrodes|voxels|components|networks|features|points?|countries|T|tesla|scanners?|in|per|than|to|versus|vs|between|for each)\b/i;
const cues: Readonly<Record<string, RegExp>> = {
  recruit: /recruit|enrol|volunteer|participated|took part/i,
  final:
    /\bfinal|remaining|resulting|leaving|analy[sz]ed|were included|included in|thus|hence|consequently|data (?:from|of)/i,
  total: /\btotal|overall|consist|compris|altogether|sample of/i,
  we: /\bwe\b|\bour\b|this study|present study|current study/i,
  screened: /screened|initial|originally|eligib|approached|invited|contacted|before exclusion/i,
  others:
    /\bet al\b|\(\d{4}\)|previous (?:study|studies|work)|meta-analy|power analysis|required|literature|effect size|simulat/i,
  excluded:
    /exclud|dropp?ed|discard|removed|withdr|declin|refus|missing|fail(?:ed|ure)|lost|did not|could not|unable|drop-?outs?|ineligible/i,
  stimuli:
    /stimul|picture|image|word|trial|item|rated|norming|pilot|independent (?:group|sample)|behaviou?ral (?:study|experiment)/i,
  database: /dataset|database|consortium|cohort|repository|project|biobank/i,
};

/** What a stated number looks like and stands beside. */
export interface CountCandidate extends Span {
  readonly value: number;
  readonly rule: 'count:noun' | 'count:n';
  readonly features: readonly string[];
}

/** Numbers of people in an article: every statement, with what tells those studied from others. */
export function findCounts(prepared: PreparedText): CountCandidate[] {
  const found: (Candidate & { readonly value: number })[] = [];
  for (const section of prepared.sections) {
    if (section.role === 'REFERENCES') continue;
    const words = prepared.text.slice(section.start, section.end);
    for (const match of words.matchAll(counted)) {
      const written = number.exec(match[0])?.[0] ?? '';
      const noun = match[1] ?? '';
      if (notPeople.test(match[0].slice(written.length)) || !isPeople(noun)) continue;
      const rest = match[0].slice(written.length);
      push(found, { start: section.start + match.index, written, section, noun, rest });
    }
    for (const match of words.matchAll(equals)) {
      const written = match[1] ?? '';
      const start = section.start + match.index + match[0].length - written.length;
      push(found, { start, written, section, noun: '', rest: '' });
    }
  }
  found.sort((a, b) => a.start - b.start);
  return found.map((candidate, at) => ({
    start: candidate.start,
    end: candidate.start + candidate.written.length,
    value: candidate.value,
    rule: candidate.noun === '' ? 'count:n' : 'count:noun',
    features: [...placeFeatures(prepared, candidate), ...rankFeatures(found, at)],
  }));
}

interface Candidate {
  readonly start: number;
  readonly written: string;
  readonly section: SectionSpan;
  readonly noun: string;
  readonly rest: string;
}

function push(found: (Candidate & { readonly value: number })[], candidate: Candidate): void {
  const value = readNumber(candidate.written);
  if (value !== undefined && value >= 2 && value <= 5_000_000) found.push({ ...candidate, value });
}

/** Any plural of capitals ("HCs", "CUs") is a group of people here; other words are looked up. */
function isPeople(noun: string): boolean {
  return /^[A-Z]{2,5}s$/.test(noun) || peopleWord.test(noun);
}

function placeFeatures(prepared: PreparedText, candidate: Candidate): string[] {
  const { text, sentences } = prepared;
  const { start, section, written, noun, rest } = candidate;
  const sentence = sentences[spanAt(sentences, start)] ?? { start, end: start };
  const end = start + written.length;
  const before = text.slice(Math.max(sentence.start, start - 70), start);
  const after = text.slice(end, Math.min(sentence.end, end + 90));
  const all = text.slice(Math.max(sentence.start, start - 300), Math.min(sentence.end, end + 300));
  const role = section.role ?? 'none';
  const inPeople = /participant|subjects|patients|sample|population|cohort/i.test(section.name);
  return [
    `role=${role}`,
    `people=${inPeople}`,
    `first=${start - section.start < 400}|${inPeople}`,
    `noun=${noun.toLowerCase().replace(/s$/, '')}`,
    `kind=${/^\d/.test(written) ? 'd' : 'w'}${start - sentence.start < 3 ? '^' : ''}`,
    `p1=${lastWord(before)}`,
    `p2=${before.toLowerCase().match(/(\S+ \S+)\s*$/)?.[1] ?? ''}`,
    `a1=${rest.trim().split(/\s+/).length}`,
    `par=${/\($|\( *[nN] ?= ?$/.test(before)}`,
    `gender=${/^\s*(?:\w+ )?(?:fe)?males?|^\s*(?:wo)?men|^\s*(?:boys|girls)/i.test(after)}`,
    `sub=${/^[^.]{0,60}\((?:[^)]*\b)?(?:fe)?male|^[^.]{0,60}\([^)]*(?:wom|\bm)en|^[^.]{0,60}\([^)]*age/i.test(after)}`,
    `of=${/\bof (?:the |these |all |our )*$/i.test(before)}|${/^\s*(?:of|out of|\/)/.test(after)}`,
    ...Object.entries(cues).flatMap(([name, cue]) => [
      ...(cue.test(before) ? [`b:${name}`] : []),
      ...(cue.test(after) ? [`c:${name}`] : []),
      ...(cue.test(all) ? [`s:${name}`] : []),
    ]),
  ];
}

function lastWord(before: string): string {
  return (
    before
      .toLowerCase()
      .match(/([^\s]+)\s*$/)?.[1]
      ?.slice(0, 14) ?? '^'
  );
}

/** How a number stands among the article's others: stated again, the largest, exceeded soon after. */
function rankFeatures(found: readonly (Candidate & { readonly value: number })[], at: number): string[] {
  const own = found[at];
  if (own === undefined) return [];
  const strong = found.filter(({ section, noun }) => noun !== '' && /TITLE|ABSTRACT|METHODS/.test(section.role ?? ''));
  const same = found.filter(({ value }) => value === own.value);
  const abstract = found.filter(({ section }) => section.role === 'ABSTRACT' || section.role === 'TITLE');
  const larger = strong.filter(({ value }) => value > own.value).length;
  return [
    `again=${Math.min(same.length, 4)}`,
    `inabs=${abstract.some(({ value }) => value === own.value)}|${abstract.length > 0}`,
    `absmax=${abstract.length > 0 && own.value >= Math.max(...abstract.map(({ value }) => value))}`,
    `larger=${Math.min(larger, 5)}`,
    `order=${Math.min(at, 6)}`,
    `size=${Math.min(5, Math.floor(Math.log2(own.value) / 2))}`,
    `next=${(found[at + 1]?.value ?? 0) < own.value}|${(found[at + 1]?.start ?? Infinity) - own.start < 120}`,
    `prev=${(found[at - 1]?.value ?? 0) < own.value}|${own.start - (found[at - 1]?.start ?? -Infinity) < 120}`,
    `sum=${(found[at + 1]?.value ?? 0) + (found[at + 2]?.value ?? 0) === own.value}`,
  ];
}
