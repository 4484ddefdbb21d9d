import type { EntityManager } from 'typeorm';
import type { AuditEntry } from '../../access/index.ts';

/**
 * Writes an entry of the audit trail in the caller's transaction. It comes after the events: both are written one after the other
 * under a lock, and two transactions that took the locks in different orders would wait for each other.
 */
export type AppendAudit = (tx: EntityManager, entry: AuditEntry) => Promise<void>;
