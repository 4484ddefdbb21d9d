import type { AuditEntry } from '../access/index.ts';
import { naturalId, type PrincipalId } from '../kernel/ids.ts';

/** Who hands facts in, for the audit trail. */
export interface IntakeBy {
  readonly actor: PrincipalId | undefined;
  /** What the caller did, where it was more than handing facts in. */
  readonly action?: string;
  readonly requestId?: string;
}

/** Whoever may run commands on this machine: the principal `cli`. */
export const commandLine: IntakeBy = { actor: naturalId('principal', 'cli') as PrincipalId };

/** The entry in the audit trail of a batch that changed something. */
export function auditOfBatch(
  { actor, action, requestId }: IntakeBy,
  batch: Required<Pick<AuditEntry, 'action' | 'object' | 'facts'>>,
): AuditEntry {
  return { ...batch, actor, action: action ?? batch.action, outcome: 'DONE', ...(requestId && { requestId }) };
}
