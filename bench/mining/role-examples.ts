import type { Gazetteer, MentionRole } from '../../src/literature/index.ts';
import { collectFindings } from '../../src/literature/mining/collect-findings.ts';
import type { Finding } from '../../src/literature/mining/finding.ts';
import { GazetteerIndex } from '../../src/literature/mining/gazetteer-index.ts';
import { groupByKey } from '../../src/literature/mining/mine-article.ts';
import { foldWord, isSmallWord } from '../../src/literature/mining/name-forms.ts';
import { type PreparedText, prepareText, spanAt } from '../../src/literature/mining/prepare-text.ts';
import { roleCues, roleFeatures } from '../../src/literature/mining/role-features.ts';
import type { LabelledDocument, NeuroDocument } from './neuro-litmining.ts';
import type { Labelled } from './train-linear.ts';

/** A known dataset in a paper, with what people say the paper does with it. */
export interface UsePair {
  readonly paper: string;
  readonly entry: string;
  readonly used: boolean;
  /** Undefined where no rule found the dataset in the paper. */
  readonly features: readonly string[] | undefined;
  readonly mentions: number;
  /** The rule that retrieval.md calls the section rule: named in methods or data, or five times. */
  readonly bySection: boolean;
}

/** Every pair of paper and dataset that either a rule or an annotator found, for the datasets that annotators looked for. */
export function usePairs(
  labelled: readonly LabelledDocument[],
  gazetteer: Gazetteer,
  names: readonly string[],
): UsePair[] {
  const index = new GazetteerIndex(gazetteer);
  const wanted = new Map(names.map((name) => [name, entryOf(index, name)]));
  const entries = new Set([...wanted.values()].filter((entry) => entry !== undefined));
  return labelled.flatMap(({ document, labels }) => {
    const prepared = prepareText(document.article);
    const groups = groupByKey(collectFindings(prepared, document.article, index, undefined));
    const used = new Set(labels.map(({ name }) => wanted.get(name)).filter((entry) => entry !== undefined));
    const found = [...groups.values()].map((group) => group[0]?.entry ?? '').filter((entry) => entries.has(entry));
    return [...new Set([...used, ...found])].map((entry) =>
      pairOf({ document, prepared, groups, entry, used: used.has(entry) }),
    );
  });
}

/** `ds - human connectome project` is the entry with such a name or acronym. */
function entryOf(index: GazetteerIndex, label: string): string | undefined {
  const words = [...label.replace(/^ds - /, '').matchAll(/[\p{L}\p{N}]+/gu)]
    .map(([word]) => foldWord(word))
    .filter((word) => !isSmallWord(word));
  return index.match(words, 0)?.forms[0]?.entry.key;
}

function pairOf(found: {
  readonly document: NeuroDocument;
  readonly prepared: PreparedText;
  readonly groups: ReadonlyMap<string, readonly Finding[]>;
  readonly entry: string;
  readonly used: boolean;
}): UsePair {
  const { document, prepared, groups, entry, used } = found;
  const findings = groups.get(`entry:${entry}`) ?? [];
  const mostMentions = Math.max(0, ...[...groups.values()].map((group) => group.length));
  const roles = findings.map(({ start }) => prepared.sections[spanAt(prepared.sections, start)]?.role);
  return {
    paper: document.id,
    entry,
    used,
    mentions: findings.length,
    bySection: roles.some((role) => role === 'METHODS' || role === 'DATA_AVAILABILITY') || findings.length >= 5,
    features:
      findings.length === 0
        ? undefined
        : roleFeatures(prepared, { findings, otherDatasets: groups.size - 1, mostMentions }),
  };
}

/**
 * Silver examples of deposits and introductions from papers that nobody annotated: what the plainest sentences say, such as "deposited
 * … under accession …" or "here we present … the new dataset". They teach the two roles that the annotated collection has no label for.
 */
export function silverExamples(documents: readonly NeuroDocument[], gazetteer: Gazetteer): Labelled<MentionRole>[] {
  const index = new GazetteerIndex(gazetteer);
  return documents.flatMap((document) => {
    const prepared = prepareText(document.article);
    const groups = groupByKey(collectFindings(prepared, document.article, index, undefined));
    const mostMentions = Math.max(0, ...[...groups.values()].map((group) => group.length));
    return [...groups.values()].flatMap((findings) => {
      const label = plainRole(prepared, findings);
      const features = roleFeatures(prepared, { findings, otherDatasets: groups.size - 1, mostMentions });
      return label === undefined ? [] : [{ label, features }];
    });
  });
}

function plainRole(prepared: PreparedText, findings: readonly Finding[]): MentionRole | undefined {
  const sentences = findings
    .map(({ start }) => prepared.sentences[spanAt(prepared.sentences, start)])
    .filter((span) => span !== undefined);
  const words = sentences.map(({ start, end }) => prepared.text.slice(start, Math.min(end, start + 1500)));
  const isIdentifier = findings.some(({ kind }) => kind !== 'NAME');
  const own =
    /\b(?:have been|were|are|was|is) (?:deposited|uploaded|submitted)|we (?:have )?(?:deposited|uploaded|share)|of this study (?:are|is|can)|our (?:data|maps|results)/i;
  if (isIdentifier && words.some((sentence) => own.test(sentence) && roleCues['deposit']?.test(sentence) === true))
    return 'DEPOSITS';
  const fresh =
    /\b(?:here,? )?(?:we|this (?:paper|article|work)) (?:present|introduce|describe|release)s? (?:the |a |our )?(?:new |novel |large |open |public |multimodal )*/i;
  const introduces = findings.some(({ start }) =>
    fresh.test(prepared.text.slice(Math.max(0, start - 90), start).replace(/^.*[.;]/s, '')),
  );
  return introduces && findings.length > 1 ? 'INTRODUCES' : undefined;
}
