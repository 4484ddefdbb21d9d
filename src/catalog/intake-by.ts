import { type AuditEntry, cliPrincipal } from '../access/index.ts';
import type { PrincipalId } from '../kernel/ids.ts';

/** Who hands facts in, for the audit trail. */
export interface IntakeBy {
  readonly actor: PrincipalId | undefined;
  /** What the caller did, where it was more than handing facts in. */
  readonly action?: string;
  readonly requestId?: string;
}

/** Whoever may run commands on this machine. */
export const commandLine: IntakeBy = { actor: cliPrincipal.id };

/** The entry in the audit trail of a batch that changed something. */
export function auditOfBatch(
  { actor, action, requestId }: IntakeBy,
  batch: Pick<AuditEntry, 'action' | 'object' | 'facts'>,
): AuditEntry {
  return { ...batch, actor, action: action ?? batch.action, outcome: 'DONE', ...(requestId && { requestId }) };
}
