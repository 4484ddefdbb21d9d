import type { AuditEntry, ReadScope } from '../access/index.ts';
import type { DatasetWhere } from '../catalog/index.ts';
import type { ArticleId, DatasetId, PrincipalId } from '../kernel/ids.ts';
import type { Filter, IndexDrift, RebuildReport } from '../retrieval/index.ts';
import type { EvidenceSource } from './model.ts';

/** A stretch of a record that matched. */
export interface Evidence {
  readonly text: string;
  readonly source: EvidenceSource;
  /** Code-unit offsets of the first match in the text. */
  readonly start: number | undefined;
  readonly end: number | undefined;
  /** Similarity, of evidence by meaning. */
  readonly score: number | undefined;
  /** The paper it stands in, and its section there; undefined in a record. */
  readonly articleId?: ArticleId | undefined;
  readonly section?: string | undefined;
  /** The words in `text` that matter, by the same offsets as `start`; undefined where that is all of it. */
  readonly matchStart?: number | undefined;
  readonly matchEnd?: number | undefined;
}

/** Where sentences of papers about datasets come from. */
export interface PaperSource {
  /** By dataset, best first; each stands in its paper word for word, at its offsets in code points. */
  evidence(question: {
    readonly words: string;
    readonly datasetIds: readonly DatasetId[];
    readonly most: number;
  }): Promise<ReadonlyMap<DatasetId, readonly PaperSentence[]>>;
}

/** A sentence of a paper. */
export interface PaperSentence {
  readonly articleId: ArticleId;
  readonly section: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly matchStart: number;
  readonly matchEnd: number;
  readonly score: number;
}

/** A question as the index takes it: what is left of it once it is understood. */
export interface RankQuestion {
  /** Searched for by words and meaning; empty when the question is all filters. */
  readonly text: string;
  /** The text without the kinds of data it names: what an answer must be about. */
  readonly topic: string;
  readonly narrow: Filter;
  /** Keys of the terms that each condition of the question stands for; a record answers when it has one of each. */
  readonly conditions: readonly (readonly string[])[];
  /** Names of all these terms and of their narrower ones, for the evidence. */
  readonly names: readonly string[];
}

/** Why a dataset stands where it does; each part is undefined where that way of matching says nothing of it. */
export interface RankReasons {
  /** BM25. */
  readonly words: number | undefined;
  /** Similarity of the nearest passage. */
  readonly meaning: number | undefined;
  /** Share of the question's conditions that it has. */
  readonly terms: number | undefined;
  /** Share of the question's words that it holds. */
  readonly coverage: number | undefined;
}

/** A ranked dataset. */
export interface RankedDataset {
  readonly id: string;
  readonly score: number;
  readonly passage: { readonly text: string; readonly score: number } | undefined;
  /** Undefined where nothing was ranked. */
  readonly reasons: RankReasons | undefined;
  /** The text is its title, acronym or another of its names. */
  readonly named: boolean;
}

/** All that matches a text, best first, with what the answer rests on. */
export interface Ranking {
  readonly ranked: readonly RankedDataset[];
  /** Encoder profile; undefined when the answer is by words alone. */
  readonly model: string | undefined;
  readonly warnings: readonly string[];
}

/** The index of datasets as searches, the projector and the command line use it. */
export interface DatasetIndex {
  /** `sqlite` or `elasticsearch`. */
  readonly engine: string;
  /**
   * Datasets that match, of those the scope shows.
   * @throws UpstreamUnavailableError when the index is away or not built yet
   */
  rank(question: RankQuestion, scope: ReadScope, signal?: AbortSignal): Promise<Ranking>;
  /** Datasets like one, itself left out; none where the scope does not show that one. */
  similar(id: string, scope: ReadScope, signal?: AbortSignal): Promise<Ranking>;
  /** A text with the words that no record in sight has replaced by the nearest that one has. */
  correct(text: string, scope: ReadScope, signal?: AbortSignal): Promise<string>;
  /** Stretches of some records that hold the words. */
  evidence(
    question: RankQuestion,
    ids: readonly string[],
    scope: ReadScope,
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, readonly Evidence[]>>;
  /** Age of the oldest change that cannot be found yet; 0 when there is none. */
  lagMs(): Promise<number>;
  /** Waits for the encoder; without it, searches until it is loaded are by words alone. */
  warm(): Promise<void>;
  /** Builds the index where that is needed, then follows the catalog until told to stop. */
  follow(signal: AbortSignal): Promise<void>;
  verify(): Promise<IndexDrift>;
  /** @throws StartupError when the configured encoder cannot be had */
  rebuild(signal?: AbortSignal): Promise<RebuildReport>;
  /** Builds the index anew where it is not of the configured encoder; undefined where it is. */
  reembed(signal?: AbortSignal): Promise<RebuildReport | undefined>;
  close(): Promise<void>;
}

/** Words that anybody may read: of the names and keywords of published records, and of the vocabulary. */
export interface WordSource {
  publicWords(): Promise<ReadonlySet<string>>;
}

/** A search that somebody keeps. */
export interface SavedSearch {
  readonly id: string;
  readonly name: string;
  readonly text: string;
  readonly where: DatasetWhere;
  readonly literal: boolean;
  readonly ignoreWords: readonly string[];
  readonly createdAt: Date;
  /** What was there then is not new. */
  readonly seenAt: Date;
}

/** Writes of saved searches; all of them or none. Each method names the owner: the searches of others do not exist. */
export interface SavedSearchTransaction {
  /** How many the owner keeps; nobody else adds one until the transaction ends. */
  count(owner: PrincipalId): Promise<number>;
  /** False when the owner has one of this name. */
  add(owner: PrincipalId, search: SavedSearch): Promise<boolean>;
  /** False when the owner has none of this id. */
  remove(owner: PrincipalId, id: string): Promise<boolean>;
  /** Takes what is there at this time for seen; false when the owner has none of this id. */
  see(owner: PrincipalId, id: string, at: Date): Promise<boolean>;
  audit(entry: AuditEntry): Promise<void>;
}

/** Where saved searches are kept. */
export interface SavedSearchStore {
  /** The oldest first. */
  ofOwner(owner: PrincipalId): Promise<readonly SavedSearch[]>;
  /** Which of some datasets the caller was already given were first published, or made where they never were, after a time. */
  newSince(ids: readonly string[], since: Date): Promise<ReadonlySet<string>>;
  transaction<T>(work: (tx: SavedSearchTransaction) => Promise<T>): Promise<T>;
}
