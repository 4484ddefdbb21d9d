import { InvalidInputError, NotFoundError } from '../kernel/errors.ts';
import { requireRole } from './authorize.ts';
import type { Principal } from './model.ts';
import type { PrincipalRecord, PrincipalStore } from './ports.ts';
import { parsePrincipalName } from './principal-name.ts';

/** Logins of mirrored servers, which cannot sign in here. */
const loginName = /^xnat:[^:]+:.+$/;

/**
 * Says whose login of a mirrored server this is: that principal then has the login's rights for datasets, as far and as long as the
 * server gives them. Without `to` it is nobody's again.
 * @throws UnauthenticatedError for guests, ForbiddenError for who is no admin
 * @throws InvalidInputError for a principal that is no such login, NotFoundError for one that was never seen
 */
export async function linkPrincipal(
  input: { readonly principal: string; readonly to?: string },
  caller: Principal,
  store: PrincipalStore,
): Promise<PrincipalRecord> {
  const actor = requireRole(caller, 'ADMIN');
  const name = parsePrincipalName(input.principal);
  if (!loginName.test(name))
    throw new InvalidInputError('`principal` must be a login of a mirrored server, such as `xnat:cnda:jane`.', {
      fields: ['principal'],
    });
  const to = input.to === undefined ? undefined : parsePrincipalName(input.to);
  if (to !== undefined && loginName.test(to))
    throw new InvalidInputError('`to` must be somebody who can sign in, such as `oidc:{issuer}:{sub}`.', {
      fields: ['to'],
    });
  const id = await store.transaction(async (tx) => {
    const principalId = await tx.principalNamed(name);
    if (principalId === undefined)
      throw new NotFoundError('No mirrored server has shown this login yet: mirror it first.', {
        fields: ['principal'],
      });
    const target = to === undefined ? undefined : (await tx.ensurePrincipal(to)).id;
    const changed = await tx.link(principalId, target);
    await tx.audit({
      actor,
      action: 'principal.link',
      object: { kind: 'Principal', id: principalId },
      outcome: 'DONE',
      facts: { to: target ?? null, changed },
    });
    return principalId;
  });
  const [record] = await store.principalsByIds([id]);
  if (record === undefined) throw new NotFoundError('The principal was erased meanwhile.');
  return record;
}
