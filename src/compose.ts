import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DataSource } from 'typeorm';
import { JoseOidcVerifier } from './access/adapters/jose-oidc-verifier.ts';
import { createAppendAudit, PostgresAuditTrail } from './access/adapters/postgres-audit-trail.ts';
import { PostgresPrincipalStore } from './access/adapters/postgres-principal-store.ts';
import { type AuditTrail, type Authenticator, createAuthenticator, type PrincipalStore } from './access/index.ts';
import { PostgresCatalogReader } from './catalog/adapters/postgres-catalog-reader.ts';
import { PostgresRecordStore } from './catalog/adapters/postgres-record-store.ts';
import { PostgresRowStore } from './catalog/adapters/postgres-row-store.ts';
import type { CatalogReader, RecordStore, RowStore } from './catalog/index.ts';
import { composeLiterature } from './compose-literature.ts';
import { composePipelines, type Pipelines } from './compose-pipelines.ts';
import { composeSearch } from './compose-search.ts';
import type { Config } from './config.ts';
import { createDataSource } from './db/data-source.ts';
import { openEmbeddedDatabase } from './db/embedded/index.ts';
import { openDatabase } from './db/open-database.ts';
import { PostgresInstallation } from './db/postgres-installation.ts';
import { ReadPool } from './db/read-pool.ts';
import { FolderModelStore } from './embedding/adapters/folder-model-store.ts';
import { type ModelStore, shareEmbedders } from './embedding/index.ts';
import { PostgresHarvestStore } from './harvest/adapters/postgres-harvest-store.ts';
import type { HarvestStore } from './harvest/index.ts';
import { type Clock, systemClock } from './kernel/clock.ts';
import type { Logger } from './kernel/logger.ts';
import type { Literature } from './literature/index.ts';
import { PostgresSavedSearchStore } from './search/adapters/postgres-saved-search-store.ts';
import type { DatasetIndex, SavedSearchStore } from './search/index.ts';

/** Connections per process; requests beyond it wait. */
const poolSize = 12;

/** The product, wired: what the command line, the server and harvesters work with. */
export interface Application {
  readonly db: DataSource;
  /** Address of the database, its password included: for threads of this process, see {@link openRowStore}. */
  readonly databaseUrl: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly principals: PrincipalStore;
  readonly authenticator: Authenticator;
  readonly trail: AuditTrail;
  readonly reader: CatalogReader;
  readonly records: RecordStore;
  readonly rows: RowStore;
  readonly search: DatasetIndex;
  readonly harvests: HarvestStore;
  readonly literature: Literature;
  readonly savedSearches: SavedSearchStore;
  readonly pipelines: Pipelines;
  readonly installation: PostgresInstallation;
  readonly limits: Config['limits'];
  readonly api: Config['api'];
  /** Closes connections, and the embedded database when this process was the last to use it. */
  close(): Promise<void>;
}

/**
 * The only place that builds adapters.
 * @param role - `serve` claims the home: a second one is refused; `cli` joins a database that runs already
 * @throws StartupError with one sentence on what to mend
 */
export async function openApplication(config: Config, role: 'serve' | 'cli', logger: Logger): Promise<Application> {
  const embedded =
    config.databaseUrl === null ? await openEmbeddedDatabase({ home: config.home, role, logger }) : undefined;
  try {
    const url = embedded?.url ?? config.databaseUrl ?? '';
    const options = { url, poolSize, applicationName: `mia-${role}` };
    const db = await openDatabase(options, logger);
    const reads = new ReadPool({ ...options, statementMs: config.limits.operationMs }, logger);
    const clock = systemClock;
    const appendAudit = createAppendAudit(clock, logger);
    const principals = new PostgresPrincipalStore(db, appendAudit);
    const oidc = config.oidc === null ? undefined : new JoseOidcVerifier(config.oidc, clock, logger);
    const authenticator = createAuthenticator({ store: principals, oidc, clock, logger });
    const installation = new PostgresInstallation(db);
    const reader = new PostgresCatalogReader(reads, clock);
    const models = openModelStore(config, logger);
    const openEncoder = shareEmbedders(async (name) => (await models.open(name)).embedder);
    const shared = {
      config,
      db,
      vocabulary: async () => await reader.vocabulary(),
      freshVocabulary: async () => {
        reader.forgetVocabulary();
        return await reader.vocabulary();
      },
      installation,
      openEncoder,
      logger,
      clock,
    };
    const search = composeSearch({ ...shared, models });
    const literature = composeLiterature({
      ...shared,
      appendAudit,
      recordsIn: (tx) => new PostgresRecordStore(tx, appendAudit),
    });
    return {
      db,
      databaseUrl: url,
      clock,
      logger,
      principals,
      authenticator,
      trail: new PostgresAuditTrail(db, appendAudit),
      reader,
      records: new PostgresRecordStore(db, appendAudit),
      rows: new PostgresRowStore(db, appendAudit),
      search,
      harvests: new PostgresHarvestStore(db, appendAudit),
      literature,
      savedSearches: new PostgresSavedSearchStore(db, appendAudit),
      pipelines: composePipelines({ config, db, reader, principals, appendAudit, logger }),
      installation,
      limits: config.limits,
      api: config.api,
      close: async () => {
        await authenticator.settle();
        await search.close();
        await literature.close();
        await reads.close();
        await db.destroy();
        await embedded?.close();
      },
    };
  } catch (error) {
    await embedded?.close();
    throw error;
  }
}

/** The rows alone, for a thread beside the one whose application is open. */
export async function openRowStore(
  databaseUrl: string,
  logger: Logger,
): Promise<{ readonly rows: RowStore; readonly close: () => Promise<void> }> {
  const db = createDataSource({ url: databaseUrl, poolSize: 2, applicationName: 'mia-lane' });
  await db.initialize();
  return {
    rows: new PostgresRowStore(db, createAppendAudit(systemClock, logger)),
    close: async () => await db.destroy(),
  };
}

/** The encoders on this machine; needs no database. */
export function openModelStore(config: Config, logger: Logger): ModelStore {
  return new FolderModelStore({
    home: join(config.home, 'models'),
    shipped: fileURLToPath(new URL('../models', import.meta.url)),
    device: config.encoder.device,
    threads: config.encoder.threads,
    hubUrl: config.modelHubUrl,
    logger,
  });
}
