import type { DatasetId, PrincipalId } from '../kernel/ids.ts';

/** Roles in the order of what they may do; each includes those before it. */
export const roles = ['GUEST', 'RESEARCHER', 'STEWARD', 'ADMIN'] as const;
export type Role = (typeof roles)[number];

/** A role for one dataset. */
export interface DatasetGrant {
  readonly datasetId: DatasetId;
  readonly role: Role;
  /**
   * What it opens to reading, where that is less than a grant does: set when a token narrows a role for the whole catalog to this
   * dataset, which opens there what the role opens everywhere, and no more.
   */
  readonly opens?: { readonly record: boolean; readonly rows: boolean };
}

/** How far the access token in use narrows its principal. */
export interface TokenLimits {
  readonly id: string;
  /** The highest role it lets through. */
  readonly ceiling: Role;
  /** The only datasets it is good for; absent means all. */
  readonly datasetIds?: readonly DatasetId[];
  readonly expiresAt?: Date;
}

/** Who asks. A guest has no id. */
export interface Principal {
  readonly id?: PrincipalId;
  readonly name?: string;
  /** The highest role that holds for the whole catalog. */
  readonly role: Role;
  readonly grants: readonly DatasetGrant[];
  /** The access token this request came with; absent for OIDC and for the command line. */
  readonly token?: TokenLimits;
}

/** Somebody who showed no credentials. */
export const guest: Principal = { role: 'GUEST', grants: [] };

/** Whether `role` includes `needed`. */
export function includesRole(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}

/** The roles that `role` includes, lowest first. */
export function rolesUpTo(role: Role): readonly Role[] {
  return roles.slice(0, roles.indexOf(role) + 1);
}

/** The highest of some roles; GUEST when there are none. */
export function highestRole(held: readonly Role[]): Role {
  return roles.findLast((role) => held.includes(role)) ?? 'GUEST';
}

/** The lower of two roles. */
export function lowerRole(a: Role, b: Role): Role {
  return includesRole(a, b) ? b : a;
}
