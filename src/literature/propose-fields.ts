import type { ArticleId } from '../kernel/ids.ts';
import type { ClusterInput, PaperEvidence, ProposedField, ProposedFieldName } from './discovery-model.ts';
import type { AttributeField, ClusterAttribute, Mention, MentionCluster, MentionRole } from './mining/model.ts';
import type { QuotableArticle } from './quote-article.ts';

/** What fields are made of. */
export interface FieldParts {
  readonly cluster: MentionCluster;
  readonly mined: ReadonlyMap<string, ClusterInput['mined']>;
  /** Articles that may be quoted; of the others nothing is. */
  readonly texts: ReadonlyMap<string, QuotableArticle>;
}

const mostEvidence = 5;
const mostValues = 12;
/** A value that few of the sentences say is of another dataset that they name. */
const leastShare = 0.08;

interface NamedIn {
  readonly article: string;
  readonly mention: Mention;
  readonly role: MentionRole;
  readonly confidence: number;
}

/** The record that a cluster could become: each value with the sentences that say so, verbatim, and none without. */
export function proposeFields(parts: FieldParts): readonly ProposedField[] {
  const named = mentionsOf(parts);
  const { cluster } = parts;
  const byName = named.filter(({ mention }) => mention.kind === 'NAME');
  const fields = [
    textField(parts, 'title', cluster.name, byName.length > 0 ? byName : named),
    cluster.acronym === undefined
      ? undefined
      : textField(
          parts,
          'acronym',
          cluster.acronym,
          named.filter(({ mention }) => mention.text.includes(cluster.acronym ?? '')),
        ),
    describingSentences(parts, named),
    identifierField(parts, named),
    listField(parts, 'modalities', 'modality'),
    listField(parts, 'conditions', 'condition'),
    subjectField(parts),
    topField(parts, 'accessClass', 'accessClass'),
    topField(parts, 'license', 'license'),
    addressField(parts, named),
  ];
  return fields.filter((field) => field !== undefined);
}

/** Mentions of the cluster in its articles, the strongest articles first. */
function mentionsOf({ cluster, mined }: FieldParts): readonly NamedIn[] {
  return cluster.members.flatMap(({ article, dataset }) =>
    dataset.mentions.flatMap((at): NamedIn[] => {
      const mention = mined.get(article)?.mentions[at];
      return mention === undefined ? [] : [{ article, mention, role: dataset.role, confidence: dataset.confidence }];
    }),
  );
}

function quoteMention({ texts }: FieldParts, { article, mention }: NamedIn): PaperEvidence | undefined {
  return texts.get(article)?.quote(mention, mention.confidence, mention.sentence);
}

/** One sentence per article at most: five times the same paper is one witness. */
function witnesses(parts: FieldParts, named: readonly NamedIn[]): readonly PaperEvidence[] {
  const found = new Map<ArticleId, PaperEvidence>();
  for (const each of named) {
    if (found.size >= mostEvidence) break;
    const evidence = quoteMention(parts, each);
    if (evidence !== undefined && !found.has(evidence.articleId)) found.set(evidence.articleId, evidence);
  }
  return [...found.values()];
}

function textField(
  parts: FieldParts,
  name: ProposedFieldName,
  value: string,
  named: readonly NamedIn[],
): ProposedField | undefined {
  const fitting = named.filter(({ mention }) => mention.text.toLowerCase().includes(value.toLowerCase()));
  const evidence = witnesses(parts, [...fitting, ...named]);
  const best = (fitting[0] ?? named[0])?.mention;
  if (evidence.length === 0 || best === undefined) return undefined;
  const confidence = Math.max(...named.map((each) => each.confidence));
  return { name, value, evidence, confidence, method: best.rule };
}

const telling: Readonly<Record<MentionRole, number>> = { INTRODUCES: 3, DEPOSITS: 2, USES: 1, BACKGROUND: 0 };

/** What a paper that introduces it says of it, in its own words. */
function describingSentences(parts: FieldParts, named: readonly NamedIn[]): ProposedField | undefined {
  const order = [...named].sort((a, b) => telling[b.role] - telling[a.role]);
  const [first] = order;
  if (first === undefined) return undefined;
  const seen = new Map<string, PaperEvidence>();
  // A title tells no more than the name.
  const told = order.filter(({ article, mention }) => article === first.article && mention.sectionRole !== 'TITLE');
  for (const each of told.length > 0 ? told : order.slice(0, 1)) {
    const evidence = quoteMention(parts, each);
    if (evidence !== undefined && evidence.text.length > 40 && seen.size < 3)
      seen.set(String(evidence.start), evidence);
  }
  const evidence = [...seen.values()].sort((a, b) => a.start - b.start);
  if (evidence.length === 0) return undefined;
  const value = evidence.map(({ text }) => text).join(' ');
  return {
    name: 'description',
    value,
    evidence,
    confidence: first.confidence,
    method: `sentences:${first.role.toLowerCase()}`,
  };
}

