export type { AuditEntry } from './audit.ts';
export { type AuditNotes, currentAuditNotes, withAuditNotes } from './audit-notes.ts';
export { type Authenticator, createAuthenticator } from './authenticate.ts';
export { mayActOn, requireRole, requireSignedIn } from './authorize.ts';
export { type Caller, uuidOfNode } from './caller.ts';
export { createAccessToken } from './create-access-token.ts';
export { ensureAdminToken } from './ensure-admin-token.ts';
export { grantRole, type RoleInput, revokeRole } from './grant-role.ts';
export { linkPrincipal } from './link-principal.ts';
export { listAuditEntries } from './list-audit-entries.ts';
export { listPrincipals } from './list-principals.ts';
export { type DatasetGrant, guest, includesRole, type Principal, type Role, roles, rolesUpTo } from './model.ts';
export type {
  AuditHead,
  AuditTrail,
  GrantRecord,
  OidcVerifier,
  PrincipalRecord,
  PrincipalStore,
  StoredAuditEntry,
  StoredToken,
  TokenRecord,
} from './ports.ts';
export { everything, type ReadScope, readScopeOf } from './read-scope.ts';
export { revokeAccessToken } from './revoke-access-token.ts';
export { scopeOfPrincipal } from './scope-of-principal.ts';
export { cliPrincipal } from './system-principal.ts';
export { hashToken, newToken } from './tokens.ts';
export { type ChainBreak, type ChainReport, verifyChain } from './verify-chain.ts';
