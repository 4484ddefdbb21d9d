import type { AuditEntry, ReadScope } from '../access/index.ts';
import type { RecordStore, RowStore } from '../catalog/index.ts';
import type { DatasetId, PrincipalId } from '../kernel/ids.ts';
import type { Page, PageRequest } from '../kernel/page.ts';
import type { Pipeline } from './model.ts';
import type {
  FrozenCohort,
  PipelineRun,
  RunEvent,
  RunFile,
  RunId,
  RunLogs,
  RunOutput,
  RunState,
  RunUse,
  RunWhere,
  SpecFile,
} from './run-model.ts';

/** Which runs exist for a reader. */
export interface RunScope {
  /** Only this principal's; absent means everybody's. */
  readonly ownerId?: PrincipalId;
  /** Only runs on these datasets; absent means on any. */
  readonly datasetIds?: readonly DatasetId[];
}

/** A run somebody asks for, checked. */
export interface NewRun {
  readonly id: RunId;
  readonly pipeline: Pick<Pipeline, 'spec' | 'sha256'> & { readonly files: readonly SpecFile[] };
  readonly ownerId: PrincipalId;
  readonly engine: string;
  readonly idempotencyKey: string;
  /** SHA-256 (hex) of what was asked for, the key left out. */
  readonly bodyHash: string;
  readonly cohort: FrozenCohort;
  readonly parameters: PipelineRun['parameters'];
  readonly limits: PipelineRun['limits'];
  /** How long it may take, from now to its end. */
  readonly deadlineS: number;
  /** What it is to work on where that is stored already: a repetition gets the bytes of the run it repeats. */
  readonly inputs: readonly RunFile[];
  readonly rerunOf?: RunId;
  readonly quota: RunQuota;
  readonly requestId: string;
}

/** What one principal's runs may take. */
export interface RunQuota {
  /** Runs that have not ended. */
  readonly openRuns: number;
  /** Graphics processors of runs that have not ended. */
  readonly openGpus: number;
  /** Hours of graphics processors, as limits allow them, of runs asked for within the last 30 days. */
  readonly gpuHours: number;
}

/** What came of asking for a run. */
export type LaunchOutcome =
  | { readonly kind: 'launched'; readonly run: PipelineRun }
  /** The same was asked for with this key before. */
  | { readonly kind: 'known'; readonly run: PipelineRun }
  /** Something else was asked for with this key before. */
  | { readonly kind: 'conflict'; readonly run: PipelineRun }
  | { readonly kind: 'overQuota'; readonly used: RunQuota };

/** A run that this process works on. */
export interface Claim {
  readonly run: PipelineRun;
  /** Shown with every write; a write with an older one than the store's fails. */
  readonly fence: number;
  /** Since when its engine knows no job of it. */
  readonly unknownSince?: Date;
  /** Since when it is in its state. */
  readonly stateSince: Date;
  /** Of a run that has ended: jobs of it are looked for until then. */
  readonly cleanupUntil?: Date;
  /** The store's time when it was claimed. */
  readonly now: Date;
}

/** What is written with a step of a run. */
export interface RunChange {
  readonly to?: RunState;
  /** A new attempt: infrastructure failed. */
  readonly attempt?: number;
  readonly engineJobId?: string | null;
  readonly startedAt?: Date;
  readonly exitCode?: number;
  readonly error?: string;
  readonly use?: RunUse;
  readonly logs?: RunLogs;
  /** The engine knows no job of it; a write without this forgets since when. */
  readonly unknown?: true;
  /** When it is to be looked at again, from now. */
  readonly againInMs: number;
  /** For the timeline. */
  readonly message?: string;
  readonly inputs?: readonly RunFile[];
  readonly outputs?: readonly RunFile[];
  /** Of a run that ends: for how long jobs of it are still looked for; null says that there are none. */
  readonly cleanupMs?: number | null;
}

