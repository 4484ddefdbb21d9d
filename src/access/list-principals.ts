import { type Connection, toConnection } from '../kernel/connection.ts';
import { exactly } from '../kernel/count.ts';
import { decodeCursor, pageSize } from '../kernel/page.ts';
import { requireRole } from './authorize.ts';
import type { Principal } from './model.ts';
import type { PrincipalRecord, PrincipalStore, PrincipalWhere } from './ports.ts';

const order = 'principals:name';

/**
 * Everybody known here, by name, with grants and tokens.
 * @throws UnauthenticatedError for guests, ForbiddenError for who is no admin
 */
export async function listPrincipals(
  args: { readonly where: PrincipalWhere; readonly first: number; readonly after?: string },
  principal: Principal,
  store: PrincipalStore,
): Promise<Connection<PrincipalRecord>> {
  requireRole(principal, 'ADMIN');
  const { where } = args;
  const first = pageSize(args.first);
  const after = args.after === undefined ? undefined : decodeCursor(order, ['text'], args.after);
  const page = await store.principals(where, after === undefined ? { first } : { first, after });
  return toConnection(order, page, async () => exactly(await store.countPrincipals(where), 'principals'));
}
