import type { AuditEntry } from '../access/index.ts';
import type { RecordStore } from '../catalog/index.ts';
import type { ArticleId, CandidateId, DatasetId, PrincipalId } from '../kernel/ids.ts';
import type { Page, PageRequest } from '../kernel/page.ts';
import type {
  Candidate,
  CandidateState,
  ClusterInput,
  DatasetPaper,
  MiningReport,
  NamingSentence,
  PaperEvidence,
  PaperQuestion,
  Proposal,
  StoredMention,
  YearOfUse,
} from './discovery-model.ts';
import type { Gazetteer, GazetteerEntry, MentionCluster, MentionRole, MinedArticle } from './mining/model.ts';
import type { ArticleRecord } from './model.ts';

/** The miner, as it is worked with: rules, weights and dictionaries under one name. */
export interface DatasetMiner {
  /** Another one, and every article is read again. */
  readonly version: string;
  /** A reader of articles that knows some datasets by name. */
  open(gazetteer: Gazetteer): { mine(article: ArticleRecord): MinedArticle };
  /** Puts together what several articles say of one dataset. */
  cluster(inputs: readonly ClusterInput[]): readonly MentionCluster[];
  /** Known datasets that a cluster may be, the most likely first. */
  similar(cluster: MentionCluster, gazetteer: Gazetteer): readonly GazetteerEntry[];
}

/** The known datasets, as the catalog now tells them. */
export interface GazetteerSource {
  /** Changes whenever the catalog may name something else. */
  head(): Promise<string>;
  /** Published datasets, each under its slug. */
  read(): Promise<Gazetteer>;
}

/** An article that is to be read. */
export interface DueArticle {
  readonly id: ArticleId;
  readonly revision: number;
  /** Digest of the text that was read before, and by which miner; undefined where none was. */
  readonly readBefore: { readonly textHash: string; readonly version: string; readonly stale: boolean } | undefined;
}

/** What reading an article came to. */
export interface MiningOutcome {
  readonly id: ArticleId;
  readonly revision: number;
  readonly textHash: string;
  /** Undefined: the same text was read by the same miner before. */
  readonly mined: MinedArticle | undefined;
}

/** A change of what datasets are known. */
export interface GazetteerChange {
  readonly changed: readonly { readonly entry: GazetteerEntry; readonly hash: string }[];
  readonly removed: readonly string[];
  /** Articles that hold all texts of one of these lists may name what changed: they are read again. */
  readonly traces: readonly (readonly string[])[];
}

/** Where it is kept what was found in articles. All writers go one after the other, in any number of processes. */
export interface MiningStore {
  /** Digests of the entries that articles were read with, by key. */
  knownEntries(): Promise<ReadonlyMap<string, string>>;
  /** Takes other entries for known. @returns how many articles are to be read again */
  adopt(change: GazetteerChange): Promise<number>;
  /** Has everything read again that another miner read. @returns how many articles */
  outdate(version: string): Promise<number>;
  /**
   * Takes the next articles that are new, changed or to be read again, and what reading them came to, in one transaction.
   * @returns how many were taken; undefined where another process is at it
   */
  next(
    request: { readonly limit: number; readonly version: string },
    read: (due: readonly DueArticle[]) => Promise<readonly MiningOutcome[]>,
  ): Promise<number | undefined>;
}

/** What is read of mentions. Papers are public; which dataset is meant is shown to whoever may see that dataset. */
export interface MentionReader {
  /** By article, in the order of its text. */
  ofArticles(ids: readonly ArticleId[]): Promise<ReadonlyMap<ArticleId, readonly StoredMention[]>>;
  /** Mentions of a dataset, the newest articles first. */
  ofDataset(id: DatasetId, role: MentionRole | undefined, page: PageRequest): Promise<Page<StoredMention>>;
  countOfDataset(id: DatasetId, role: MentionRole | undefined): Promise<number>;
  /** Articles that speak of a dataset, the newest first. */
  papers(id: DatasetId, role: MentionRole | undefined, page: PageRequest): Promise<Page<DatasetPaper>>;
  countPapers(id: DatasetId, role: MentionRole | undefined): Promise<number>;
  usage(id: DatasetId): Promise<readonly YearOfUse[]>;
  /** Mentions under some keys, the surest first. */
  ofKeys(keys: readonly string[], limit: number): Promise<readonly StoredMention[]>;
  /** Sentences that name some datasets: those of each dataset's strongest articles. */
  namingSentences(ids: readonly DatasetId[], perDataset: number): Promise<readonly NamingSentence[]>;
  /** Digests of the texts that articles were read as. */
  textHashes(ids: readonly ArticleId[]): Promise<ReadonlyMap<ArticleId, string>>;
}

/** What a decision leaves on a candidate. */
export interface Decision {
  readonly state: Exclude<CandidateState, 'OPEN'>;
  readonly datasetId: DatasetId | undefined;
  readonly reason: string | undefined;
  readonly decidedBy: PrincipalId;
  /** What was taken, and what was said instead: for learning from. */
  readonly detail: Readonly<Record<string, unknown>>;
}

/** A candidate while it is decided: nobody else decides it meanwhile. */
export interface HeldCandidate {
  readonly candidate: Candidate;
  /** Records, written in the same transaction. */
  readonly records: RecordStore;
  readonly decide: (decision: Decision) => Promise<void>;
  readonly audit: (entry: AuditEntry) => Promise<void>;
}

/** Which candidates. */
export interface CandidateWhere {
  readonly state?: CandidateState | undefined;
  /** Words of title, acronym or an alias. */
  readonly text?: string | undefined;
  readonly minScore?: number | undefined;
  readonly minArticles?: number | undefined;
}

/** What is proposed, and what became of it. */
export interface CandidateStore {
  list(where: CandidateWhere, page: PageRequest): Promise<Page<Candidate>>;
  count(where: CandidateWhere): Promise<number>;
  byIds(ids: readonly CandidateId[]): Promise<readonly Candidate[]>;
  /**
   * Takes keys whose mentions changed, and what is proposed of all that is connected with them, in one transaction.
   * @returns how many keys; undefined where another process is at it
   */
  next(
    limit: number,
    propose: (connected: readonly ClusterInput[]) => Promise<readonly Proposal[]>,
  ): Promise<number | undefined>;
  /** @throws NotFoundError when there is none of this id */
  hold<T>(id: CandidateId, work: (held: HeldCandidate) => Promise<T>): Promise<T>;
  /** Decided ones with their details, in the order of their decisions. */
  decisions(): AsyncIterable<{ readonly candidate: Candidate; readonly detail: unknown }>;
}

/** Datasets in papers, as the server, the worker and the command line use them. */
export interface Discovery {
  readonly mentions: MentionReader;
  readonly candidates: CandidateStore;
  /** Sentences of papers about some datasets. */
  evidence(question: PaperQuestion): Promise<ReadonlyMap<DatasetId, readonly PaperEvidence[]>>;
  /** Reads what is new or may name something else now, and makes candidates of it; ends when nothing is left. */
  mine(
    signal: AbortSignal,
    onProgress?: (report: MiningReport) => void,
  ): Promise<MiningReport & { readonly keys: number }>;
  /** Does so again and again until told to stop. */
  follow(signal: AbortSignal): Promise<void>;
}
