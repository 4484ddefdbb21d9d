import type { EntityManager } from 'typeorm';

/** Advisory locks of the catalog (first key), so that no other feature takes the same numbers by chance. */
const namespace = 0x6d6961;
const records = 1;
const outbox = 2;
const rowsNamespace = namespace + 1;

/** Writers of dataset records go one after the other: each merges what all sources say. Held until the transaction ends. */
export async function lockRecords(tx: EntityManager): Promise<void> {
  await tx.query('SELECT pg_advisory_xact_lock($1, $2)', [namespace, records]);
}

/**
 * Taken just before events are written, the last thing a transaction does but for its audit entry: event ids then rise in the order of commit, and a
 * reader that remembers the last id it saw misses nothing.
 */
export async function lockOutbox(tx: EntityManager): Promise<void> {
  await tx.query('SELECT pg_advisory_xact_lock($1, $2)', [namespace, outbox]);
}

/** Writers of one dataset's rows go one after the other. Held until the transaction ends. */
export async function lockRowsOf(tx: EntityManager, datasetId: string): Promise<void> {
  await tx.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [rowsNamespace, datasetId]);
}