/** Runs in the database; time is the database's. */
export interface RunStore {
  /**
   * Takes a run in one transaction with its first event and its audit entry, or says why not. Of two who use one key at once, one is
   * second.
   * @throws ConflictError when a run has used another content of this version of the pipeline
   */
  launch(run: NewRun): Promise<LaunchOutcome>;
  /** Writes down that nothing was written: a run was refused, or is there already. */
  audit(entry: AuditEntry): Promise<void>;
  /** The run an owner asked for with this key, and what they asked for. */
  runByKey(
    ownerId: PrincipalId,
    idempotencyKey: string,
  ): Promise<{ readonly run: PipelineRun; readonly bodyHash: string } | undefined>;
  runsByIds(ids: readonly string[], scope: RunScope): Promise<readonly PipelineRun[]>;
  /** Latest first. */
  runs(where: RunWhere, page: PageRequest, scope: RunScope): Promise<Page<PipelineRun>>;
  countRuns(where: RunWhere, scope: RunScope): Promise<number>;
  /** The run that made each of some datasets, by dataset. */
  runsByDerived(datasetIds: readonly string[], scope: RunScope): Promise<ReadonlyMap<string, PipelineRun>>;
  /** Timelines by run, oldest first. */
  events(runIds: readonly string[]): Promise<ReadonlyMap<string, readonly RunEvent[]>>;
  /** Files that runs were given, by run and path. */
  inputs(runIds: readonly string[]): Promise<ReadonlyMap<string, readonly RunFile[]>>;
  /** Files that runs made, by run and path. */
  outputs(runIds: readonly string[]): Promise<ReadonlyMap<string, readonly RunOutput[]>>;
  /**
   * Ends a run, whatever its engine says; one that has ended stays as it is.
   * @param cleanupMs - for how long jobs of it are still looked for
   */
  cancel(
    runId: RunId,
    by: { readonly actor: PrincipalId; readonly requestId: string },
    cleanupMs: number,
  ): Promise<PipelineRun>;
  /** Takes runs that are due and nobody works on, those due longest first. */
  claim(holder: string, most: number, leaseMs: number): Promise<readonly Claim[]>;
  /** Keeps a claim for longer. @returns false when it was lost */
  renew(claim: Claim, leaseMs: number): Promise<boolean>;
  /**
   * Writes a step and gives the claim back.
   * @throws ConflictError when the claim was lost, or the run has moved on: nothing is written
   */
  write(claim: Claim, change: RunChange): Promise<void>;
}

/** Writes of a registration: all of them, and the success of the run, or none. */
export interface RegistrationTransaction {
  readonly records: RecordStore;
  readonly rows: RowStore;
  /** The run has succeeded with these files of these datasets. @throws ConflictError when the claim was lost */
  succeed(success: {
    readonly outputs: readonly { readonly path: string; readonly sha256: string; readonly datasetId: DatasetId }[];
    readonly derivedDatasetId: DatasetId | undefined;
    readonly message: string;
    readonly cleanupMs: number;
  }): Promise<void>;
  /** Lets the owner of the run read the dataset it made. */
  grantOwner(datasetId: DatasetId): Promise<void>;
  /** The last thing. */
  audit(entry: AuditEntry): Promise<void>;
}

/** Where outputs become a dataset. */
export interface RegistrationStore {
  /** @param datasetId - the dataset that is written, which no other writer touches meanwhile */
  transaction<T>(claim: Claim, datasetId: DatasetId, work: (tx: RegistrationTransaction) => Promise<T>): Promise<T>;
}

/** What somebody may read now, by the rights they hold at this moment; undefined for who is gone. */
export type ScopeOfPrincipal = (principalId: PrincipalId) => Promise<ReadScope | undefined>;

/** A file that a body left behind, as it was found. */
export type FoundFile =
  | { readonly kind: 'file'; readonly path: string; readonly byteSize: number }
  /** Something that is no plain file, or whose name cannot be kept. */
  | { readonly kind: 'refused'; readonly place: string; readonly reason: string };

/** Folders of jobs, on a disk that the engines see. */
export interface RunFolders {
  /** The folder of an attempt. */
  pathOf(runId: RunId, attempt: number): string;
  /**
   * Makes the folder of an attempt with these files in it, whole or not at all. One that is there stays as it is: a job may live in it.
   * @param files - path below the folder, with slashes, and its bytes
   */
  lay(
    runId: RunId,
    attempt: number,
    files: readonly { readonly path: string; readonly bytes: AsyncIterable<Uint8Array> }[],
  ): Promise<string>;
  /** What lies below `outputs/`, nothing followed: sorted by path. @param most - ends with a refusal when there are more */
  scan(runId: RunId, attempt: number, most: number): Promise<readonly FoundFile[]>;
  /** The bytes of a found file. @throws InvalidInputError when it is no plain file any more */
  read(runId: RunId, attempt: number, path: string): AsyncIterable<Uint8Array>;
  /** Removes every folder of a run. */
  remove(runId: RunId): Promise<void>;
}
