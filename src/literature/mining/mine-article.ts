import { chooseCohort, countAttributes } from './choose-cohort.ts';
import { classify } from './classify.ts';
import { collectFindings } from './collect-findings.ts';
import { curatedAccessions } from './find-accessions.ts';
import { type AttributeFinding, findTerms, Lexicon } from './find-attributes.ts';
import { findCounts } from './find-counts.ts';
import type { Finding } from './finding.ts';
import { GazetteerIndex } from './gazetteer-index.ts';
import type {
  AttributeMention,
  Gazetteer,
  Mention,
  MentionRole,
  MinedArticle,
  MinedDataset,
  RoleScores,
} from './model.ts';
import type { MiningResources, RoleModel } from './ports.ts';
import { type MinableArticle, type PreparedText, prepareText, spanAt, toCodePoints } from './prepare-text.ts';
import { roleFeatures } from './role-features.ts';

/** A miner with its dictionaries made ready: one per gazetteer, any number of articles. Pure: the same article gives the same finds. */
export interface Miner {
  mine(article: MinableArticle): MinedArticle;
}

/** Makes a miner; takes some milliseconds per thousand known names. */
export function createMiner(resources: MiningResources, gazetteer: Gazetteer): Miner {
  const index = new GazetteerIndex(gazetteer);
  const modalities = new Lexicon(resources.modalities);
  const conditions = new Lexicon(resources.conditions);
  return {
    mine: (article) => {
      const prepared = prepareText(article);
      const findings = collectFindings(prepared, article, index, resources.names);
      const groups = groupByKey(findings);
      const terms = [...findTerms(prepared), ...termsNear(prepared, { modalities, conditions }, findings)];
      return assemble({ prepared, article, findings, groups, terms, resources });
    },
  };
}

/** Findings of one dataset each, in the order of the text. */
export function groupByKey(findings: readonly Finding[]): Map<string, Finding[]> {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const group = groups.get(finding.key);
    if (group === undefined) groups.set(finding.key, [finding]);
    else group.push(finding);
  }
  return groups;
}

interface Parts {
  readonly prepared: PreparedText;
  readonly article: MinableArticle;
  readonly findings: readonly Finding[];
  readonly groups: ReadonlyMap<string, readonly Finding[]>;
  readonly terms: readonly AttributeFinding[];
  readonly resources: MiningResources;
}

function assemble(parts: Parts): MinedArticle {
  const { prepared, article, findings, groups, resources } = parts;
  const offset = toCodePoints(prepared.text);
  const place = new Map(findings.map((finding, at) => [finding, at]));
  const sizes = [...groups.values()].map((group) => group.length);
  const datasets = [...groups].map(([key, group]) => {
    const features = roleFeatures(prepared, {
      findings: group,
      otherDatasets: groups.size - 1,
      mostMentions: Math.max(...sizes),
    });
    return datasetOf(key, group, {
      scores: scoresOf(resources.role, features),
      places: group.map((finding) => place.get(finding) ?? 0),
    });
  });
  const counts = findCounts(prepared);
  const { cohort: model } = resources;
  const chosen = chooseCohort(counts, model);
  const attributes = [...parts.terms, ...countAttributes(counts, model)].sort((a, b) => a.start - b.start);
  return {
    mentions: findings.map((finding) => mentionOf(prepared, finding, offset)),
    datasets: [...datasets, ...unseenDeposits(article, groups)].sort((a, b) => b.confidence - a.confidence),
    attributes: attributes.map((attribute) => attributeOf(parts, attribute, offset)),
    cohort: chosen && {
      value: chosen.value,
      start: offset(chosen.start),
      end: offset(chosen.end),
      text: prepared.text.slice(chosen.start, chosen.end),
    },
  };
}

/** The probability of each role. */
export function scoresOf(model: RoleModel, features: readonly string[]): RoleScores {
  const chances = classify(model, features);
  const scoreOf = (role: MentionRole): number => chances[model.labels.indexOf(role)] ?? 0;
  return {
    INTRODUCES: scoreOf('INTRODUCES'),
    DEPOSITS: scoreOf('DEPOSITS'),
    USES: scoreOf('USES'),
    BACKGROUND: scoreOf('BACKGROUND'),
  };
}

function datasetOf(
  key: string,
  group: readonly Finding[],
  { scores, places }: { readonly scores: RoleScores; readonly places: readonly number[] },
): MinedDataset {
  const best = group.reduce((one, other) => (other.confidence > one.confidence ? other : one));
  const identifiers = group.filter(({ kind }) => kind !== 'NAME').map((finding) => identifierOf(finding));
  const sure = 1 - Math.max(0, 1 - best.confidence) * 0.9 ** Math.min(group.length - 1, 8);
  return {
    key,
    name: best.name,
    acronym: group.find(({ acronym }) => acronym !== undefined)?.acronym,
    entry: best.entry,
    identifiers: [...new Set(identifiers)],
    role: likeliest(scores),
    roleScores: scores,
    confidence: Number(sure.toFixed(4)),
    mentions: places,
  };
}

