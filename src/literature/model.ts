/** A section of an article's full text, in the order of the article; nested ones are flattened, parents before children. */
export interface ArticleSection {
  /** Its heading as printed; empty where it has none. */
  readonly name: string;
  /** What it is for, by its heading and its JATS `sec-type`; undefined where neither tells. */
  readonly role: SectionRole | undefined;
  readonly text: string;
}

/** What a section is for: how likely it names the data that a paper rests on. */
export type SectionRole =
  | 'INTRODUCTION'
  | 'METHODS'
  | 'RESULTS'
  | 'DISCUSSION'
  | 'DATA_AVAILABILITY'
  | 'CAPTIONS'
  | 'REFERENCES'
  | 'OTHER';

/** A person or a group that wrote an article. */
export interface ArticleAuthor {
  /** Family name, or the whole name of a group. */
  readonly family: string;
  readonly given: string | undefined;
  /** ORCID iD, four groups of four. */
  readonly orcid: string | undefined;
  readonly affiliations: readonly string[];
}

/** A MeSH heading (NLM, Medical Subject Headings) with its qualifiers. */
export interface MeshHeading {
  /** Descriptor UI: `D` and digits. */
  readonly ui: string;
  readonly label: string;
  /** Whether the article is mainly about it. */
  readonly major: boolean;
  readonly qualifiers: readonly { readonly ui: string; readonly label: string; readonly major: boolean }[];
}

/** Records of a data bank that MEDLINE's indexers found in an article (DataBankList): free, and curated. */
export interface DataBank {
  /** `GEO`, `ClinicalTrials.gov`, … */
  readonly name: string;
  readonly accessions: readonly string[];
}

/** A correction, comment or retraction that connects two articles (MEDLINE's CommentsCorrections). */
export interface ArticleNotice {
  /** MEDLINE's RefType: `RetractionIn`, `ErratumIn`, `CommentOn`, … */
  readonly kind: string;
  readonly pmid: string | undefined;
  /** How the other article is cited. */
  readonly citation: string | undefined;
}

/** A work that an article cites. */
export interface ArticleReference {
  readonly text: string;
  readonly pmid: string | undefined;
  readonly doi: string | undefined;
}

/** Support that an article names. */
export interface ArticleGrant {
  readonly id: string | undefined;
  readonly agency: string | undefined;
  readonly country: string | undefined;
}

/** An article as one source tells it. Texts are plain: markup is gone, entities are characters, spaces are single. */
export interface ArticleRecord {
  /** Digits; undefined outside PubMed. */
  readonly pmid: string | undefined;
  /** `PMC` and digits. */
  readonly pmcid: string | undefined;
  /** Lower case, without resolver. */
  readonly doi: string | undefined;
  /** PubMed's version of the record (PMID, attribute Version); 1 where a source has none. */
  readonly version: number;
  readonly title: string;
  /** A structured abstract's parts are paragraphs, each after its label and a colon, joined by a line break. */
  readonly abstract: string | undefined;
  readonly sections: readonly ArticleSection[];
  readonly journal:
    | { readonly title: string; readonly abbreviation: string | undefined; readonly issn: string | undefined }
    | undefined;
  readonly year: number | undefined;
  /** Date of publication as exactly as it is known: `2018`, `2018-03` or `2018-03-09`. */
  readonly published: string | undefined;
  readonly authors: readonly ArticleAuthor[];
  /** As MEDLINE or JATS calls them: `Journal Article`, `Review`, … */
  readonly publicationTypes: readonly string[];
  /** ISO 639-2 codes, as MEDLINE gives them. */
  readonly languages: readonly string[];
  readonly mesh: readonly MeshHeading[];
  readonly keywords: readonly string[];
  readonly dataBanks: readonly DataBank[];
  readonly grants: readonly ArticleGrant[];
  readonly notices: readonly ArticleNotice[];
  readonly references: readonly ArticleReference[];
  /** IRI or words of the licence of the full text. */
  readonly license: string | undefined;
  /** The title in the article's own language, where the source tells it beside an English one. */
  readonly vernacularTitle?: string;
  /** Abstracts in other languages, or of other kinds (plain-language summaries), beside the abstract. */
  readonly otherAbstracts?: readonly { readonly language: string | undefined; readonly text: string }[];
}

/** What a source's file holds, one after another. */
export type LiteratureItem =
  | { readonly kind: 'article'; readonly sourceId: string; readonly article: ArticleRecord }
  /** PubMed's DeleteCitation: the source withdraws the record. */
  | { readonly kind: 'deletion'; readonly pmid: string }
  /** A record that cannot be read; the file goes on. */
  | { readonly kind: 'rejection'; readonly sourceId: string; readonly error: string };
