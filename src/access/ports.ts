import type { DatasetId, PrincipalId } from '../kernel/ids.ts';
import type { Page, PageRequest } from '../kernel/page.ts';
import type { AuditEntry } from './audit.ts';
import type { DatasetGrant, Role } from './model.ts';

/** A token as stored: never the secret itself. */
export interface StoredToken {
  readonly id: string;
  readonly principalId: PrincipalId;
  readonly principalName: string;
  /** Roles the token narrows its principal to; empty means all the principal has. */
  readonly roles: readonly Role[];
  /** Datasets the token is good for, with their access classes; absent means all. */
  readonly datasets?: readonly { readonly id: DatasetId; readonly accessClass: string }[];
  readonly expiresAt?: Date;
  readonly revokedAt?: Date;
  readonly catalogRoles: readonly Role[];
  readonly grants: readonly DatasetGrant[];
}

/** A token as its owner and admins see it. */
export interface TokenRecord {
  readonly id: string;
  readonly principalId: PrincipalId;
  readonly name: string;
  readonly roles: readonly Role[];
  /** Empty means all datasets. */
  readonly datasetIds: readonly DatasetId[];
  readonly createdAt: Date;
  readonly expiresAt?: Date;
  readonly lastUsedAt?: Date;
  readonly revokedAt?: Date;
}

/** A role somebody was given, for the whole catalog or for one dataset. */
export interface GrantRecord {
  readonly role: Role;
  readonly datasetId?: DatasetId;
  /** Name of who gave it; absent when nobody of today did. */
  readonly grantedBy?: string;
  readonly createdAt: Date;
}

/** A principal with what belongs to them. */
export interface PrincipalRecord {
  readonly id: PrincipalId;
  readonly name: string;
  readonly displayName?: string;
  /** Name of the principal who has this one's rights for datasets, too. */
  readonly linkedTo?: string;
  readonly createdAt: Date;
  readonly grants: readonly GrantRecord[];
  /** Latest first; the latest 200. */
  readonly tokens: readonly TokenRecord[];
}

/** Which principals; all that is given must hold. */
export interface PrincipalWhere {
  readonly name?: { readonly eq?: string; readonly in?: readonly string[]; readonly contains?: string };
  /** Holds exactly this role, for the catalog or for a dataset. */
  readonly role?: Role;
}

/** A role to give or to take. */
export interface GrantKey {
  readonly principalId: PrincipalId;
  readonly role: Role;
  readonly datasetId?: DatasetId;
}

/** A token to store. */
export interface NewToken {
  readonly id: string;
  readonly principalId: PrincipalId;
  readonly name: string;
  readonly hash: string;
  readonly roles: readonly Role[];
  readonly datasetIds: readonly DatasetId[];
  readonly createdAt: Date;
  readonly expiresAt?: Date;
  /** The token it was made with, which takes it along when it is revoked. */
  readonly createdWith?: string;
}

/** Writes of principals, grants and tokens in one transaction, the audit entry included. */
export interface AccessTransaction {
  /** The principal of this name, made when absent. */
  ensurePrincipal(name: string, displayName?: string): Promise<{ readonly id: PrincipalId; readonly made: boolean }>;
  principalNamed(name: string): Promise<PrincipalId | undefined>;
  /** How many tokens of a principal are neither revoked nor expired; other writers of their tokens wait until this one is done. */
  countLiveTokens(principalId: PrincipalId, now: Date): Promise<number>;
  addToken(token: NewToken): Promise<void>;
  token(id: string): Promise<TokenRecord | undefined>;
  /** Revokes a token and those made with it. @returns the ids of those that were live */
  revokeToken(id: string, at: Date): Promise<readonly string[]>;
  /** @returns whether it was not there before */
  addGrant(grant: GrantKey & { readonly grantedBy: PrincipalId }): Promise<boolean>;
  /** @returns whether it was there */
  removeGrant(grant: GrantKey): Promise<boolean>;
  /** Gives a principal's rights for datasets to another one, too; to nobody when that is absent. @returns whether it was otherwise */
  link(principalId: PrincipalId, to: PrincipalId | undefined): Promise<boolean>;
  /** Grants for a dataset that a principal gave. */
  grantsBy(key: {
    readonly grantedBy: PrincipalId;
    readonly datasetId: DatasetId;
  }): Promise<readonly { readonly principalId: PrincipalId; readonly name: string; readonly role: Role }[]>;
  /** Who holds ADMIN for the whole catalog; other changes of that wait until this transaction is done. */
  lockAdmins(): Promise<readonly PrincipalId[]>;
  /** Must come last: other writers of the trail wait from here until the commit. */
  audit(entry: AuditEntry): Promise<void>;
}

