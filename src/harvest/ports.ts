import type { DatasetId } from '../kernel/ids.ts';
import type { Page, PageRequest } from '../kernel/page.ts';
import type {
  DataSource,
  DataSourceId,
  DataSourceKind,
  Freshness,
  HarvestProgress,
  HarvestReport,
  HarvestRequest,
  HarvestRun,
  HarvestRunId,
  HarvestRunWhere,
} from './model.ts';

/** Who mirrors a source at present; shown with every write. */
export interface Lease {
  readonly sourceId: DataSourceId;
  /** A UUID of this holder alone. */
  readonly holder: string;
}

/** Sources, runs and leases. */
export interface HarvestStore {
  /** The source of this name, made when absent; a known one keeps its address until a run at another one ends well. */
  registerSource(source: {
    readonly name: string;
    readonly kind: DataSourceKind;
    readonly url: string;
  }): Promise<DataSource>;
  /** By name. */
  sources(): Promise<readonly DataSource[]>;
  /** A run for the queue; one that waits already for the same source is returned instead. Audited when somebody asked. */
  requestRun(request: HarvestRequest): Promise<HarvestRun>;
  /** Runs, latest first. */
  runs(where: HarvestRunWhere, page: PageRequest): Promise<Page<HarvestRun>>;
  countRuns(where: HarvestRunWhere): Promise<number>;
  runsByIds(ids: readonly string[]): Promise<readonly HarvestRun[]>;
  /** The oldest waiting run of a source. */
  waitingRun(sourceId: DataSourceId): Promise<HarvestRun | undefined>;
  /** Takes or renews the lease. @returns false while another holder's has not run out */
  lease(lease: Lease, forMs: number): Promise<boolean>;
  /** Gives the lease back, if it is still this holder's. */
  release(lease: Lease): Promise<void>;
  /** A run begins; runs of this source that say they are under way have lost their lease and are marked as failed. */
  beginRun(lease: Lease, runId: HarvestRunId): Promise<void>;
  saveProgress(runId: HarvestRunId, progress: HarvestProgress): Promise<void>;
  /** A run ended; well, when there is no error. @param freshAt - when it began to look */
  endRun(
    runId: HarvestRunId,
    end: {
      readonly state: 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
      readonly report?: HarvestReport;
      readonly error?: string;
      readonly freshAt?: Date;
      /** Where it was reached. */
      readonly url?: string;
    },
  ): Promise<void>;
  /** What is known of how fresh some datasets are, by dataset. */
  freshness(datasetIds: readonly string[]): Promise<readonly Freshness[]>;
  /** The memory of the mirror of a source. */
  mirror(lease: Lease): MirrorState;
}

/** Who may look at a project, as its server says. */
export type ProjectAccess = 'public' | 'protected' | 'private';

/** A project as it was last seen. */
export interface MirrorProject {
  readonly id: string;
  readonly datasetId: DatasetId;
  readonly accessibility: ProjectAccess;
  readonly readable: boolean;
  /** Its dataset was put back to a draft because it became private. */
  readonly withheld: boolean;
  readonly detail: unknown;
  readonly dirty: boolean;
}

/** An item as it was last read. */
export interface MirrorItem {
  readonly kind: 'SUBJECT' | 'EXPERIMENT';
  /** Accession number. */
  readonly id: string;
  /** The project whose dataset holds it: its owner, where that is mirrored. */
  readonly project: string;
  readonly label: string;
  readonly subjectId?: string | undefined;
  readonly sessionId?: string | undefined;
  /** StudyInstanceUID. */
  readonly uid?: string | undefined;
  /** How many scans it has. */
  readonly scans: number;
  readonly fingerprint: string;
  readonly detail: unknown;
}

/** What comparing needs of an item. */
export type MirrorItemHead = Pick<MirrorItem, 'kind' | 'id' | 'project' | 'fingerprint' | 'scans'>;

/** An item shown in a project that does not own it. */
export interface MirrorShare {
  readonly kind: MirrorItem['kind'];
  readonly id: string;
  readonly project: string;
  readonly label: string;
}

/**
 * What the mirror of one source remembers between runs. Every write is one transaction and shows the lease.
 * @throws ConflictError from every write when the lease was lost: another process mirrors this source
 */
export interface MirrorState {
  projects(): Promise<readonly MirrorProject[]>;
  saveProject(project: MirrorProject): Promise<void>;
  /** Marks projects as looked at, and as taken into the catalog where they are clean. */
  settle(ids: readonly string[], at: Date): Promise<void>;
  removeProject(id: string): Promise<void>;
  heads(project: string): Promise<readonly MirrorItemHead[]>;
  headsByIds(ids: readonly string[]): Promise<readonly MirrorItemHead[]>;
  items(ids: readonly string[]): Promise<readonly MirrorItem[]>;
  /** Stores items, and marks the projects that hold or held them as dirty. */
  saveItems(items: readonly MirrorItem[]): Promise<void>;
  removeItems(ids: readonly string[]): Promise<void>;
  /** All shares into a project. */
  saveShares(project: string, shares: readonly Omit<MirrorShare, 'project'>[]): Promise<void>;
  shares(projects: readonly string[]): Promise<readonly MirrorShare[]>;
  /** Subjects that projects hold, or that have experiments there; with the label by which they are known. */
  subjectsOf(
    projects: readonly string[],
  ): Promise<readonly { readonly id: string; readonly label: string; readonly own: boolean }[]>;
  /** Subjects by id, and their experiments that projects hold. */
  treesOf(projects: readonly string[], subjectIds: readonly string[]): Promise<readonly MirrorItem[]>;
  /** Of sessions of projects with the same StudyInstanceUID, all but the first by id. */
  repeatedUids(projects: readonly string[]): Promise<ReadonlySet<string>>;
  /** Scans of projects, and items that hold none. */
  countLeaves(projects: readonly string[]): Promise<number>;
}
