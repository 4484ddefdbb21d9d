import { z } from 'zod';
import type { DatasetId, PrincipalId } from '../../kernel/ids.ts';
import { roles } from '../model.ts';
import type { GrantRecord, PrincipalRecord, StoredToken, TokenRecord } from '../ports.ts';

/** Most tokens of one principal that are listed, latest first: those that ended long ago say nothing. */
const listedTokens = 200;

const principalId = z.string().transform((id) => id as PrincipalId);
const datasetId = z.string().transform((id) => id as DatasetId);
/** Instants come as dates from a column and as text from within JSON. */
const instant = z.union([z.date(), z.string().transform((text) => new Date(text))]);
const role = z.enum(roles);

/** Columns of {@link tokenRow}, of `access_token t`. */
export const tokenColumns =
  't.id, t.principal_id, t.name, t.roles, t.dataset_ids, t.created_at, t.expires_at, t.last_used_at, t.revoked_at';

/** A token as its owner sees it. */
export const tokenRow = z
  .object({
    id: z.string(),
    principal_id: principalId,
    name: z.string(),
    roles: z.array(role),
    dataset_ids: z.array(datasetId),
    created_at: instant,
    expires_at: instant.nullable(),
    last_used_at: instant.nullable(),
    revoked_at: instant.nullable(),
  })
  .transform(
    (row): TokenRecord => ({
      id: row.id,
      principalId: row.principal_id,
      name: row.name,
      roles: row.roles,
      datasetIds: row.dataset_ids,
      createdAt: row.created_at,
      ...(row.expires_at && { expiresAt: row.expires_at }),
      ...(row.last_used_at && { lastUsedAt: row.last_used_at }),
      ...(row.revoked_at && { revokedAt: row.revoked_at }),
    }),
  );

const grantRow = z
  .object({
    role,
    dataset_id: datasetId.nullable(),
    granted_by: z.string().nullable(),
    created_at: instant,
  })
  .transform(
    (row): GrantRecord => ({
      role: row.role,
      createdAt: row.created_at,
      ...(row.dataset_id !== null && { datasetId: row.dataset_id }),
      ...(row.granted_by !== null && { grantedBy: row.granted_by }),
    }),
  );

/** A principal with grants and tokens, selected by {@link selectPrincipals}. */
export const principalRow = z
  .object({
    id: principalId,
    name: z.string(),
    display_name: z.string().nullable(),
    linked_to: z.string().nullable(),
    created_at: z.date(),
    grants: z.array(grantRow),
    tokens: z.array(tokenRow),
  })
  .transform(
    (row): PrincipalRecord => ({
      id: row.id,
      name: row.name,
      createdAt: row.created_at,
      grants: row.grants,
      tokens: row.tokens,
      ...(row.display_name !== null && { displayName: row.display_name }),
      ...(row.linked_to !== null && { linkedTo: row.linked_to }),
    }),
  );

/** Principals `p` with their grants and latest tokens, to be followed by conditions. */
export const selectPrincipals = `SELECT p.id, p.name, p.display_name, p.created_at,
  (SELECT l.name FROM principal l WHERE l.id = p.linked_to) AS linked_to,
  (SELECT coalesce(json_agg(g ORDER BY g.created_at, g.role), '[]') FROM (
     SELECT g.role, g.dataset_id, g.created_at, by.name AS granted_by
     FROM role_grant g LEFT JOIN principal by ON by.id::text = g.granted_by WHERE g.principal_id = p.id) g) AS grants,
  (SELECT coalesce(json_agg(t ORDER BY t.created_at DESC, t.id), '[]') FROM (
     SELECT ${tokenColumns} FROM access_token t WHERE t.principal_id = p.id
     ORDER BY t.created_at DESC, t.id LIMIT ${listedTokens}) t) AS tokens
  FROM principal p`;

const rights = z.array(z.object({ role, datasetId: datasetId.nullable() }));

/** The roles of a principal `p`, and those for datasets of the logins linked to them, as JSON for {@link standingOf}. */
export const selectRights = `(SELECT coalesce(json_agg(json_build_object('role', g.role, 'datasetId', g.dataset_id)), '[]')
  FROM role_grant g WHERE g.principal_id = p.id
    OR (g.dataset_id IS NOT NULL AND g.principal_id IN (SELECT l.id FROM principal l WHERE l.linked_to = p.id)))`;

/** Roles for the catalog, and for datasets. */
export function standingOf(json: z.infer<typeof rights>): Pick<StoredToken, 'catalogRoles' | 'grants'> {
  return {
    catalogRoles: json.filter((grant) => grant.datasetId === null).map((grant) => grant.role),
    grants: json.flatMap((grant) =>
      grant.datasetId === null ? [] : [{ role: grant.role, datasetId: grant.datasetId }],
    ),
  };
}

/** A principal's id and roles. */
export const standingRow = z.object({ id: principalId, rights });

/** A token with what its principal may do. */
export const storedTokenRow = z
  .object({
    id: z.string(),
    principal_id: principalId,
    name: z.string(),
    roles: z.array(role),
    bound: z.boolean(),
    datasets: z.array(z.object({ id: datasetId, accessClass: z.string() })),
    expires_at: z.date().nullable(),
    revoked_at: z.date().nullable(),
    rights,
  })
  .transform(
    (row): StoredToken => ({
      id: row.id,
      principalId: row.principal_id,
      principalName: row.name,
      roles: row.roles,
      ...(row.bound && { datasets: row.datasets }),
      ...(row.expires_at && { expiresAt: row.expires_at }),
      ...(row.revoked_at && { revokedAt: row.revoked_at }),
      ...standingOf(row.rights),
    }),
  );
