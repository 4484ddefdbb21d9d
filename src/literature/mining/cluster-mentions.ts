import { lettersOf } from './gazetteer-index.ts';
import type { AttributeField, ClusterAttribute, ClusterMember, MentionCluster, MinedArticle } from './model.ts';
import { nameWords, wordOverlap } from './name-forms.ts';
import { plainIdentifier } from './resolve-mention.ts';

/** An article with what was mined from it. */
export interface MinedPaper {
  /** The caller's id. */
  readonly article: string;
  readonly mined: MinedArticle;
}

/** From here on two names with the same first words or the same acronym are one. */
const sameName = 0.75;

/**
 * Puts the same datasets of several articles together: by key, by identifier, by acronym with a compatible name. Strongest first.
 * A cluster that rests on one article's passing word is not returned: it needs an identifier, two articles, or an article that
 * introduces or uses it by a full name.
 */
export function clusterMentions(papers: readonly MinedPaper[]): MentionCluster[] {
  const members = papers.flatMap(({ article, mined }) =>
    mined.datasets.map((dataset): ClusterMember => ({ article, dataset })),
  );
  const groups = mergeByName(groupMembers(members));
  const mined = new Map(papers.map((paper) => [paper.article, paper.mined]));
  return groups
    .map((group) => clusterOf(group, mined))
    .filter(isSupported)
    .sort((a, b) => b.score - a.score || (a.key < b.key ? -1 : 1));
}

function groupMembers(members: readonly ClusterMember[]): ClusterMember[][] {
  const groups: ClusterMember[][] = [];
  const byMark = new Map<string, ClusterMember[]>();
  for (const member of members) {
    const marks = [member.dataset.key, ...member.dataset.identifiers.map(plainIdentifier)];
    const known = marks.map((mark) => byMark.get(mark)).find((group) => group !== undefined);
    const group = known ?? [];
    if (known === undefined) groups.push(group);
    group.push(member);
    for (const mark of marks) if (!byMark.has(mark)) byMark.set(mark, group);
  }
  return groups;
}

/** Joins groups whose names are variants of each other: blocks are acronyms and first words, so that no pair is compared in vain. */
function mergeByName(groups: readonly ClusterMember[][]): ClusterMember[][] {
  const merged: ClusterMember[][] = [];
  const blocks = new Map<string, ClusterMember[][]>();
  for (const group of [...groups].sort((a, b) => b.length - a.length)) {
    const marks = blockMarks(group);
    const target = marks.flatMap((mark) => blocks.get(mark) ?? []).find((other) => areOne(other, group));
    if (target === undefined) merged.push(group);
    else target.push(...group);
    for (const mark of marks) blocks.set(mark, [...(blocks.get(mark) ?? []), target ?? group]);
  }
  return merged;
}

function blockMarks(group: readonly ClusterMember[]): string[] {
  const first = group[0]?.dataset;
  if (first === undefined || !first.key.startsWith('name:'))
    return first?.entry === undefined ? [] : acronymMarks(group);
  return [`w:${nameWords(first.name).slice(0, 2).join(' ')}`, ...acronymMarks(group)];
}

function acronymMarks(group: readonly ClusterMember[]): string[] {
  const shorts = group.flatMap(({ dataset }) => [
    dataset.acronym ?? '',
    nameWords(dataset.name).length === 1 ? dataset.name : '',
  ]);
  return [...new Set(shorts.map((short) => lettersOf(short).toLowerCase()).filter((short) => short.length >= 3))].map(
    (short) => `a:${short}`,
  );
}

function areOne(one: readonly ClusterMember[], other: readonly ClusterMember[]): boolean {
  const [a, b] = [one[0]?.dataset, other[0]?.dataset];
  if (a === undefined || b === undefined || (a.entry !== undefined && b.entry !== undefined)) return false;
  const [long, short] = [nameWords(a.name), nameWords(b.name)];
  // One of them is the bare acronym of the other, or they differ by a word.
  if (long.length === 1 || short.length === 1)
    return acronymMarks(one).some((mark) => acronymMarks(other).includes(mark));
  return wordOverlap(long, short) >= sameName;
}

