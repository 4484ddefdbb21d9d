import type { AuditEntry, ReadScope } from '../access/index.ts';
import type { DatasetId } from '../kernel/ids.ts';
import type { Page, PageRequest } from '../kernel/page.ts';
import type { ReadBudget } from '../kernel/read-budget.ts';
import type {
  Agent,
  Dataset,
  DatasetOrder,
  DatasetParts,
  DatasetVersion,
  Properties,
  RowKind,
  RowOf,
  RowParent,
  RowQuery,
  VariableSummary,
  VariableValue,
} from './model/dataset.ts';
import type { DatasetStatement } from './model/dataset-record.ts';
import type { FieldOrigin, Source, SourcedStatement } from './model/merge-records.ts';
import type { DatasetProjection } from './model/project-record.ts';
import type { ShareEdge } from './model/share.ts';
import type { DatasetStatus, SourceKind } from './model/terms.ts';
import type {
  NamedQuery,
  NameSuggestion,
  NumberHistogram,
  NumberHistogramQuery,
  ValueCountQuery,
  ValueCounts,
} from './model/value-counts.ts';
import type { Concept, Vocabulary } from './model/vocabulary.ts';
import type { DatasetWhere } from './model/where.ts';

/** What intake needs to know of a dataset before it writes. */
export interface DatasetHead {
  readonly id: DatasetId;
  readonly slug: string;
  readonly status: DatasetStatus;
  readonly version: number;
  readonly publishedVersion?: number;
  /** Digest of the latest published snapshot. */
  readonly publishedSha256?: string;
  readonly withdrawnReason?: string;
  /** Id of the source at whose word it went back to DRAFT; stays when a steward publishes it nevertheless. */
  readonly withheldBy?: number;
  readonly held: {
    readonly subjects: number;
    readonly sessions: number;
    readonly scans: number;
    readonly bytes: number;
  };
}

/** A source record as known before a batch. */
export interface KnownRecord {
  readonly sourceRecordId: string;
  readonly datasetId?: DatasetId;
  readonly hash?: string;
  readonly rejected: boolean;
}

/** Why a record was not taken; the last good version stays. */
export interface Rejection {
  readonly sourceId: string;
  readonly error: string;
}

/** A write of the merged record of one dataset. */
export interface DatasetChange {
  readonly id: DatasetId;
  readonly slug: string;
  readonly status: DatasetStatus;
  readonly projection: DatasetProjection;
  readonly origins: readonly FieldOrigin[];
}

/** An immutable snapshot to store. */
export interface VersionSnapshot {
  readonly datasetId: DatasetId;
  readonly number: number;
  readonly snapshot: unknown;
  readonly sha256: string;
  readonly publishedBy: string;
}

/** A change of state that leaves the record as it is. */
export interface StatusChange {
  readonly id: DatasetId;
  readonly status: DatasetStatus;
  /** Given when it is withdrawn. */
  readonly withdrawnReason?: string;
  /** Given when a source withholds it. */
  readonly withheldBy?: number;
}

/** What happened to a dataset, for projections (search, exports) to catch up with. */
export interface CatalogEvent {
  readonly datasetId: DatasetId;
  readonly type: 'DATASET_CHANGED' | 'DATASET_PUBLISHED' | 'DATASET_WITHDRAWN' | 'ROWS_CHANGED' | 'TERMS_CHANGED';
  readonly payload: Readonly<Record<string, unknown>>;
}

