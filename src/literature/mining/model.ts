import type { SectionRole } from '../model.ts';

/** What a mention is made of. */
export type MentionKind = 'NAME' | 'ACCESSION' | 'DOI' | 'URL';

/**
 * What an article does with a dataset. INTRODUCES: describes it for the first time. DEPOSITS: puts data of its own there. USES:
 * analyses it. BACKGROUND: only speaks of it.
 */
export type MentionRole = 'INTRODUCES' | 'DEPOSITS' | 'USES' | 'BACKGROUND';

/** A stretch of `articleText`, in Unicode code points. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A place where an article names a dataset. */
export interface Mention extends Span {
  /** Verbatim, as it stands at its offsets. */
  readonly text: string;
  readonly kind: MentionKind;
  /** Heading of the section as printed; `title` and `abstract` for those parts. */
  readonly section: string;
  readonly sectionRole: SectionRole | 'TITLE' | 'ABSTRACT' | undefined;
  /** The sentence it stands in. */
  readonly sentence: Span;
  /** Which of the article's datasets it names: `MinedDataset.key`. */
  readonly dataset: string;
  /** Which rule found it, such as `accession:geo`, `gazetteer:acronym`, `cue:noun`. */
  readonly rule: string;
  /** How sure the rule is that this names a dataset, 0 to 1. */
  readonly confidence: number;
}

/** Probability of each role; they add up to 1. */
export type RoleScores = Readonly<Record<MentionRole, number>>;

/** One dataset in one article, with all that the article says of it. */
export interface MinedDataset {
  /**
   * The same in every article: `entry:KEY` of the gazetteer, `doi:…`, `geo:GSE…`, `url:host/path`, or `name:…` for a name that
   * no gazetteer knows.
   */
  readonly key: string;
  /** The gazetteer's name, else the fullest form the article uses. */
  readonly name: string;
  /** Short form that the article binds to the name. */
  readonly acronym: string | undefined;
  /** Key of the gazetteer's entry. */
  readonly entry: string | undefined;
  /** Identifiers that the article gives for it: `doi:10.…`, `geo:GSE1`, `https://…`. */
  readonly identifiers: readonly string[];
  readonly role: MentionRole;
  readonly roleScores: RoleScores;
  /** How sure the article is that this is a dataset, 0 to 1: its mentions together. */
  readonly confidence: number;
  /** Places in `MinedArticle.mentions`. */
  readonly mentions: readonly number[];
}

/** What an article says of its data, beyond their name. */
export type AttributeField = 'modality' | 'condition' | 'subjectCount' | 'accessClass' | 'license';

/** One such statement, with its place. */
export interface AttributeMention extends Span {
  readonly field: AttributeField;
  /** A modality code, the IRI of a condition, a whole number as digits, an access class, or an SPDX id. */
  readonly value: string;
  readonly label: string;
  /** The widest modality that the value is a kind of; undefined where it is of none. */
  readonly wider?: string | undefined;
  readonly text: string;
  readonly rule: string;
  readonly confidence: number;
  /** The datasets that the same sentence names. */
  readonly datasets: readonly string[];
}

/** What was found in one article. */
export interface MinedArticle {
  /** In the order of the text; of two that overlap the surer one stands. */
  readonly mentions: readonly Mention[];
  /** Strongest first. */
  readonly datasets: readonly MinedDataset[];
  readonly attributes: readonly AttributeMention[];
  /** People studied, with the span that says so; undefined where the article does not tell. */
  readonly cohort: CohortSize | undefined;
}

/** How many people an article studies. */
export interface CohortSize extends Span {
  readonly value: number;
  readonly text: string;
}

/** A dataset that is known before any article is read. */
export interface GazetteerEntry {
  /** Slug in the catalog, or a key of the list it comes from. */
  readonly key: string;
  readonly title: string;
  /** Other full names. */
  readonly aliases: readonly string[];
  /** Short names: taken only as written, and only where the text binds them. */
  readonly acronyms: readonly string[];
  /** `doi:…`, `geo:…`, `https://…`: as `MinedDataset.identifiers`. */
  readonly identifiers: readonly string[];
}

/** The known datasets. */
export interface Gazetteer {
  readonly entries: readonly GazetteerEntry[];
}

/** A dataset as several articles together tell it. */
export interface MentionCluster {
  /** The most frequent key of its members. */
  readonly key: string;
  readonly name: string;
  readonly acronym: string | undefined;
  readonly entry: string | undefined;
  readonly identifiers: readonly string[];
  /** Articles by the caller's id, strongest first, with the dataset as each tells it. */
  readonly members: readonly ClusterMember[];
  /** How well the papers support that this is a dataset worth a record; higher is better, without upper bound. */
  readonly score: number;
  /** Attributes of the members' sentences, most frequent first. */
  readonly attributes: readonly ClusterAttribute[];
}

/** One article's part in a cluster. */
export interface ClusterMember {
  readonly article: string;
  readonly dataset: MinedDataset;
}

/** A value of an attribute with the articles that say so. */
export interface ClusterAttribute {
  readonly field: AttributeField;
  readonly value: string;
  readonly label: string;
  /** Share of the members' evidence that says this, 0 to 1. */
  readonly confidence: number;
  readonly evidence: readonly { readonly article: string; readonly mention: AttributeMention }[];
}

/** Which known dataset is meant. */
export type Resolution =
  | { readonly kind: 'ENTRY'; readonly entry: GazetteerEntry; readonly score: number; readonly by: string }
  /** Nothing is near enough, or two are equally near: a person decides. */
  | { readonly kind: 'NEW'; readonly similar: readonly { readonly entry: GazetteerEntry; readonly score: number }[] };
