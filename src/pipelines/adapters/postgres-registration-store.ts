import { randomUUID } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import type { AuditEntry } from '../../access/index.ts';
import type { RecordStore, RowStore } from '../../catalog/index.ts';
import type { DatasetId } from '../../kernel/ids.ts';
import type { Claim, RegistrationStore, RegistrationTransaction } from '../run-ports.ts';
import { appendRunEvent, lostClaim } from './write-run.ts';

/** The catalog's doors within a transaction. */
export interface CatalogWithin {
  readonly records: RecordStore;
  readonly rows: RowStore;
}

/** What registrations are made of, by the composition root. */
export interface RegistrationDoors {
  readonly within: (tx: EntityManager) => CatalogWithin;
  /** Takes the locks of writers of records, and of the rows of this dataset, in the order in which all writers take them. */
  readonly lock: (tx: EntityManager, datasetId: DatasetId) => Promise<void>;
  readonly appendAudit: (tx: EntityManager, entry: AuditEntry) => Promise<void>;
}

/** Registrations in PostgreSQL: the dataset, its events and the success of its run in one transaction. */
export class PostgresRegistrationStore implements RegistrationStore {
  readonly #db: DataSource;
  readonly #doors: RegistrationDoors;

  constructor(db: DataSource, doors: RegistrationDoors) {
    this.#db = db;
    this.#doors = doors;
  }

  async transaction<T>(
    claim: Claim,
    datasetId: DatasetId,
    work: (tx: RegistrationTransaction) => Promise<T>,
  ): Promise<T> {
    const { within, lock, appendAudit } = this.#doors;
    return await this.#db.transaction(async (tx) => {
      await lock(tx, datasetId);
      return await work({
        ...within(tx),
        succeed: async (success) => await succeed(tx, claim, success),
        grantOwner: async (made) => await grantOwner(tx, claim, made),
        audit: async (entry) => await appendAudit(tx, entry),
      });
    });
  }
}

async function succeed(
  tx: EntityManager,
  { run, fence }: Claim,
  { outputs, derivedDatasetId, message, cleanupMs }: Parameters<RegistrationTransaction['succeed']>[0],
): Promise<void> {
  const [rows]: [unknown[], number] = await tx.query(
    `UPDATE pipeline_run SET state = 'SUCCEEDED', state_since = clock_timestamp(), finished_at = clock_timestamp(), lease_holder = NULL,
       leased_until = NULL, derived_dataset_id = $4, next_check_at = clock_timestamp() + $5 * interval '1 millisecond',
       cleanup_until = clock_timestamp() + $5 * interval '1 millisecond'
     WHERE id = $1 AND fence = $2 AND state = 'REGISTERING' AND attempt = $3 RETURNING id`,
    [run.id, fence, run.attempt, derivedDatasetId ?? null, cleanupMs],
  );
  if (rows.length === 0) throw lostClaim(run.id);
  await tx.query(
    `UPDATE run_output o SET dataset_id = f.dataset_id FROM unnest($2::text[], $3::text[], $4::uuid[]) AS f(path, sha256, dataset_id)
     WHERE o.run_id = $1 AND o.path = f.path AND o.sha256 = f.sha256`,
    [
      run.id,
      outputs.map(({ path }) => path),
      outputs.map(({ sha256 }) => sha256),
      outputs.map(({ datasetId }) => datasetId),
    ],
  );
  await appendRunEvent(tx, { runId: run.id, state: 'SUCCEEDED', attempt: run.attempt, message });
}

async function grantOwner(tx: EntityManager, { run }: Claim, datasetId: DatasetId): Promise<void> {
  if (run.ownerId === undefined) return;
  await tx.query(
    `INSERT INTO role_grant (id, principal_id, role, dataset_id, granted_by)
     SELECT $1, p.id, 'RESEARCHER', $3, p.id::text FROM principal p WHERE p.id = $2 ON CONFLICT DO NOTHING`,
    [randomUUID(), run.ownerId, datasetId],
  );
}