function identifierOf({ kind, key, name }: Finding): string {
  if (kind === 'URL') return /^[a-z]+:\/\//i.test(name) ? name : `https://${name}`;
  return key.startsWith('entry:') ? name : key;
}

function likeliest(scores: RoleScores): MentionRole {
  const roles: readonly MentionRole[] = ['INTRODUCES', 'DEPOSITS', 'USES', 'BACKGROUND'];
  return roles.reduce((best, role) => (scores[role] > scores[best] ? role : best));
}

/** Accessions that MEDLINE's indexers found but the text at hand does not print: deposits without a place. */
function unseenDeposits(article: MinableArticle, groups: ReadonlyMap<string, unknown>): MinedDataset[] {
  return [...curatedAccessions(article)]
    .map(([accession, bank]) => `${bank}:${accession}`)
    .filter((key) => ![...groups.keys()].some((known) => known.toLowerCase() === key.toLowerCase()))
    .map((key) => ({
      key,
      name: key.slice(key.indexOf(':') + 1),
      acronym: undefined,
      entry: undefined,
      identifiers: [key],
      role: 'DEPOSITS',
      roleScores: { INTRODUCES: 0, DEPOSITS: 1, USES: 0, BACKGROUND: 0 },
      confidence: 1,
      mentions: [],
    }));
}

function mentionOf(
  { text, sections, sentences }: PreparedText,
  finding: Finding,
  offset: (at: number) => number,
): Mention {
  const section = sections[spanAt(sections, finding.start)];
  const sentence = sentences[spanAt(sentences, finding.start)] ?? finding;
  return {
    start: offset(finding.start),
    end: offset(finding.end),
    text: text.slice(finding.start, finding.end),
    kind: finding.kind,
    section: section?.name ?? '',
    sectionRole: section?.role,
    sentence: { start: offset(sentence.start), end: offset(sentence.end) },
    dataset: finding.key,
    rule: finding.rule,
    confidence: Number(finding.confidence.toFixed(3)),
  };
}

/** Datasets of one sentence that a statement in it is laid to, at most. */
const mostNeighbours = 50;

function attributeOf(
  { prepared, findings }: Parts,
  attribute: AttributeFinding,
  offset: (at: number) => number,
): AttributeMention {
  const sentence = prepared.sentences[spanAt(prepared.sentences, attribute.start)] ?? attribute;
  const datasets: string[] = [];
  for (let at = spanAt(findings, sentence.start); at < findings.length && datasets.length < mostNeighbours; at += 1) {
    const finding = findings[at];
    if (finding === undefined || finding.start >= sentence.end) break;
    if (finding.end > sentence.start) datasets.push(finding.key);
  }
  return {
    ...attribute,
    start: offset(attribute.start),
    end: offset(attribute.end),
    text: prepared.text.slice(attribute.start, attribute.end),
    datasets: [...new Set(datasets)],
  };
}

/** Modalities and conditions in title, abstract and the sentences that name a dataset: elsewhere they are legion and mean little. */
function termsNear(
  { text, sections, sentences }: PreparedText,
  { modalities, conditions }: { readonly modalities: Lexicon; readonly conditions: Lexicon },
  findings: readonly Finding[],
): AttributeFinding[] {
  const near = findings.map(({ start }) => sentences[spanAt(sentences, start)]).filter((span) => span !== undefined);
  const heads = sections.filter(({ role }) => role === 'TITLE' || role === 'ABSTRACT');
  const spans = [
    ...new Set([
      ...heads,
      ...near.filter(({ start }) => !heads.some((head) => head.start <= start && start < head.end)),
    ]),
  ];
  return spans.flatMap((span) => {
    const words = text.slice(span.start, Math.min(span.end, span.start + 20_000));
    const found = (field: 'modality' | 'condition', lexicon: Lexicon): AttributeFinding[] =>
      lexicon.find(words).map(({ start, end, term }) => ({
        start: span.start + start,
        end: span.start + end,
        field,
        value: term.value,
        label: term.label,
        ...(term.wider !== undefined && { wider: term.wider }),
        rule: `lexicon:${field}`,
        confidence: 0.8,
      }));
    // "Genomics" in a dataset's own name says nothing of what its data are.
    const ownName = ({ start, end }: AttributeFinding): boolean => {
      const finding = findings[spanAt(findings, start)];
      return finding !== undefined && finding.start <= start && end <= finding.end;
    };
    return [...found('modality', modalities), ...found('condition', conditions)].filter((term) => !ownName(term));
  });
}
