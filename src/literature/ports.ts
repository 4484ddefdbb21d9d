import type { AuditEntry } from '../access/index.ts';
import type { Embedder, EncodeRole } from '../embedding/index.ts';
import type { ArticleId, PrincipalId, QuestionId } from '../kernel/ids.ts';
import type { Page, PageRequest } from '../kernel/page.ts';
import type { Filter, IndexDrift, RebuildReport, SourceChanges } from '../retrieval/index.ts';
import type { ArticleWhere } from './article-where.ts';
import type { Discovery } from './discovery-ports.ts';
import type { MeshDescriptor, MeshTree } from './mesh-tree.ts';
import type { ArticleRecord, LiteratureItem } from './model.ts';
import type { Question, QuestionMatch, ScoredArticle, Verdict } from './question.ts';
import type { Article, ArticleKey } from './stored-article.ts';

/** How far a file, or a query of a service, was taken in. */
export interface FileCheckpoint {
  /** Items of it that are stored, or rejected, for good: the next run skips so many. */
  readonly items: number;
  /** Where a service goes on: a cursor, or an offset into its history; undefined for files. */
  readonly cursor: string | undefined;
  readonly complete: boolean;
}

/** A checkpoint as it is kept, and what became of the items before it. */
export interface FileProgress extends FileCheckpoint {
  /** Items before it that could not be stored. */
  readonly rejected: number;
}

/** Items of one file that are taken in together, in one transaction with the checkpoint after them. */
export interface LiteratureBatch {
  /** `pubmed`, `europepmc`, `jats`, or a name of the caller's. */
  readonly source: string;
  /** What is being read: name, size and SHA-256 of a file's head, or a query; a file that changed is another file. */
  readonly file: string;
  readonly items: readonly LiteratureItem[];
  readonly checkpoint: FileCheckpoint;
}

/** What became of a batch. */
export interface LiteratureReport {
  readonly accepted: number;
  readonly unchanged: number;
  readonly deleted: number;
  readonly rejected: readonly { readonly sourceId: string; readonly error: string }[];
}

/** Where articles come in: harvesters hand them here and know no store. */
export interface LiteratureIntake {
  checkpoint(source: string, file: string): Promise<FileProgress | undefined>;
  /**
   * Stores a batch. The same record again is unchanged; an older version never replaces a newer one; two records of one article
   * (by PMID, PMCID or DOI) become one, each source's full text and headings kept.
   */
  take(batch: LiteratureBatch): Promise<LiteratureReport>;
}

/** Articles as they are read. Papers are public: who asks makes no difference. */
export interface ArticleReader {
  byKey(key: ArticleKey): Promise<Article | undefined>;
  /** Those there are; an id that was merged into another gives that one. */
  byIds(ids: readonly ArticleId[]): Promise<ReadonlyMap<ArticleId, Article>>;
  /** What all sources say, full text included, folded: large, so few at a time. */
  records(ids: readonly ArticleId[]): Promise<ReadonlyMap<ArticleId, ArticleRecord>>;
  /** How many there are: exact up to a limit, and no more than the limit beyond. */
  countUpTo(limit: number): Promise<number>;
}

