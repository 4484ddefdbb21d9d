import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DataSource, EntityManager } from 'typeorm';
import { type AuditEntry, type PrincipalStore, scopeOfPrincipal } from './access/index.ts';
import { lockRecords, lockRowsOf } from './catalog/adapters/locks.ts';
import { PostgresRecordStore } from './catalog/adapters/postgres-record-store.ts';
import { PostgresRowStore } from './catalog/adapters/postgres-row-store.ts';
import type { CatalogReader } from './catalog/index.ts';
import type { Config } from './config.ts';
import { FolderBlobStore } from './files/adapters/folder-blob-store.ts';
import type { BlobStore } from './files/index.ts';
import type { Logger } from './kernel/logger.ts';
import { FolderShelf } from './pipelines/adapters/folder-shelf.ts';
import { LocalLauncher } from './pipelines/adapters/local-launcher.ts';
import { LocalRunFolders } from './pipelines/adapters/local-run-folders.ts';
import { PipEnvironments } from './pipelines/adapters/pip-environments.ts';
import { PostgresRegistrationStore } from './pipelines/adapters/postgres-registration-store.ts';
import { PostgresRunStore } from './pipelines/adapters/postgres-run-store.ts';
import { SlurmLauncher } from './pipelines/adapters/slurm-launcher.ts';
import {
  type LaunchParts,
  type LogParts,
  type PipelineLauncher,
  type PipelineShelf,
  type ReconcileParts,
  type RegistrationStore,
  type RunId,
  usualLimits,
  usualTimes,
} from './pipelines/index.ts';

/** Pipelines and their runs, wired. */
export interface Pipelines extends Omit<LaunchParts, 'reader'>, LogParts {
  readonly settleMs: number;
  /** What a process with the role `worker` works with. */
  readonly worker: ReconcileParts;
}

/** What pipelines hang on. */
export interface PipelineGround {
  readonly config: Config;
  readonly db: DataSource;
  readonly reader: CatalogReader;
  readonly principals: PrincipalStore;
  readonly appendAudit: (tx: EntityManager, entry: AuditEntry) => Promise<void>;
  readonly logger: Logger;
}

/** Longest wait for one answer of slurmrestd, which is silent for 18 s while its controller is away. */
const slurmMs = 20_000;

/** The engines of this configuration by name, the one that is taken when none is named first. */
function composeLaunchers({ runs, slurm }: Config): ReadonlyMap<string, PipelineLauncher> {
  const local = new LocalLauncher({
    unsandboxed: runs.unsandboxed,
    logBytes: usualLimits.logBytes,
    isolations: ['CONTAINER', 'SANDBOX'],
  });
  const launchers: PipelineLauncher[] = [local];
  if (slurm !== null) {
    const { logBytes } = usualLimits;
    launchers.push(new SlurmLauncher({ ...slurm, logBytes, timeoutMs: slurmMs, now: () => performance.now() }));
  }
  return new Map(launchers.map((launcher) => [launcher.name, launcher]));
}

/** The shipped pipelines, and those of the operator's folder. */
function composeShelf({ runs }: Config): PipelineShelf {
  const shipped = new FolderShelf(fileURLToPath(new URL('../pipelines', import.meta.url)));
  if (runs.pipelinesFolder === null) return shipped;
  const own = new FolderShelf(runs.pipelinesFolder);
  return { list: async () => [...(await shipped.list()), ...(await own.list())] };
}

/** Wires pipelines. */
export function composePipelines(ground: PipelineGround): Pipelines {
  const { config, db, reader, principals, appendAudit, logger } = ground;
  const runs = new PostgresRunStore(db, appendAudit);
  const launchers = composeLaunchers(config);
  const blobs = openBlobStore(config);
  const folders = new LocalRunFolders(config.runs.folder ?? join(config.home, 'runs'));
  const { openRuns, openGpus, gpuHours } = config.runs;
  return {
    runs,
    launchers,
    blobs,
    folders,
    shelf: composeShelf(config),
    quota: { openRuns, openGpus, gpuHours },
    newId: () => randomUUID() as RunId,
    settleMs: config.runs.settleMs,
    worker: {
      runs,
      launchers,
      blobs,
      folders,
      reader,
      environments: new PipEnvironments({
        folder: join(config.home, 'environments'),
        python: 'python3',
        environment: config.packageEnvironment,
      }),
      scopeOf: async (id) => await scopeOfPrincipal(id, principals),
      registration: openRegistration(db, appendAudit),
      times: { ...usualTimes, settleMs: config.runs.settleMs },
      limits: usualLimits,
      mostAttempts: 3,
      logger,
    },
  };
}

/** Where outputs become datasets. */
export function openRegistration(db: DataSource, appendAudit: PipelineGround['appendAudit']): RegistrationStore {
  return new PostgresRegistrationStore(db, {
    appendAudit,
    within: (tx) => ({
      records: new PostgresRecordStore(tx, appendAudit),
      rows: new PostgresRowStore(tx, appendAudit),
    }),
    lock: async (tx, datasetId) => {
      await lockRecords(tx);
      await lockRowsOf(tx, datasetId);
    },
  });
}

/** Files by their bytes. */
export function openBlobStore({ home }: Pick<Config, 'home'>): BlobStore {
  return new FolderBlobStore(join(home, 'files'));
}
