import type DataLoader from 'dataloader';
import type {
  AuditTrail,
  Principal,
  PrincipalRecord,
  PrincipalStore,
  ReadScope,
  StoredAuditEntry,
} from '../access/index.ts';
import type {
  Agent,
  CatalogReader,
  Concept,
  Dataset,
  DatasetParts,
  DatasetVersion,
  ImagingSession,
  License,
  Modality,
  Properties,
  RecordStore,
  RowKind,
  RowOf,
  RowParent,
  RowQuery,
  RowStore,
  Scan,
  ShareEdge,
  SourcedStatement,
  Subject,
  Variable,
  VariableSummary,
  VariableValue,
} from '../catalog/index.ts';
import type { DataSource, Freshness, HarvestRun, HarvestStore } from '../harvest/index.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Connection } from '../kernel/connection.ts';
import type { PrincipalId } from '../kernel/ids.ts';
import type { Logger } from '../kernel/logger.ts';
import type { Page, PageRequest } from '../kernel/page.ts';
import type { ReadBudget } from '../kernel/read-budget.ts';
import type {
  Article,
  ArticleRecord,
  Candidate,
  DatasetPaper,
  Literature,
  PaperEvidence,
  Question,
  QuestionMatch,
  StoredMention,
} from '../literature/index.ts';
import type { LaunchParts, LogParts, PipelineRun, RunEvent, RunFile, RunOutput } from '../pipelines/index.ts';
import type { DatasetIndex, Evidence, SavedSearchStore } from '../search/index.ts';

/** Anything `node(id)` can give. */
export type AnyNode =
  | Dataset
  | DatasetVersion
  | Subject
  | ImagingSession
  | Scan
  | Variable
  | Article
  | Question
  | Candidate
  | PipelineRun;
export type QuestionMatchConnectionModel = Connection<QuestionMatch>;
export type DatasetConnectionModel = Connection<Dataset>;
export type SubjectConnectionModel = Connection<Subject>;
export type SessionConnectionModel = Connection<ImagingSession>;
export type ScanConnectionModel = Connection<Scan>;
export type VariableConnectionModel = Connection<Variable>;
export type VersionConnectionModel = Connection<DatasetVersion>;
export type ConceptConnectionModel = Connection<Concept>;
export type PrincipalConnectionModel = Connection<PrincipalRecord>;
export type AuditEntryConnectionModel = Connection<StoredAuditEntry>;
export type MentionConnectionModel = Connection<StoredMention>;
export type PaperConnectionModel = Connection<DatasetPaper>;
export type CandidateConnectionModel = Connection<Candidate>;
/** Which source filled a field. */
export type OriginModel = DatasetParts['origins'];
/** A stretch of a record that a search found, or a sentence of a paper. */
export type EvidenceModel = Evidence | PaperEvidence;
export type PipelineRunConnectionModel = Connection<PipelineRun>;
export type HarvestRunConnectionModel = Connection<HarvestRun>;
/** The catalog as a whole has no state of its own: its fields are read when asked for. */
export type CatalogModel = Readonly<Record<string, never>>;

/** The vocabulary by key. */
export interface Terms {
  readonly conceptsById: ReadonlyMap<string, Concept>;
  readonly conceptsByIri: ReadonlyMap<string, Concept>;
  readonly modalities: ReadonlyMap<string, Modality>;
  readonly licenses: ReadonlyMap<string, License>;
}