/** Headings of MeSH: those that articles name, and the tree once it was loaded. */
export interface MeshStore {
  tree(): Promise<MeshTree>;
  /** Names of descriptors; those that nobody named are left out. */
  labels(uis: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Takes descriptors in; @returns how many were new or changed. */
  load(descriptors: readonly MeshDescriptor[]): Promise<number>;
}

/** Why an article is encoded: it is of the slice that always is, a question may match it, or somebody searched and found it. */
export type VectorReason = 'SLICE' | 'QUESTION' | 'DEMAND';

/** An article that one process encodes, until a time. */
export interface VectorLease {
  readonly articleId: ArticleId;
  readonly leasedUntil: Date;
}

/** Articles that are to be encoded: a durable queue for any number of processes. */
export interface VectorQueue {
  /** Puts articles into the queue, unless they are in it or encoded already. */
  ask(ids: readonly ArticleId[], reason: VectorReason): Promise<void>;
  /** Which of some articles have no vectors. */
  withoutVectors(ids: readonly ArticleId[]): Promise<readonly ArticleId[]>;
  /** The most urgent that nobody has; one that failed several times is left alone. */
  lease(count: number, forMs: number): Promise<readonly VectorLease[]>;
  /** Their vectors are kept: the articles change, so that the index takes them over. @returns how many leases still held */
  complete(leases: readonly VectorLease[]): Promise<number>;
  /** Gives leases back; @param error - why; undefined when the process was told to stop, which is no failure */
  release(leases: readonly VectorLease[], error: string | undefined): Promise<void>;
  /** How many wait. */
  waiting(): Promise<number>;
}

/** What is looked for. */
export interface ArticleQuestion {
  /** Compared by its words. */
  readonly text: string;
  /** Compared by its meaning, where that is another text. */
  readonly meaning?: string;
  readonly narrow: Filter;
}

/** An article that matches. */
export interface RankedArticle {
  readonly id: ArticleId;
  readonly score: number;
  /** BM25; undefined where no word matched. */
  readonly words: number | undefined;
  /** Similarity of the nearest passage; undefined where it is not known. */
  readonly meaning: number | undefined;
  /** That passage. */
  readonly passage: string | undefined;
}

/** What matches, best first. */
export interface ArticleRanking {
  readonly ranked: readonly RankedArticle[];
  /** All that match, ranked or not. */
  readonly total: number;
  /** Encoder profile; undefined when the answer is by words alone. */
  readonly model: string | undefined;
}

/** The index of articles as searches, the projector and the command line use it. */
export interface ArticleIndex {
  /** `sqlite` or `elasticsearch`. */
  readonly engine: string;
  /**
   * Articles that match a text by words or meaning.
   * @throws UpstreamUnavailableError when the index is away or not built yet
   */
  rank(question: ArticleQuestion, signal?: AbortSignal): Promise<ArticleRanking>;
  /** Articles that pass a filter, the newest first. */
  list(
    narrow: Filter,
    page: { readonly first: number; readonly after: string | undefined },
    signal?: AbortSignal,
  ): Promise<{ readonly ids: readonly ArticleId[]; readonly after: string | undefined; readonly total: number }>;
  /** BM25 of a text and similarity to a vector for some articles; those that neither knows are left out. */
  score(request: ScoreRequest, signal?: AbortSignal): Promise<ReadonlyMap<ArticleId, ArticleScores>>;
  /** Texts that hold the words, by article. */
  highlights(
    text: string,
    ids: readonly ArticleId[],
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<ArticleId, readonly string[]>>;
  /** How many articles it holds. */
  size(signal?: AbortSignal): Promise<number>;
  /** Revision up to which articles are found; undefined when there is no index yet. */
  position(): Promise<string | undefined>;
  /** Age of the oldest change that cannot be found yet; 0 when there is none. */
  lagMs(): Promise<number>;
  /** Vectors by the encoder of the index, waited for; undefined where it holds none or its encoder cannot be had. */
  encode(
    texts: readonly string[],
    role: EncodeRole,
    signal?: AbortSignal,
  ): Promise<readonly Float32Array[] | undefined>;
  /** Revision of the newest change. */
  head(): Promise<string>;
  /** Changes after a revision, in the order of commit. */
  changesSince(position: string, limit: number): Promise<SourceChanges>;
  /** The configured encoder, waited for; undefined when there is none or it cannot be had. */
  encoder(): Promise<Embedder | undefined>;
  /** Builds the index where that is needed, then follows the articles until told to stop. */
  follow(signal: AbortSignal): Promise<void>;
  verify(): Promise<IndexDrift>;
  /** @throws StartupError when the configured encoder cannot be had */
  rebuild(signal?: AbortSignal): Promise<RebuildReport>;
  close(): Promise<void>;
}

/** Which articles are scored, and against what. */
export interface ScoreRequest {
  /** All that match best, or only these. */
  readonly among: readonly ArticleId[] | undefined;
  readonly text: string;
  readonly vector: Float32Array | undefined;
  readonly narrow: Filter;
  /** Articles taken from each list. */
  readonly depth: number;
}

/** How near an article is to a question. */
export interface ArticleScores {
  readonly words: number | undefined;
  readonly meaning: number | undefined;
  readonly passage: string | undefined;
}

/** Whose questions somebody reads. */
export type QuestionScope =
  | { readonly kind: 'all' }
  | { readonly kind: 'ownAndShared'; readonly owner: PrincipalId }
  | { readonly kind: 'none' };

/** What of a question can be edited. */
export interface QuestionPatch {
  readonly text?: string;
  /** Null takes them away. */
  readonly notes?: string | null;
  readonly shared?: boolean;
  readonly where?: ArticleWhere;
}

/** Writes of questions; all of them or none. */
export interface QuestionTransaction {
  /** How many somebody has; nobody else adds one for them until the transaction ends. */
  count(owner: PrincipalId): Promise<number>;
  add(question: Pick<Question, 'id' | 'ownerId' | 'text' | 'notes' | 'shared' | 'where'>): Promise<void>;
  /** The version it has now; undefined when there is none in the scope. It stays as it is until the transaction ends. */
  lock(
    id: QuestionId,
    scope: QuestionScope,
  ): Promise<{ readonly version: number; readonly ownerId: PrincipalId } | undefined>;
  update(id: QuestionId, patch: QuestionPatch): Promise<void>;
  remove(id: QuestionId): Promise<void>;
  /** Keeps the word on an article, or takes it back; false where there is no such article. */
  judge(id: QuestionId, articleId: ArticleId, by: PrincipalId, verdict: Verdict | undefined): Promise<boolean>;
  audit(entry: AuditEntry): Promise<void>;
}

/** Which matches of a question. */
export interface MatchQuery {
  readonly newSince: Date | undefined;
  /** Whether those that the expert refused are among them. */
  readonly refused: boolean;
}

/** What is new for a question. */
export interface LinkedArticles {
  /** As it was when the linking began. */
  readonly question: Question;
  readonly changeCount: number;
  /** Those that were compared; undefined for all there are. */
  readonly compared: readonly ArticleId[] | undefined;
  /** Those among them that answer, and those that were judged. */
  readonly matching: readonly ScoredArticle[];
  /** Revision of the articles up to which they were compared. */
  readonly revision: number;
}

/** Where questions and their matches are kept. */
export interface QuestionStore {
  byIds(ids: readonly QuestionId[], scope: QuestionScope): Promise<ReadonlyMap<QuestionId, Question>>;
  /** The newest first. */
  list(scope: QuestionScope): Promise<readonly Question[]>;
  /** Best first. */
  matches(id: QuestionId, query: MatchQuery, page: PageRequest): Promise<Page<QuestionMatch>>;
  countMatches(id: QuestionId, query: MatchQuery): Promise<number>;
  /** In the order in which they were found, after a number. */
  matchesAfter(id: QuestionId, number: number, limit: number): Promise<readonly QuestionMatch[]>;
  /** The number of the newest match; 0 when there is none. */
  newestMatch(id: QuestionId): Promise<number>;
  judged(id: QuestionId): Promise<readonly { readonly articleId: ArticleId; readonly verdict: Verdict }[]>;
  /** Questions that were not compared with all articles up to a revision, those behind first. */
  behind(
    revision: number,
    limit: number,
  ): Promise<readonly { readonly question: Question; readonly changeCount: number }[]>;
  /** Keeps what linking found, unless the question changed meanwhile. @returns how many matches are new */
  link(found: LinkedArticles): Promise<number>;
  transaction<T>(work: (tx: QuestionTransaction) => Promise<T>): Promise<T>;
}

/** The literature as the server and the command line use it. */
export interface Literature {
  readonly intake: LiteratureIntake;
  readonly articles: ArticleReader;
  readonly mesh: MeshStore;
  readonly vectors: VectorQueue;
  readonly index: ArticleIndex;
  readonly questions: QuestionStore;
  readonly discovery: Discovery;
  close(): Promise<void>;
}
