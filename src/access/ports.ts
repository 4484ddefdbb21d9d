import type { PrincipalId } from '../kernel/ids.ts';
import type { DatasetGrant, Role } from './model.ts';

/** A token as stored: never the secret itself. */
export interface StoredToken {
  readonly principalId: PrincipalId;
  readonly principalName: string;
  /** Roles the token narrows its principal to; empty means all the principal has. */
  readonly roles: readonly Role[];
  readonly expiresAt?: Date;
  readonly revokedAt?: Date;
  readonly catalogRoles: readonly Role[];
  readonly grants: readonly DatasetGrant[];
}

/** Principals, their grants and tokens. */
export interface PrincipalStore {
  /** The token with this SHA-256 hash (hex). */
  tokenByHash(hash: string): Promise<StoredToken | undefined>;
  /** Whether a token is stored that is neither revoked nor expired and belongs to an admin. */
  hasAdminToken(): Promise<boolean>;
  /** Makes the principal with a catalog-wide role when absent and stores one token of theirs. */
  addToken(token: {
    readonly principalName: string;
    readonly role: Role;
    readonly tokenName: string;
    readonly hash: string;
  }): Promise<void>;
}