/** Principals, their grants and tokens. */
export interface PrincipalStore {
  /** The token with this SHA-256 hash (hex). */
  tokenByHash(hash: string): Promise<StoredToken | undefined>;
  /** Rights of the principal of this id, whatever token they use. */
  standingById(
    id: PrincipalId,
  ): Promise<{ readonly catalogRoles: readonly Role[]; readonly grants: readonly DatasetGrant[] } | undefined>;
  /** Rights of the principal of this name. */
  standing(
    name: string,
  ): Promise<
    | { readonly id: PrincipalId; readonly catalogRoles: readonly Role[]; readonly grants: readonly DatasetGrant[] }
    | undefined
  >;
  /** Writes down that a token was used, unless that was written within the last minute. */
  noteTokenUse(id: string, at: Date): Promise<void>;
  /** Whether a token is stored that is neither revoked nor expired and belongs to an admin. */
  hasAdminToken(): Promise<boolean>;
  /** Makes the principal with a catalog-wide role when absent and stores one token of theirs. */
  addToken(token: {
    readonly principalName: string;
    readonly role: Role;
    readonly tokenName: string;
    readonly hash: string;
  }): Promise<void>;
  /** Makes this the only live token of its name: the token of the environment. @returns false when the hash is another token's */
  replaceToken(token: {
    readonly principalName: string;
    readonly role: Role;
    readonly tokenName: string;
    readonly hash: string;
  }): Promise<boolean>;
  principalsByIds(ids: readonly PrincipalId[]): Promise<readonly PrincipalRecord[]>;
  /** By name, byte by byte. */
  principals(where: PrincipalWhere, page: PageRequest): Promise<Page<PrincipalRecord>>;
  countPrincipals(where: PrincipalWhere): Promise<number>;
  transaction<T>(work: (tx: AccessTransaction) => Promise<T>): Promise<T>;
}

/** What an OIDC token says of its bearer, once it is proven. */
export interface OidcSubject {
  readonly issuer: string;
  readonly subject: string;
  readonly displayName?: string;
}

/** Proves JSON Web Tokens of one issuer. */
export interface OidcVerifier {
  /**
   * @throws UnauthenticatedError when the token is not good
   * @throws UpstreamUnavailableError when the issuer's keys cannot be had
   */
  verify(token: string): Promise<OidcSubject>;
}

/** An entry of the trail as stored, with its place in the chain. */
export interface StoredAuditEntry {
  readonly sequence: number;
  readonly at: Date;
  readonly actor?: PrincipalId;
  readonly action: string;
  readonly objectKind?: string;
  readonly objectId?: string;
  readonly outcome: AuditEntry['outcome'];
  readonly code?: string;
  readonly requestId?: string;
  /** Canonical JSON. */
  readonly facts: string;
  readonly previousHash: string;
  readonly hash: string;
  /** Name of the actor today; absent for a guest or an erased principal. */
  readonly actorName?: string;
}

/** Which entries; all that is given must hold. */
export interface AuditWhere {
  readonly actor?: PrincipalId;
  readonly action?: string;
  readonly objectId?: string;
  readonly outcome?: AuditEntry['outcome'];
  readonly from?: Date;
  readonly to?: Date;
}

/** The last entry, as the trail's own record of it says. */
export interface AuditHead {
  readonly sequence: number;
  readonly hash: string;
}

/** The audit trail outside of a write. */
export interface AuditTrail {
  /** Appends in a transaction of its own: for what was refused, where there is no write to go with. */
  append(entry: AuditEntry): Promise<void>;
  /** Latest first. */
  entries(where: AuditWhere, page: PageRequest): Promise<Page<StoredAuditEntry>>;
  countEntries(where: AuditWhere): Promise<number>;
  /** Everything, in order, with the head and whether the database still guards the trail, all as of one instant. */
  inspect<T>(
    look: (trail: {
      readonly head: AuditHead | undefined;
      readonly guarded: boolean;
      readonly entries: AsyncIterable<StoredAuditEntry>;
    }) => Promise<T>,
  ): Promise<T>;
}
