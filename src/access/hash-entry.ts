import { canonicalSha256 } from '../kernel/canonical-json.ts';
import type { StoredAuditEntry } from './ports.ts';

/** Hash before the first entry. */
export const genesisHash = '0'.repeat(64);

/** SHA-256 of the canonical JSON (RFC 8785) of all that an entry holds and of the hash of the one before, lower-case hex. */
export function hashEntry(entry: Omit<StoredAuditEntry, 'hash' | 'actorName'>): string {
  const { sequence, at, actor, action, objectKind, objectId, outcome, code, requestId, facts, previousHash } = entry;
  return canonicalSha256({
    sequence,
    at: at.toISOString(),
    actor,
    action,
    objectKind,
    objectId,
    outcome,
    code,
    requestId,
    facts,
    previousHash,
  });
}