function clusterOf(members: readonly ClusterMember[], mined: ReadonlyMap<string, MinedArticle>): MentionCluster {
  const order = [...members].sort((a, b) => evidence(b) - evidence(a) || (a.article < b.article ? -1 : 1));
  const key = tally(members.map(({ dataset }) => dataset.key))[0] ?? '';
  // The name as those write it who share the key: a fragment that joined by its acronym does not rename the whole.
  const keyed = members.filter(({ dataset }) => dataset.key === key).map(({ dataset }) => dataset.name);
  const names = tally(
    [...keyed, ...members.map(({ dataset }) => dataset.name)].filter((name) => nameWords(name).length > 1),
  );
  const acronyms = tally(
    members.flatMap(({ dataset }) => dataset.acronym ?? (nameWords(dataset.name).length === 1 ? dataset.name : [])),
  );
  const best = order.find(({ dataset }) => dataset.entry !== undefined) ?? order[0];
  return {
    key,
    name: best?.dataset.entry === undefined ? (names[0] ?? best?.dataset.name ?? '') : best.dataset.name,
    acronym: acronyms[0],
    entry: best?.dataset.entry,
    identifiers: [...new Set(members.flatMap(({ dataset }) => dataset.identifiers))],
    members: order,
    score: Number(scoreOf(members).toFixed(4)),
    attributes: attributesOf(order, mined),
  };
}

/** Values by how often they occur, then by themselves: the same input gives the same order. */
function tally(values: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([value]) => value);
}

/** How much one article's part weighs: what it does with the dataset, how sure it is, how often it says so. */
function evidence({ dataset }: ClusterMember): number {
  const { USES, INTRODUCES, DEPOSITS } = dataset.roleScores;
  return (
    dataset.confidence * (0.25 + USES + INTRODUCES + 0.5 * DEPOSITS) * (1 + Math.log2(1 + dataset.mentions.length) / 4)
  );
}

function scoreOf(members: readonly ClusterMember[]): number {
  const perArticle = new Map<string, number>();
  for (const member of members)
    perArticle.set(member.article, Math.max(perArticle.get(member.article) ?? 0, evidence(member)));
  const total = [...perArticle.values()].reduce((sum, value) => sum + value, 0);
  const names = members.some(({ dataset }) => nameWords(dataset.name).length > 1) ? 1 : 0.6;
  return total * names;
}

function isSupported({ members, identifiers, name }: MentionCluster): boolean {
  const articles = new Set(members.map(({ article }) => article)).size;
  const sure = members.some(({ dataset }) => dataset.confidence >= 0.7);
  const told = members.some(
    ({ dataset }) => dataset.role !== 'BACKGROUND' && nameWords(name).length > 1 && dataset.confidence >= 0.75,
  );
  return (sure && (identifiers.length > 0 || articles > 1)) || told;
}

/** What the abstract of an article that uses a dataset is about is mostly, not always, what that dataset is of. */
const farWeight = 0.25;

/** Attributes of the sentences that name the dataset, and, for little, of the abstracts of articles that use it. */
function attributesOf(members: readonly ClusterMember[], mined: ReadonlyMap<string, MinedArticle>): ClusterAttribute[] {
  const found = new Map<
    string,
    {
      field: AttributeField;
      value: string;
      label: string;
      kind: string;
      weight: number;
      evidence: ClusterAttribute['evidence'][number][];
    }
  >();
  const totals = new Map<AttributeField, number>();
  const kinds = new Map<string, number>();
  for (const { article, dataset } of members) {
    for (const mention of mined.get(article)?.attributes ?? []) {
      const near = mention.datasets.includes(dataset.key);
      if (!near && (mention.field !== 'modality' || dataset.role === 'BACKGROUND')) continue;
      const id = `${mention.field}=${mention.value}`;
      const { field, value, label } = mention;
      const kind = `${field}=${mention.wider ?? value}`;
      const entry = found.get(id) ?? { field, value, label, kind, weight: 0, evidence: [] };
      const weight = near ? 1 : farWeight;
      entry.weight += weight;
      kinds.set(kind, (kinds.get(kind) ?? 0) + weight);
      // What names the dataset in the same breath is quoted first.
      if (near) entry.evidence.unshift({ article, mention });
      else entry.evidence.push({ article, mention });
      found.set(id, entry);
      totals.set(field, (totals.get(field) ?? 0) + weight);
    }
  }
  return [...found.values()]
    .sort(
      (a, b) =>
        // Finer kinds of one modality speak for it together: T1W, DWI and FMRI are all MR.
        (kinds.get(b.kind) ?? 0) - (kinds.get(a.kind) ?? 0) || b.weight - a.weight || (a.value < b.value ? -1 : 1),
    )
    .map(({ weight, kind: _, ...entry }) => ({
      ...entry,
      confidence: Number((weight / (totals.get(entry.field) ?? 1)).toFixed(4)),
    }));
}
