import type { DatasetId, PrincipalId } from '../kernel/ids.ts';

/** Roles in the order of what they may do; each includes those before it. */
export const roles = ['GUEST', 'RESEARCHER', 'STEWARD', 'ADMIN'] as const;
export type Role = (typeof roles)[number];

/** A role for one dataset. */
export interface DatasetGrant {
  readonly datasetId: DatasetId;
  readonly role: Role;
}

/** Who asks. A guest has no id. */
export interface Principal {
  readonly id?: PrincipalId;
  readonly name?: string;
  /** The highest role that holds for the whole catalog. */
  readonly role: Role;
  readonly grants: readonly DatasetGrant[];
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
