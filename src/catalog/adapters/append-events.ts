import type { EntityManager } from 'typeorm';
import { insertRows } from '../../db/insert-rows.ts';
import type { CatalogEvent } from '../ports.ts';
import { lockOutbox } from './locks.ts';

/** Writes events in the caller's transaction; only an audit entry may follow it. */
export async function appendEvents(tx: EntityManager, events: readonly CatalogEvent[]): Promise<void> {
  if (events.length === 0) return;
  await lockOutbox(tx);
  await insertRows(
    tx,
    'catalog_event',
    events.map(({ datasetId, type, payload }) => ({ datasetId, type, payload })),
  );
}
