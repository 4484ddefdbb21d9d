import { ConflictError, NotFoundError } from '../kernel/errors.ts';
import type { DatasetId, PrincipalId } from '../kernel/ids.ts';
import { requireRole, requireSignedIn } from './authorize.ts';
import { type Caller, visibleDataset } from './caller.ts';
import type { Role } from './model.ts';
import type { PrincipalRecord, PrincipalStore } from './ports.ts';
import { parsePrincipalName } from './principal-name.ts';

/** A role to give or to take. */
export interface RoleInput {
  /** Name of the principal. */
  readonly principal: string;
  readonly role: Role;
  /** Node id of the dataset; absent means the whole catalog. */
  readonly datasetId?: string;
}

/**
 * Gives a principal a role, for the catalog or for one dataset. A name not seen yet becomes a principal. Giving again changes nothing.
 * @throws UnauthenticatedError for guests, NotFoundError for a dataset the caller cannot see, ForbiddenError for who is no admin
 */
export async function grantRole(input: RoleInput, caller: Caller, store: PrincipalStore): Promise<PrincipalRecord> {
  const { actor, datasetId } = await authorizedPlace(input, caller);
  const name = parsePrincipalName(input.principal);
  const id = await store.transaction(async (tx) => {
    const { id: principalId } = await tx.ensurePrincipal(name);
    const grant = { principalId, role: input.role, ...(datasetId && { datasetId }) };
    const changed = await tx.addGrant({ ...grant, grantedBy: actor });
    await tx.audit({
      actor,
      action: 'role.grant',
      object: { kind: 'Principal', id: principalId },
      outcome: 'DONE',
      facts: { role: input.role, datasetId, changed },
    });
    return principalId;
  });
  return await recordOf(id, store);
}

/**
 * Takes a role from a principal. Taking what is not held changes nothing.
 * @throws UnauthenticatedError for guests, NotFoundError for a dataset or principal that is not there, ForbiddenError for who is no
 * admin, ConflictError when nobody would be left who administers the catalog
 */
export async function revokeRole(input: RoleInput, caller: Caller, store: PrincipalStore): Promise<PrincipalRecord> {
  const { actor, datasetId } = await authorizedPlace(input, caller);
  const name = parsePrincipalName(input.principal);
  const id = await store.transaction(async (tx) => {
    const principalId = await tx.principalNamed(name);
    if (principalId === undefined) throw new NotFoundError('There is no such principal.', { fields: ['principal'] });
    if (input.role === 'ADMIN' && datasetId === undefined) refuseLast(await tx.lockAdmins(), principalId);
    const changed = await tx.removeGrant({ principalId, role: input.role, ...(datasetId && { datasetId }) });
    await tx.audit({
      actor,
      action: 'role.revoke',
      object: { kind: 'Principal', id: principalId },
      outcome: 'DONE',
      facts: { role: input.role, datasetId, changed },
    });
    return principalId;
  });
  return await recordOf(id, store);
}

/** Where the role is to hold, once it is clear that the caller may give and take it there. */
async function authorizedPlace(
  input: RoleInput,
  caller: Caller,
): Promise<{ readonly actor: PrincipalId; readonly datasetId: DatasetId | undefined }> {
  requireSignedIn(caller.principal, 'ADMIN');
  const datasetId = input.datasetId === undefined ? undefined : await visibleDataset(input.datasetId, caller);
  return { actor: requireRole(caller.principal, 'ADMIN', datasetId), datasetId };
}

function refuseLast(admins: readonly PrincipalId[], leaving: PrincipalId): void {
  if (admins.length !== 1 || admins[0] !== leaving) return;
  throw new ConflictError(
    'This is the last admin: nobody would be left to give the role back. Grant ADMIN to somebody else first.',
  );
}

async function recordOf(id: PrincipalId, store: PrincipalStore): Promise<PrincipalRecord> {
  const [record] = await store.principalsByIds([id]);
  if (record === undefined) throw new NotFoundError('The principal was erased meanwhile.');
  return record;
}
