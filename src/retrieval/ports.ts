import type {
  FacetCounts,
  FacetRequest,
  FieldValue,
  Filter,
  Generation,
  GenerationSpec,
  IndexDocument,
  IndexScope,
  RankedDocument,
  Selection,
} from './model.ts';

/** What every question to an index says: who asks, and what narrows the answer. */
export interface Narrowing {
  readonly scope: IndexScope;
  readonly where: Filter;
  readonly selections: readonly Selection[];
}

/** Groups of words or phrases that mean the same. */
export type Synonyms = readonly (readonly string[])[];

/** Search by words: BM25 over the schema's text fields. */
export interface LexicalQuery extends Narrowing {
  readonly text: string;
  /** Groups of words or phrases that mean the same. Applied to the question, so that changing them needs no new index. */
  readonly synonyms: Synonyms;
  readonly depth: number;
  /** Weights in place of the schema's, by field. */
  readonly fieldWeights?: Readonly<Record<string, number>>;
}

/** Search by meaning. */
export interface NearestQuery extends Narrowing {
  readonly vector: Float32Array;
  /** Hash of the encoder that made the vector. */
  readonly encoderHash: string;
  readonly depth: number;
}

/** Counts over the documents that match the words or are among the given ones; over all that pass when neither is given. */
export interface CountQuery extends Narrowing {
  readonly text?: string;
  /** As in the lexical query whose matches are counted. */
  readonly synonyms: Synonyms;
  readonly ids?: readonly string[];
  readonly facets: readonly FacetRequest[];
}

/** A page of all that passes, in a stable order. */
export interface ListQuery extends Narrowing {
  readonly sort: readonly { readonly field: string; readonly direction: 'asc' | 'desc' }[];
  readonly first: number;
  /** From the page before. */
  readonly after?: string;
}

/** One page of a list. */
export interface ListPage {
  readonly ids: readonly string[];
  /** Undefined at the end. */
  readonly after: string | undefined;
}

/** What the index keeps of a document, to be shown without asking its source. */
export interface StoredDocument {
  readonly id: string;
  readonly version: number;
  readonly text: Readonly<Record<string, readonly string[]>>;
  readonly filters: Readonly<Record<string, readonly FieldValue[]>>;
}

/**
 * Changes of an index. An upsert says which encoder made its vectors (undefined where nothing was encoded). A delete keeps its
 * version, so that a late older upsert does not bring the document back.
 */
export type IndexChange =
  | {
      readonly kind: 'upsert';
      readonly document: IndexDocument;
      readonly contentHash: string;
      readonly encoderHash: string | undefined;
    }
  | { readonly kind: 'delete'; readonly id: string; readonly version: number };

/** What became of a batch of changes. */
export interface ApplyReport {
  readonly applied: number;
  /** Already there in a newer version. */
  readonly outdated: number;
  readonly rejected: readonly { readonly id: string; readonly reason: string }[];
}

/** How far a generation has been filled; kept inside the generation, so that losing one loses the other. */
export interface ProjectionProgress {
  /** Position in the source's changes up to which all is applied. */
  readonly position: string;
  /** Last document id of the first filling; undefined once that is complete. */
  readonly backfillAfter: string | undefined;
  readonly complete: boolean;
}

/** One document of a scan. */
export interface ScannedDocument {
  readonly id: string;
  readonly version: number;
  readonly contentHash: string;
  readonly readerGroups: readonly string[];
}

/**
 * An index over words, values and vectors. Searches go to the active generation; writes name theirs. All adapters pass
 * `test/contract/retrieval`.
 *
 * Every method throws UpstreamUnavailableError when the engine is away, and InvalidInputError for a field that the schema does
 * not have.
 */
export interface TextIndex {
  /** `sqlite` or `elasticsearch`. */
  readonly engine: string;
  generations(): Promise<readonly Generation[]>;
  /** @throws ConflictError when the id is taken */
  createGeneration(id: string, spec: GenerationSpec): Promise<void>;
  /** Sends searches to this generation from now on, in one step. */
  activate(id: string): Promise<void>;
  /** Forgets a generation that is not active. */
  drop(id: string): Promise<void>;

  /**
   * Applies changes in order and keeps `progress` with them; durable when it returns. Searchable after `refresh`, or soon.
   * @throws ConflictError, with nothing applied, for documents of another encoder than the generation's
   */
  apply(generation: string, changes: readonly IndexChange[], progress?: ProjectionProgress): Promise<ApplyReport>;
  progress(generation: string): Promise<ProjectionProgress | undefined>;
  /** Makes all that was applied searchable. */
  refresh(generation: string): Promise<void>;
  /** All documents in order of id (by UTF-8 bytes); one that is written meanwhile may be seen before or after. */
  scan(generation: string, pageSize: number): AsyncIterable<readonly ScannedDocument[]>;

  lexical(query: LexicalQuery, signal?: AbortSignal): Promise<readonly RankedDocument[]>;
  /** @throws ConflictError when the active generation holds another encoder's vectors, or none */
  nearest(query: NearestQuery, signal?: AbortSignal): Promise<readonly RankedDocument[]>;
  count(
    query: CountQuery,
    signal?: AbortSignal,
  ): Promise<{ readonly total: number; readonly facets: readonly FacetCounts[] }>;
  list(query: ListQuery, signal?: AbortSignal): Promise<ListPage>;
  /** Stored documents in the order asked for; those absent or invisible are left out. */
  fetch(ids: readonly string[], scope: IndexScope, signal?: AbortSignal): Promise<readonly StoredDocument[]>;
  /** Texts with a word that begins so, best first, each once. */
  suggest(prefix: string, scope: IndexScope, first: number, signal?: AbortSignal): Promise<readonly string[]>;

  /** Whether the engine answers. */
  ping(): Promise<boolean>;
  close(): Promise<void>;
}

/** A change in the source: what it was is asked for by `byIds`, so that a late event never carries old facts. */
export interface SourceChange {
  readonly id: string;
  /** Version of the document, or of its removal. */
  readonly version: number;
  readonly deleted: boolean;
  /** When it was committed, UTC ISO 8601. */
  readonly at: string;
}

/** Changes after a position. */
export interface SourceChanges {
  readonly changes: readonly SourceChange[];
  /** Position after the last of them; the same as asked for when there is none. */
  readonly position: string;
}

/** The record whose projection an index is: the catalog, or the literature store. */
export interface DocumentSource {
  /** Position after the newest change. */
  head(): Promise<string>;
  changesSince(position: string, limit: number): Promise<SourceChanges>;
  /** Documents with an id greater than `after`, in order of id by UTF-8 bytes (`COLLATE "C"`). */
  page(after: string | undefined, limit: number): Promise<readonly SourceDocument[]>;
  /** Those that exist; the others are gone. */
  byIds(ids: readonly string[]): Promise<readonly SourceDocument[]>;
}

/** A document before its passages are encoded. */
export type SourceDocument = Omit<IndexDocument, 'passages'> & { readonly passages: readonly string[] };
