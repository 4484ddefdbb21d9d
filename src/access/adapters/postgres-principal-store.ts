import type { DataSource } from 'typeorm';
import { z } from 'zod';
import { type DatasetId, naturalId, type PrincipalId } from '../../kernel/ids.ts';
import { roles } from '../model.ts';
import type { PrincipalStore, StoredToken } from '../ports.ts';

const tokenRow = z.object({
  principal_id: z.string().transform((id) => id as PrincipalId),
  name: z.string(),
  roles: z.array(z.enum(roles)),
  expires_at: z.date().nullable(),
  revoked_at: z.date().nullable(),
  grants: z.array(z.object({ role: z.enum(roles), datasetId: z.string().nullable() })),
});

/** Principals, grants and tokens in PostgreSQL. */
export class PostgresPrincipalStore implements PrincipalStore {
  readonly #db: DataSource;

  constructor(db: DataSource) {
    this.#db = db;
  }

  async tokenByHash(hash: string): Promise<StoredToken | undefined> {
    const rows: unknown[] = await this.#db.query(
      `SELECT t.principal_id, p.name, t.roles, t.expires_at, t.revoked_at,
         (SELECT coalesce(json_agg(json_build_object('role', g.role, 'datasetId', g.dataset_id)), '[]')
          FROM role_grant g WHERE g.principal_id = p.id) AS grants
       FROM access_token t JOIN principal p ON p.id = t.principal_id WHERE t.hash = $1`,
      [hash],
    );
    if (rows[0] === undefined) return undefined;
    const row = tokenRow.parse(rows[0]);
    return {
      principalId: row.principal_id,
      principalName: row.name,
      roles: row.roles,
      ...(row.expires_at && { expiresAt: row.expires_at }),
      ...(row.revoked_at && { revokedAt: row.revoked_at }),
      catalogRoles: row.grants.filter((grant) => grant.datasetId === null).map((grant) => grant.role),
      grants: row.grants.flatMap(({ role, datasetId }) =>
        datasetId === null ? [] : [{ role, datasetId: datasetId as DatasetId }],
      ),
    };
  }

  async hasAdminToken(): Promise<boolean> {
    const rows: unknown[] = await this.#db.query(
      `SELECT 1 FROM access_token t JOIN role_grant g ON g.principal_id = t.principal_id
       WHERE g.role = 'ADMIN' AND g.dataset_id IS NULL AND t.revoked_at IS NULL
         AND (t.expires_at IS NULL OR t.expires_at > now()) LIMIT 1`,
    );
    return rows.length > 0;
  }

  async addToken(token: Parameters<PrincipalStore['addToken']>[0]): Promise<void> {
    const principalId = naturalId('principal', token.principalName);
    await this.#db.transaction(async (tx) => {
      await tx.query('INSERT INTO principal (id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING', [
        principalId,
        token.principalName,
      ]);
      await tx.query('INSERT INTO role_grant (id, principal_id, role) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [
        naturalId('role-grant', principalId, token.role),
        principalId,
        token.role,
      ]);
      await tx.query(
        'INSERT INTO access_token (id, principal_id, name, hash) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING',
        [naturalId('access-token', token.hash), principalId, token.tokenName, token.hash],
      );
    });
  }
}