function identifierField(parts: FieldParts, named: readonly NamedIn[]): ProposedField | undefined {
  const values = parts.cluster.identifiers.filter((identifier) => !isAddress(identifier)).slice(0, mostValues);
  const evidence = witnesses(
    parts,
    named.filter(({ mention }) => mention.kind === 'ACCESSION' || mention.kind === 'DOI'),
  );
  // What MEDLINE's indexers name stands in no sentence: it is in the list of mentions, and not proposed unseen.
  if (values.length === 0 || evidence.length === 0) return undefined;
  const confidence = Math.max(...evidence.map(({ score }) => score));
  return { name: 'identifiers', value: values, evidence, confidence, method: 'identifier' };
}

function addressField(parts: FieldParts, named: readonly NamedIn[]): ProposedField | undefined {
  const address = parts.cluster.identifiers.find(isAddress)?.replace(/^url:/, '');
  const evidence = witnesses(
    parts,
    named.filter(({ mention }) => mention.kind === 'URL'),
  );
  if (address === undefined || evidence.length === 0) return undefined;
  const value = /^https?:\/\//i.test(address) ? address : `https://${address}`;
  return { name: 'url', value, evidence, confidence: Math.max(...evidence.map(({ score }) => score)), method: 'link' };
}

function isAddress(identifier: string): boolean {
  return /^(?:https?:\/\/|url:)/i.test(identifier);
}

function quoteAttribute(parts: FieldParts, { evidence, confidence }: ClusterAttribute): readonly PaperEvidence[] {
  const quotes = new Map<ArticleId, PaperEvidence>();
  for (const { article, mention } of evidence) {
    if (quotes.size >= mostEvidence) break;
    const near = parts.mined
      .get(article)
      ?.mentions.find(({ sentence }) => sentence.start <= mention.start && mention.end <= sentence.end);
    const quote = parts.texts
      .get(article)
      ?.quote({ ...mention, section: near?.section ?? '' }, mention.confidence * confidence, near?.sentence);
    if (quote !== undefined && !quotes.has(quote.articleId)) quotes.set(quote.articleId, quote);
  }
  return [...quotes.values()];
}

function attributesOf({ cluster }: FieldParts, field: AttributeField): readonly ClusterAttribute[] {
  return cluster.attributes.filter((attribute) => attribute.field === field);
}

function listField(parts: FieldParts, name: ProposedFieldName, field: AttributeField): ProposedField | undefined {
  const told = attributesOf(parts, field)
    .filter(({ confidence }) => confidence >= leastShare)
    .slice(0, mostValues)
    .map((attribute) => ({ attribute, evidence: quoteAttribute(parts, attribute) }))
    .filter(({ evidence }) => evidence.length > 0);
  const [best] = told;
  if (best === undefined) return undefined;
  return {
    name,
    value: told.map(({ attribute }) => attribute.value),
    evidence: told.flatMap(({ evidence }) => evidence.slice(0, 2)),
    confidence: Math.max(...best.attribute.evidence.map(({ mention }) => mention.confidence)),
    method: best.attribute.evidence[0]?.mention.rule ?? field,
  };
}

function topField(parts: FieldParts, name: ProposedFieldName, field: AttributeField): ProposedField | undefined {
  for (const attribute of attributesOf(parts, field)) {
    const evidence = quoteAttribute(parts, attribute);
    const [rule] = attribute.evidence.map(({ mention }) => mention.rule);
    if (evidence.length > 0)
      return { name, value: attribute.value, evidence, confidence: attribute.confidence, method: rule ?? field };
  }
  return undefined;
}

/** How many people: what most sentences say that also name the dataset. */
function subjectField(parts: FieldParts): ProposedField | undefined {
  const top = topField(parts, 'subjectCount', 'subjectCount');
  const value = Number(top?.value);
  return top === undefined || !Number.isSafeInteger(value) || value < 1 ? undefined : { ...top, value };
}
