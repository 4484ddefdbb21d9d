import { ForbiddenError, UnauthenticatedError } from '../kernel/errors.ts';
import type { DatasetId, PrincipalId } from '../kernel/ids.ts';
import { includesRole, type Principal, type Role } from './model.ts';

/**
 * Whether a principal holds a role: for the whole catalog, or for the dataset in question.
 * @param datasetId - the dataset to be acted on; without it only the role for the whole catalog counts
 */
export function mayActOn(principal: Principal, role: Role, datasetId?: DatasetId): boolean {
  if (includesRole(principal.role, role)) return true;
  return principal.grants.some((grant) => grant.datasetId === datasetId && includesRole(grant.role, role));
}

/**
 * Lets a principal pass who holds the role, for the whole catalog or for the dataset. Whether the principal may see the dataset at
 * all is asked before: what is invisible is NOT_FOUND, never FORBIDDEN.
 * @returns who it is, for the audit entry
 * @throws UnauthenticatedError when nobody is signed in
 * @throws ForbiddenError when the role is missing; the sentence says which, and who gives it
 */
export function requireRole(principal: Principal, needed: Role, datasetId?: DatasetId): PrincipalId {
  const id = requireSignedIn(principal, needed);
  if (mayActOn(principal, needed, datasetId)) return id;
  const reach = datasetId === undefined ? 'for the whole catalog' : 'for the whole catalog or for this dataset';
  throw new ForbiddenError(
    `This needs the role ${needed} ${reach}: an admin gives it with grantRole, and the access token in use must include it.`,
    { neededRole: needed, ...(datasetId !== undefined && { datasetId }) },
  );
}

/**
 * Refuses guests.
 * @returns who it is
 * @throws UnauthenticatedError when the request carried no credentials
 */
export function requireSignedIn(principal: Principal, needed?: Role): PrincipalId {
  if (principal.id !== undefined) return principal.id;
  const role = needed === undefined || needed === 'GUEST' ? '' : ` with the role ${needed}`;
  throw new UnauthenticatedError(
    `This is for signed-in callers${role}: send an access token in the Authorization header (\`Bearer …\`); an admin gives you one.`,
    { ...(needed !== undefined && { neededRole: needed }) },
  );
}
