import type { ArticleId, CandidateId, DatasetId, PrincipalId } from '../kernel/ids.ts';
import type { AttributeMention, CohortSize, Mention, MentionKind, MentionRole, MinedArticle } from './mining/model.ts';

/** What is to be decided of a dataset that papers speak of, or what was. */
export const candidateStates = ['OPEN', 'ACCEPTED', 'MERGED', 'REJECTED'] as const;
export type CandidateState = (typeof candidateStates)[number];

/** What a paper says, verbatim, with its place in the paper's text (`articleText`), in Unicode code points. */
export interface PaperEvidence {
  readonly articleId: ArticleId;
  /** Heading of the section. */
  readonly section: string;
  /** Where `text` stands. */
  readonly start: number;
  readonly end: number;
  /** A sentence, or as much of it as a steward needs to read. */
  readonly text: string;
  /** The words in it that say so. */
  readonly matchStart: number;
  readonly matchEnd: number;
  /** How sure it is, or how well it answers, 0 to 1. */
  readonly score: number;
}

/** Fields that papers can fill. */
export const proposedFieldNames = [
  'title',
  'acronym',
  'description',
  'identifiers',
  'modalities',
  'conditions',
  'subjectCount',
  'accessClass',
  'license',
  'url',
] as const;
export type ProposedFieldName = (typeof proposedFieldNames)[number];

/** One field of the record that a candidate could become. */
export interface ProposedField {
  readonly name: ProposedFieldName;
  /** A text, a number, or a list of texts, as the field needs. */
  readonly value: string | number | readonly string[];
  readonly evidence: readonly PaperEvidence[];
  readonly confidence: number;
  /** The rule, or the rules, that found it. */
  readonly method: string;
}

/** A dataset that papers speak of and the catalog does not have. */
export interface Candidate {
  readonly __typename: 'DatasetCandidate';
  readonly id: CandidateId;
  readonly state: CandidateState;
  readonly title: string;
  readonly acronym: string | undefined;
  readonly fields: readonly ProposedField[];
  /** Keys under which papers speak of it: `MinedDataset.key`. */
  readonly aliases: readonly string[];
  readonly articleCount: number;
  readonly mentionCount: number;
  readonly score: number;
  /** Slugs of datasets that it may be. */
  readonly similar: readonly string[];
  /** What it became, or was merged into. */
  readonly datasetId: DatasetId | undefined;
  readonly reason: string | undefined;
  readonly decidedBy: PrincipalId | undefined;
  readonly decidedAt: Date | undefined;
  /** Counts changes: what `expectedVersion` is held against. */
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A candidate as papers now support it, before it is held against those that are there. */
export interface Proposal {
  /** The most frequent of its keys: the id of a new candidate is made of it. */
  readonly key: string;
  readonly aliases: readonly string[];
  readonly title: string;
  readonly acronym: string | undefined;
  readonly fields: readonly ProposedField[];
  readonly articleCount: number;
  readonly mentionCount: number;
  readonly score: number;
  readonly similar: readonly string[];
}

/** A place where an article names a dataset, as it is stored. */
export interface StoredMention {
  readonly articleId: ArticleId;
  /** Its place among the mentions of the article. */
  readonly position: number;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly kind: MentionKind;
  readonly section: string;
  readonly rule: string;
  /** How sure the rule is that this names a dataset. */
  readonly confidence: number;
  /** Name and key of the article's dataset that it names, with what the article does with that. */
  readonly name: string;
  readonly key: string;
  readonly role: MentionRole;
  readonly roleScore: number;
  /** The dataset of the catalog, where it is known. */
  readonly datasetId: DatasetId | undefined;
}

/** An article that speaks of a dataset. */
export interface DatasetPaper {
  readonly articleId: ArticleId;
  readonly role: MentionRole;
  readonly roleScore: number;
  readonly confidence: number;
  readonly mentionCount: number;
}

/** How many articles of a year do something with a dataset. */
export interface YearOfUse {
  readonly year: number | undefined;
  readonly role: MentionRole;
  readonly articles: number;
}

/** What of an article's finds is kept beside mentions and datasets. */
export interface MinedRest {
  readonly attributes: readonly AttributeMention[];
  readonly cohort: CohortSize | undefined;
}

/** One article's part in what is clustered: the finds of it that belong there. */
export interface ClusterInput {
  readonly article: ArticleId;
  readonly mined: MinedArticle;
}

/** A sentence of an article that names a dataset, as the miner left it. */
export interface NamingSentence
  extends Pick<Mention, 'start' | 'end' | 'text' | 'section' | 'sentence' | 'confidence'> {
  readonly articleId: ArticleId;
  readonly datasetId: DatasetId;
  readonly role: MentionRole;
}

/** What a run did. */
export interface MiningReport {
  /** Articles that were read. */
  readonly mined: number;
  /** Articles whose text is as it was. */
  readonly unchanged: number;
  readonly mentions: number;
}

/** What is looked for in papers, and of which datasets. */
export interface PaperQuestion {
  /** Words that a sentence should hold; names of terms of the question among them. */
  readonly words: string;
  readonly datasetIds: readonly DatasetId[];
  /** Sentences for each dataset at most. */
  readonly most: number;
}
