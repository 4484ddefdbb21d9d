import { randomUUID } from 'node:crypto';
import type { Clock } from '../kernel/clock.ts';
import { ConflictError, ForbiddenError, InvalidInputError } from '../kernel/errors.ts';
import type { DatasetId } from '../kernel/ids.ts';
import { mayActOn, requireRole, requireSignedIn } from './authorize.ts';
import { type Caller, visibleDataset } from './caller.ts';
import { highestRole, includesRole, type Principal, type Role } from './model.ts';
import type { PrincipalStore, TokenRecord } from './ports.ts';
import { parsePrincipalName, parseTokenName } from './principal-name.ts';
import { hashToken, newToken } from './tokens.ts';

/** Most tokens of one principal that are neither revoked nor expired. */
const mostLiveTokens = 100;

/** A token as asked for. */
export interface CreateAccessTokenInput {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly expiresAt?: Date;
  /** Name of whose token it is to be; absent means the caller's. */
  readonly principal?: string;
  /** Node ids of the only datasets it is to be good for; absent means all. */
  readonly datasetIds?: readonly string[];
}

/**
 * Makes an access token that can do no more than its maker: no higher role, no other datasets, and no longer life than the token
 * it is made with. The secret is in the answer and nowhere else.
 * @throws UnauthenticatedError for guests, ForbiddenError when it would do more, NotFoundError for datasets the caller cannot see,
 * InvalidInputError for a bad name, no role or an end in the past, ConflictError when its principal has too many tokens
 */
export async function createAccessToken(
  input: CreateAccessTokenInput,
  caller: Caller,
  { store, clock }: { readonly store: PrincipalStore; readonly clock: Clock },
): Promise<{ readonly token: string; readonly accessToken: TokenRecord }> {
  const { principal } = caller;
  const actor = requireSignedIn(principal);
  const name = parseTokenName(input.name);
  const owner = input.principal === undefined ? undefined : ownerNamed(input.principal, principal);
  const datasetIds = await datasetsWithin(input.datasetIds, caller);
  const roles = rolesWithin(input.roles, datasetIds, principal);
  const now = clock();
  const expiresAt = endWithin(input.expiresAt, now, principal);
  const token = newToken();
  const createdWith = principal.token?.id;
  const made = { id: randomUUID(), name, roles, datasetIds, createdAt: now, ...(expiresAt && { expiresAt }) };
  const principalId = await store.transaction(async (tx) => {
    const ownerId = owner === undefined ? actor : (await tx.ensurePrincipal(owner)).id;
    if ((await tx.countLiveTokens(ownerId, now)) >= mostLiveTokens) throw tooManyTokens();
    const stored = { ...made, principalId: ownerId, hash: hashToken(token) };
    await tx.addToken({ ...stored, ...(createdWith !== undefined && { createdWith }) });
    await tx.audit({
      actor,
      action: 'accessToken.create',
      object: { kind: 'AccessToken', id: made.id },
      outcome: 'DONE',
      facts: { principalId: ownerId, roles, datasetIds, expiresAt: expiresAt?.toISOString() },
    });
    return ownerId;
  });
  return { token, accessToken: { ...made, principalId } };
}

function ownerNamed(name: string, principal: Principal): string | undefined {
  if (name === principal.name) return undefined;
  requireRole(principal, 'ADMIN');
  return parsePrincipalName(name);
}

/** The datasets asked for, or those the token in use is bound to. */
async function datasetsWithin(nodeIds: readonly string[] | undefined, caller: Caller): Promise<readonly DatasetId[]> {
  const bound = caller.principal.token?.datasetIds;
  if (nodeIds === undefined) return bound ?? [];
  if (nodeIds.length === 0 || nodeIds.length > 100)
    throw new InvalidInputError('`datasetIds` must name 1 to 100 datasets; leave it out for a token good for all.', {
      fields: ['datasetIds'],
    });
  const asked = new Set<DatasetId>();
  for (const nodeId of nodeIds) asked.add(await visibleDataset(nodeId, caller));
  if (bound !== undefined && ![...asked].every((id) => bound.includes(id)))
    throw new ForbiddenError('The access token in use is not good for all of these datasets: use a wider one.');
  return [...asked];
}

function rolesWithin(roles: readonly Role[], datasetIds: readonly DatasetId[], principal: Principal): readonly Role[] {
  if (roles.length === 0)
    throw new InvalidInputError('`roles` must name at least one role: what the token may do.', { fields: ['roles'] });
  const wanted = highestRole(roles);
  const held = highestRole([principal.role, ...principal.grants.map((grant) => grant.role)]);
  const within =
    datasetIds.length === 0 ? includesRole(held, wanted) : datasetIds.every((id) => mayActOn(principal, wanted, id));
  if (within) return [...new Set(roles)];
  throw new ForbiddenError(
    `A token can do no more than its maker: you do not hold the role ${wanted} there; an admin gives it with grantRole.`,
    { neededRole: wanted },
  );
}

function endWithin(asked: Date | undefined, now: Date, { token }: Principal): Date | undefined {
  if (asked !== undefined && !(asked > now))
    throw new InvalidInputError('`expiresAt` must be in the future.', { fields: ['expiresAt'] });
  const latest = token?.expiresAt;
  if (latest === undefined) return asked;
  if (asked !== undefined && asked > latest)
    throw new ForbiddenError(
      `A token made with an access token cannot outlive it: \`expiresAt\` must not be after ${latest.toISOString()}.`,
      { latest: latest.toISOString() },
    );
  return asked ?? latest;
}

function tooManyTokens(): ConflictError {
  return new ConflictError(
    `There are ${mostLiveTokens} live tokens of this principal, as many as may be: revoke some first.`,
    { limit: mostLiveTokens },
  );
}
