import type { Principal } from '../access/index.ts';
import type { CatalogReader, SubjectWhere } from '../catalog/index.ts';
import type { BlobStore } from '../files/index.ts';
import type { PipelineLauncher, PipelineShelf } from './ports.ts';
import type { LaunchReason, PipelineRun, RunId } from './run-model.ts';
import type { RunQuota, RunStore } from './run-ports.ts';

/** Time beyond the job's own limit that a run has for waiting in queues, staging and registering. */
export const waitingS = 7 * 24 * 3_600;

/** A run as a caller asks for it. */
export interface LaunchInput {
  /** `name` for its latest version, or `name@version`. */
  readonly pipeline: string;
  /** Slug of the input dataset. */
  readonly dataset: string;
  readonly where: SubjectWhere;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly engine?: string;
  readonly idempotencyKey: string;
  /** Data use terms that the caller says are met. */
  readonly acceptedTerms: readonly string[];
}

/** What launching works with. */
export interface LaunchParts {
  readonly runs: RunStore;
  readonly reader: CatalogReader;
  readonly shelf: PipelineShelf;
  readonly launchers: ReadonlyMap<string, PipelineLauncher>;
  readonly blobs: BlobStore;
  readonly quota: RunQuota;
  readonly newId: () => RunId;
}

/** Who asks. */
export interface LaunchCaller {
  readonly principal: Principal;
  readonly requestId: string;
}

/** A run, or what stands against it. */
export type Launched = { readonly run: PipelineRun } | { readonly reasons: readonly LaunchReason[] };
