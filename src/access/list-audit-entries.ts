import { type Connection, toConnection } from '../kernel/connection.ts';
import { exactly } from '../kernel/count.ts';
import { decodeCursor, pageSize } from '../kernel/page.ts';
import { requireRole } from './authorize.ts';
import type { Principal } from './model.ts';
import type { AuditTrail, AuditWhere, StoredAuditEntry } from './ports.ts';

const order = 'audit:sequence';

/**
 * The audit trail, latest first. A cursor is a place in the chain: entries that come meanwhile move no page.
 * @throws UnauthenticatedError for guests, ForbiddenError for who is no admin
 */
export async function listAuditEntries(
  args: { readonly where: AuditWhere; readonly first: number; readonly after?: string },
  principal: Principal,
  trail: AuditTrail,
): Promise<Connection<StoredAuditEntry>> {
  requireRole(principal, 'ADMIN');
  const { where } = args;
  const first = pageSize(args.first);
  const after = args.after === undefined ? undefined : decodeCursor(order, ['integer'], args.after);
  const page = await trail.entries(where, after === undefined ? { first } : { first, after });
  return toConnection(order, page, async () => exactly(await trail.countEntries(where), 'entries'));
}
