import type { ErrorCode } from '../kernel/errors.ts';
import type { PrincipalId } from '../kernel/ids.ts';

/** What is written down of one write, or of one that was refused. It holds ids, never names, so that erasing a person leaves the chain whole. */
export interface AuditEntry {
  /** Who did it; undefined for a guest. Pseudonymous: the name stands in `principal` alone. */
  readonly actor: PrincipalId | undefined;
  /** What was done, as `noun.verb` after the mutation of the same name: `dataset.update`, `accessToken.create`. */
  readonly action: string;
  /** What it was done to: its GraphQL type (`Dataset`) and its UUID. */
  readonly object?: { readonly kind: string; readonly id: string };
  readonly outcome: 'DONE' | 'REFUSED' | 'FAILED';
  /** Why it was not done. */
  readonly code?: ErrorCode | 'INTERNAL_SERVER_ERROR';
  /** The request, as the log knows it; within a mutation it is filled in by itself. */
  readonly requestId?: string;
  /** Facts a reader of the trail needs: names of changed fields, versions before and after, counts. No personal data. */
  readonly facts?: Readonly<Record<string, unknown>>;
}
