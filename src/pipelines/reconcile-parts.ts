import type { CatalogReader } from '../catalog/index.ts';
import type { BlobStore } from '../files/index.ts';
import type { Logger } from '../kernel/logger.ts';
import type { PipelineLauncher, PythonEnvironments } from './ports.ts';
import type { Claim, RegistrationStore, RunChange, RunFolders, RunStore, ScopeOfPrincipal } from './run-ports.ts';

/** How patient reconciling is; all of it in the units of the names. */
export interface ReconcileTimes {
  /** How long a process may be silent before another takes its runs. */
  readonly leaseMs: number;
  /** Shortest and longest time between two looks at a job; a run is asked for every tenth of its time in a state. */
  readonly pollMs: number;
  readonly slowestPollMs: number;
  /** How long an engine may know nothing of a job before the run is lost. */
  readonly graceMs: number;
  /** How long jobs of a run that has ended are looked for: a request that was under way when its sender was killed arrives by then. */
  readonly settleMs: number;
  /** Longest answer of an engine. */
  readonly engineMs: number;
  /** Wait after something did not work. */
  readonly retryMs: number;
  /** Staging, collecting and registering are given up when they have not worked for so long. */
  readonly giveUpMs: number;
  /** Time beyond its own limit that a job has for ending. */
  readonly overtimeMs: number;
}

/** What is not kept of a body's outputs and logs. */
export interface OutputLimits {
  readonly files: number;
  readonly bytes: number;
  /** Of each stream of a log, from its begin. */
  readonly logBytes: number;
}

/** What reconciling works with. */
export interface ReconcileParts {
  readonly runs: RunStore;
  readonly launchers: ReadonlyMap<string, PipelineLauncher>;
  readonly environments: PythonEnvironments;
  readonly folders: RunFolders;
  readonly blobs: BlobStore;
  readonly reader: CatalogReader;
  readonly scopeOf: ScopeOfPrincipal;
  readonly registration: RegistrationStore;
  readonly times: ReconcileTimes;
  readonly limits: OutputLimits;
  /** Attempts of a run whose infrastructure failed. */
  readonly mostAttempts: number;
  readonly logger: Logger;
}

/** Times of a catalog in use. */
export const usualTimes: ReconcileTimes = {
  leaseMs: 30_000,
  pollMs: 1_000,
  slowestPollMs: 60_000,
  graceMs: 300_000,
  settleMs: 120_000,
  engineMs: 30_000,
  retryMs: 5_000,
  giveUpMs: 3_600_000,
  overtimeMs: 600_000,
};

/** Limits of a catalog in use. */
export const usualLimits: OutputLimits = { files: 10_000, bytes: 50 * 2 ** 30, logBytes: 2 ** 20 };

/** What a step does with a run: writes a change, or has written by itself. */
export type Step = (claim: Claim, parts: ReconcileParts, signal: AbortSignal) => Promise<RunChange | 'written'>;

/** A run's end that is its own fault, or nobody's: never tried again. */
export function failure(error: string, change: Partial<RunChange> = {}): RunChange {
  return { ...change, to: 'FAILED', error, againInMs: 0 };
}
