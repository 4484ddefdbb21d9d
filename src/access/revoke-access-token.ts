import type { Clock } from '../kernel/clock.ts';
import { ForbiddenError, NotFoundError } from '../kernel/errors.ts';
import { requireSignedIn } from './authorize.ts';
import { uuidOfNode } from './caller.ts';
import { highestRole, includesRole, type Principal } from './model.ts';
import type { PrincipalStore, TokenRecord } from './ports.ts';

/**
 * Ends a token of the caller, or for an admin of anybody, and every token that was made with it. Ending it again changes nothing.
 * @param nodeId - `id` of the AccessToken
 * @throws UnauthenticatedError for guests, NotFoundError for tokens that are none of theirs, ForbiddenError when the token in use
 * can do less than the one to be ended
 */
export async function revokeAccessToken(
  nodeId: string,
  principal: Principal,
  { store, clock }: { readonly store: PrincipalStore; readonly clock: Clock },
): Promise<void> {
  const actor = requireSignedIn(principal);
  const id = uuidOfNode('AccessToken', nodeId);
  await store.transaction(async (tx) => {
    const token = id === undefined ? undefined : await tx.token(id);
    const mine = token !== undefined && token.principalId === principal.id;
    if (token === undefined || !(mine || principal.role === 'ADMIN'))
      throw new NotFoundError('There is no such access token of yours: `viewer.tokens` lists them with their ids.', {
        fields: ['id'],
      });
    refuseWider(token, principal);
    const ended = await tx.revokeToken(token.id, clock());
    await tx.audit({
      actor,
      action: 'accessToken.revoke',
      object: { kind: 'AccessToken', id: token.id },
      outcome: 'DONE',
      facts: { principalId: token.principalId, ended },
    });
  });
}

/** Whoever finds a narrow token must not be able to end its owner's others with it. */
function refuseWider(token: TokenRecord, { token: inUse }: Principal): void {
  if (inUse === undefined || token.id === inUse.id) return;
  const ceiling = token.roles.length === 0 ? 'ADMIN' : highestRole(token.roles);
  const bound = inUse.datasetIds;
  const datasetsWithin =
    bound === undefined || (token.datasetIds.length > 0 && token.datasetIds.every((id) => bound.includes(id)));
  if (includesRole(inUse.ceiling, ceiling) && datasetsWithin) return;
  throw new ForbiddenError('The access token in use can do less than this one and so cannot end it: use a wider one.');
}