/** Batched reads of one request, within the reader's scope. */
export interface Loaders {
  readonly dataset: DataLoader<string, Dataset | null>;
  readonly datasetBySlug: DataLoader<string, Dataset | null>;
  readonly agent: DataLoader<string, Agent | null>;
  readonly part: <K extends keyof DatasetParts>(
    kind: K,
    properties?: Properties,
  ) => DataLoader<string, readonly DatasetParts[K][]>;
  readonly version: DataLoader<string, DatasetVersion | null>;
  readonly versions: (page: PageRequest) => DataLoader<string, Page<DatasetVersion>>;
  readonly rowPage: <K extends RowKind>(
    query: RowQuery<K>,
    page: PageRequest,
    parent: RowParent['kind'],
  ) => DataLoader<string, Page<RowOf<K>>>;
  readonly rowCount: <K extends RowKind>(query: RowQuery<K>, parent: RowParent['kind']) => DataLoader<string, number>;
  readonly row: <K extends RowKind>(kind: K) => DataLoader<string, RowOf<K> | null>;
  readonly values: (
    kind: 'subject' | 'session',
    names: readonly string[] | undefined,
  ) => DataLoader<string, readonly VariableValue[]>;
  readonly statements: DataLoader<string, readonly SourcedStatement[]>;
  readonly shares: (kind: 'subject' | 'session') => DataLoader<string, readonly ShareEdge[]>;
  readonly variableSummary: DataLoader<string, VariableSummary | null>;
  readonly sessionModalities: DataLoader<string, readonly string[]>;
}

/** Principals, their rights and the trail of what they did. */
export interface AccessDoor {
  readonly store: PrincipalStore;
  readonly trail: AuditTrail;
  readonly clock: Clock;
  /** A principal with grants and tokens as they are now: batched, never remembered. */
  readonly record: (id: PrincipalId | undefined) => Promise<PrincipalRecord | undefined>;
}

/** Mirrored servers and their runs. */
export interface HarvestDoor {
  readonly store: HarvestStore;
  /** How fresh a dataset's mirrored parts are, batched; null where nothing of it is mirrored. */
  readonly freshness: (datasetId: string) => Promise<Freshness | null>;
  /** Sources by id, batched. */
  readonly source: (id: string) => Promise<DataSource | undefined>;
}

/** Pipelines and their runs. */
export interface PipelineDoor extends Omit<LaunchParts, 'reader'>, LogParts {
  /** For how long jobs of a run that was cancelled are looked for. */
  readonly settleMs: number;
  /** What hangs on runs, batched. */
  readonly events: (runId: string) => Promise<readonly RunEvent[]>;
  readonly inputs: (runId: string) => Promise<readonly RunFile[]>;
  readonly outputs: (runId: string) => Promise<readonly RunOutput[]>;
  /** The run that made a dataset, batched; null where there is none that the reader may see. */
  readonly generatedBy: (datasetId: string) => Promise<PipelineRun | null>;
}

/** Papers, and what is asked of them. */
export interface LiteratureDoor
  extends Pick<Literature, 'articles' | 'discovery' | 'index' | 'mesh' | 'vectors' | 'questions'> {
  /** Mentions by article, batched. */
  readonly mentions: DataLoader<string, readonly StoredMention[]>;
  /** Heads by id, batched. */
  readonly article: DataLoader<string, Article | null>;
  /** Whole records by id, batched a few at a time. */
  readonly record: (id: string) => Promise<ArticleRecord>;
}

/** What every resolver is given. */
export interface RequestContext {
  readonly requestId: string;
  /** What every read for this request goes by. */
  readonly budget: ReadBudget;
  /** Network of the caller, by which guests are told apart. */
  readonly network: string;
  readonly principal: Principal;
  readonly scope: ReadScope;
  readonly reader: CatalogReader;
  /** Where records and rows are written. */
  readonly records: RecordStore;
  readonly rows: RowStore;
  /** Reads of this request, begun anew after a write. */
  loaders: Loaders;
  /** The vocabulary as it was when the request began, or after its last write. */
  terms: Terms;
  /** What lets the rest of a request see what was written in it. The server copies contexts: none can be changed from afar. */
  readonly readAnew: () => Promise<Pick<RequestContext, 'loaders' | 'terms'>>;
  readonly access: AccessDoor;
  /** Base of every IRI we mint, without a trailing slash. */
  readonly publicUrl: string;
  /** What ranks datasets by a text. */
  readonly search: DatasetIndex;
  readonly harvest: HarvestDoor;
  readonly pipelines: PipelineDoor;
  readonly literature: LiteratureDoor;
  /** Where searches are kept. */
  readonly savedSearches: SavedSearchStore;
  readonly logger: Logger;
  readonly softwareVersion: string;
}
