import type { ArticleId } from '../kernel/ids.ts';
import type { ArticleRecord, LiteratureItem } from './model.ts';
import type { Article, ArticleKey } from './stored-article.ts';

/** How far a file, or a query of a service, was taken in. */
export interface FileCheckpoint {
  /** Items of it that are stored, or rejected, for good: the next run skips so many. */
  readonly items: number;
  /** Where a service goes on: a cursor, or an offset into its history; undefined for files. */
  readonly cursor: string | undefined;
  readonly complete: boolean;
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
  checkpoint(source: string, file: string): Promise<FileCheckpoint | undefined>;
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

/** The literature as the server and the command line use it. */
export interface Literature {
  readonly intake: LiteratureIntake;
  readonly articles: ArticleReader;
  close(): Promise<void>;
}