/** Writes of dataset records; one transaction, alone among writers of records. */
export interface RecordTransaction {
  /** The source of this name, made when absent. */
  source(name: string, kind: SourceKind): Promise<Source>;
  vocabulary(): Promise<Vocabulary>;
  knownRecords(sourceId: number, sourceRecordIds: readonly string[]): Promise<readonly KnownRecord[]>;
  heads(by: { readonly ids: readonly DatasetId[]; readonly slugs: readonly string[] }): Promise<readonly DatasetHead[]>;
  statementsOf(ids: readonly DatasetId[]): Promise<ReadonlyMap<DatasetId, readonly SourcedStatement[]>>;
  /** Makes rows for new datasets, so that statements can point to them. */
  createDatasets(heads: readonly { readonly id: DatasetId; readonly slug: string }[]): Promise<void>;
  saveStatements(
    sourceId: number,
    statements: readonly {
      readonly sourceRecordId: string;
      readonly datasetId: DatasetId;
      readonly statement: DatasetStatement;
      readonly hash: string;
    }[],
  ): Promise<void>;
  /** Deletes what a source said, rejected or not. */
  removeStatements(sourceId: number, sourceRecordIds: readonly string[]): Promise<void>;
  /** Forgets that this source withheld some datasets. */
  releaseDatasets(sourceId: number, ids: readonly DatasetId[]): Promise<void>;
  saveRejections(sourceId: number, rejections: readonly Rejection[]): Promise<void>;
  /** Forgets that these records were rejected. */
  clearRejections(sourceId: number, sourceRecordIds: readonly string[]): Promise<void>;
  saveDatasets(changes: readonly DatasetChange[]): Promise<void>;
  publish(versions: readonly VersionSnapshot[]): Promise<void>;
  /** Puts a dataset into a state, and counts that as a change of the record. */
  changeStatus(change: StatusChange): Promise<void>;
  appendEvents(events: readonly CatalogEvent[]): Promise<void>;
  /** The version of a term that was retired; undefined where there is none. */
  retiredVersion(conceptId: string): Promise<number | undefined>;
  /** Stores a term as a steward's, with its broader terms; one that was retired is in use again. */
  saveConcept(concept: Concept): Promise<void>;
  /** Stores what a term calls broader, and nothing else of it. */
  saveBroader(concept: Concept): Promise<void>;
  /** Takes a term out of use. Variables that had it have the heir; the records of datasets have to be folded anew. */
  retireConcept(conceptId: string, heirId: string | undefined): Promise<void>;
  /** Datasets whose record or variables have one of some terms, by slug. */
  datasetsOf(conceptIds: readonly string[]): Promise<readonly Pick<DatasetHead, 'id' | 'slug'>[]>;
  /** Datasets whose title, keywords or description hold one of some names, by slug. */
  datasetsNaming(names: readonly string[]): Promise<readonly Pick<DatasetHead, 'id' | 'slug'>[]>;
  /** Writes down who did this, with the rest or not at all; the last thing of a transaction. */
  audit(entry: AuditEntry): Promise<void>;
}

/** Where records are written. */
export interface RecordStore {
  transaction<T>(work: (tx: RecordTransaction) => Promise<T>): Promise<T>;
  /** Upserts the vocabulary; terms that records already use stay even when it no longer names them. */
  saveVocabulary(vocabulary: Vocabulary): Promise<void>;
}

