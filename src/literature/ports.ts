import type { LiteratureItem } from './model.ts';

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
