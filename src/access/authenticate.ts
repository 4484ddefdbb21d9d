import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../kernel/clock.ts';
import { UnauthenticatedError } from '../kernel/errors.ts';
import { guest, includesRole, type Principal, type Role, roles } from './model.ts';
import type { PrincipalStore } from './ports.ts';

/** Prefix of personal access tokens, so that secret scanners find them. */
const tokenPrefix = 'mia_';

/** SHA-256 of a token, hex: all that is stored of it. The token has 256 bits of chance, so no salt is needed. */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** A new random token, 256 bits. */
export function newToken(): string {
  return tokenPrefix + randomBytes(32).toString('base64url');
}

/**
 * Who sends this `Authorization` header. No header is a guest.
 * @throws UnauthenticatedError when credentials are given but not good; they never fall back to guest
 */
export async function authenticate(
  header: string | undefined,
  store: PrincipalStore,
  clock: Clock,
): Promise<Principal> {
  if (header === undefined || header.trim() === '') return guest;
  const token = /^Bearer +([\w.~+/=-]{1,4096})$/i.exec(header.trim())?.[1];
  if (token === undefined) throw new UnauthenticatedError('The Authorization header must be `Bearer` and a token.');
  const stored = await store.tokenByHash(hashToken(token));
  if (stored === undefined)
    throw new UnauthenticatedError('The access token is not known here: check it, or create a new one.');
  if (stored.revokedAt !== undefined) throw new UnauthenticatedError('The access token was revoked: create a new one.');
  if (stored.expiresAt !== undefined && stored.expiresAt <= clock()) {
    throw new UnauthenticatedError('The access token has expired: create a new one.');
  }
  const ceiling = stored.roles.length === 0 ? 'ADMIN' : highest(stored.roles);
  return {
    id: stored.principalId,
    name: stored.principalName,
    role: lower(highest(stored.catalogRoles), ceiling),
    grants: stored.grants.map((grant) => ({ ...grant, role: lower(grant.role, ceiling) })),
  };
}

function highest(held: readonly Role[]): Role {
  return roles.findLast((role) => held.includes(role)) ?? 'GUEST';
}

function lower(a: Role, b: Role): Role {
  return includesRole(a, b) ? b : a;
}