/** Reads of dataset records and rows. Every method takes the scope; what it hides does not exist. */
export interface CatalogReader {
  /** The same reader for one request: its statements end when the request's time is over, and their rows count. */
  within(budget: ReadBudget): CatalogReader;
  datasets(
    query: {
      readonly where: DatasetWhere;
      readonly order: DatasetOrder;
      readonly page: PageRequest;
      /** What is read of each; all of it when absent. */
      readonly properties?: Properties;
    },
    scope: ReadScope,
  ): Promise<Page<Dataset>>;
  countDatasets(where: DatasetWhere, scope: ReadScope): Promise<number>;
  /**
   * Ids of the datasets that pass, by title.
   * @param among - only these are looked at; all when absent
   */
  matchingIds(where: DatasetWhere, scope: ReadScope, among?: readonly string[]): Promise<readonly string[]>;
  /** Ids of the datasets that have one of some names and pass, by title. */
  namedIds(query: NamedQuery, scope: ReadScope): Promise<readonly string[]>;
  /** How many of the datasets that pass have each value of each field, the most frequent first. */
  countValues(query: ValueCountQuery, scope: ReadScope): Promise<readonly ValueCounts[]>;
  /** How many of the datasets that pass have a number in each step. */
  countNumbers(query: NumberHistogramQuery, scope: ReadScope): Promise<NumberHistogram>;
  /** Names that begin so, or have a word that does: of datasets the reader may see, and of the terms these use. */
  suggestNames(prefix: string, first: number, scope: ReadScope): Promise<readonly NameSuggestion[]>;
  datasetsByIds(ids: readonly string[], scope: ReadScope): Promise<readonly Dataset[]>;
  datasetsBySlugs(slugs: readonly string[], scope: ReadScope): Promise<readonly Dataset[]>;
  /** One kind of part of some datasets that the caller was already given. */
  parts<K extends keyof DatasetParts>(
    kind: K,
    datasetIds: readonly string[],
    /** What is read of each; all of it when absent. */
    properties?: Properties,
  ): Promise<ReadonlyMap<string, readonly DatasetParts[K][]>>;
  /** What each source says of some datasets, whole: for those who curate them. */
  statements(ids: readonly string[], scope: ReadScope): Promise<ReadonlyMap<string, readonly SourcedStatement[]>>;
  /** Published versions, latest first. */
  versions(
    datasetIds: readonly string[],
    page: PageRequest,
    scope: ReadScope,
  ): Promise<ReadonlyMap<string, Page<DatasetVersion>>>;
  versionsByIds(ids: readonly string[], scope: ReadScope): Promise<readonly DatasetVersion[]>;
  /** A page of rows for each of some parents, in one statement. */
  rows<K extends RowKind>(
    query: RowQuery<K> & { readonly page: PageRequest },
    parents: RowParent,
    scope: ReadScope,
  ): Promise<ReadonlyMap<string, Page<RowOf<K>>>>;
  /** How many rows each parent has. */
  countRows<K extends RowKind>(
    query: RowQuery<K>,
    parents: RowParent,
    scope: ReadScope,
  ): Promise<ReadonlyMap<string, number>>;
  rowsByIds<K extends RowKind>(kind: K, ids: readonly string[], scope: ReadScope): Promise<readonly RowOf<K>[]>;
  /** The subjects' or the sessions' own values of the named variables (all when absent), by subject or session. */
  values(
    owners: ValueOwners,
    names: readonly string[] | undefined,
    scope: ReadScope,
  ): Promise<ReadonlyMap<string, readonly VariableValue[]>>;
  /** Which other datasets show some subjects or sessions, too, by item: those whose record the reader may see. */
  shares(
    kind: 'subject' | 'session',
    itemIds: readonly string[],
    scope: ReadScope,
  ): Promise<ReadonlyMap<string, readonly ShareEdge[]>>;
  /** Summaries of variables over the live subjects, or over the live sessions for what is recorded at each; none where the reader may not see the rows. */
  variableSummaries(variableIds: readonly string[], scope: ReadScope): Promise<ReadonlyMap<string, VariableSummary>>;
  /** Codes of the distinct modalities of the live scans of some sessions. */
  sessionModalities(sessionIds: readonly string[], scope: ReadScope): Promise<ReadonlyMap<string, readonly string[]>>;
  agentsByIds(ids: readonly string[]): Promise<readonly Agent[]>;
  totals(scope: ReadScope): Promise<{
    readonly datasets: number;
    readonly subjects: number;
    readonly sessions: number;
    readonly scans: number;
  }>;
  vocabulary(): Promise<Vocabulary>;
  /** Says that terms may be new, because something was written: a vocabulary read before is not used again unseen. */
  forgetVocabulary(): void;
}

/** Subjects or sessions that have values. */
export interface ValueOwners {
  readonly kind: 'subject' | 'session';
  readonly ids: readonly string[];
}
