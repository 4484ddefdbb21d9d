import type { Branded, DatasetId, PrincipalId } from '../kernel/ids.ts';

export type DataSourceId = Branded<'DataSourceId'>;
export type HarvestRunId = Branded<'HarvestRunId'>;

/** What a data source is; decides which harvester reads it. */
export type DataSourceKind = 'XNAT';

/** A server whose contents are mirrored, by a name that administrators chose. */
export interface DataSource {
  readonly id: DataSourceId;
  readonly name: string;
  readonly kind: DataSourceKind;
  /** Base address without a trailing slash. */
  readonly url: string;
  readonly createdAt: Date;
  /** When the last run that ended well began: whatever changed there before is here. */
  readonly freshAt?: Date;
  /** A run is under way: nobody else may mirror this source before then, unless it is renewed. */
  readonly leasedUntil?: Date;
}

/** States of a run; the last three are final. */
export const runStates = ['REQUESTED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED'] as const;
export type HarvestRunState = (typeof runStates)[number];

/** How thoroughly a run looks. */
export interface HarvestOptions {
  /** Reads everything again, whatever the stamps say. */
  readonly full: boolean;
  /** Reads the digest of every file, not only where a resource changed. */
  readonly digests: boolean;
}

/** How many of one kind of item. */
export interface ItemChanges {
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
}

/** What could not be taken, and why. */
export interface HarvestRejection {
  /** Where it is at the source, such as `upenn_gbm/XNAT_S00001`. */
  readonly sourceId: string;
  readonly error: string;
}

/** What a run did. */
export interface HarvestReport {
  /**
   * Counts of scans; besides, of items that hold none: a session without scans, a subject without sessions, an assessor. An item whose
   * own values changed counts as changed.
   */
  readonly added: number;
  readonly changed: number;
  readonly removed: number;
  readonly unchanged: number;
  /** How many things were taken into the catalog: added and changed. */
  readonly accepted: number;
  readonly rejected: readonly HarvestRejection[];
  /** The same by kind of item. */
  readonly items: Readonly<Record<'subjects' | 'sessions' | 'scans' | 'assessors', ItemChanges>>;
  /** HTTP requests to the source, and bytes in both directions. */
  readonly requests: number;
  readonly bytes: number;
  /** Longest time, in ms, a change can have waited: since the start of the run before. Absent for the first. */
  readonly lagMs?: number;
  /** What the operator should know although nothing was lost, such as a project that can be read no more. */
  readonly warnings: readonly string[];
}

/** How far a run is. */
export interface HarvestProgress {
  /** What is being done, such as `upenn_gbm: reading sessions`. */
  readonly step: string;
  readonly done: number;
  readonly total: number;
}

/** One reading of a source. */
export interface HarvestRun {
  readonly id: HarvestRunId;
  readonly sourceId: DataSourceId;
  readonly source: string;
  readonly state: HarvestRunState;
  readonly options: HarvestOptions;
  readonly requestedAt: Date;
  /** Name of who asked for it; absent for a scheduled run, and when nobody of today did. */
  readonly requestedBy?: string;
  readonly startedAt?: Date;
  readonly finishedAt?: Date;
  readonly progress?: HarvestProgress;
  readonly report?: HarvestReport;
  /** Why it failed. */
  readonly error?: string;
}

/** Which runs; all that is given must hold. */
export interface HarvestRunWhere {
  readonly source?: string;
  readonly state?: readonly HarvestRunState[];
}

/** A run somebody asks for. */
export interface HarvestRequest {
  readonly sourceId: DataSourceId;
  readonly options: HarvestOptions;
  /** Absent for the schedule. */
  readonly requestedBy?: PrincipalId;
  readonly requestId?: string;
}

/** How fresh what a dataset holds of its sources is. */
export interface Freshness {
  readonly datasetId: DatasetId;
  readonly source: string;
  /** Whatever changed at the source before then is here. */
  readonly checkedAt?: Date;
  /** When a run last changed what the dataset holds of this source. */
  readonly changedAt?: Date;
  /** Whether the source can be read at present; if not, what is held is the last that was seen. */
  readonly readable: boolean;
}
