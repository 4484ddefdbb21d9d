export type { AuditEntry } from './audit.ts';
export { authenticate, hashToken, newToken } from './authenticate.ts';
export { mayActOn, requireRole, requireSignedIn } from './authorize.ts';
export { ensureAdminToken } from './ensure-admin-token.ts';
export { type DatasetGrant, guest, includesRole, type Principal, type Role, roles, rolesUpTo } from './model.ts';
export type { PrincipalStore, StoredToken } from './ports.ts';
export { everything, type ReadScope, readScopeOf } from './read-scope.ts';
