import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { naturalId, type PrincipalId } from '../../kernel/ids.ts';
import type { AuditEntry } from '../audit.ts';
import type { Role } from '../model.ts';
import type { AccessTransaction, GrantKey, NewToken, TokenRecord } from '../ports.ts';
import type { AppendAudit } from './postgres-audit-trail.ts';
import { tokenColumns, tokenRow } from './principal-rows.ts';

/** Advisory lock under which the holders of ADMIN for the whole catalog change. */
const adminsLock = 'SELECT pg_advisory_xact_lock(7170401, 4)';

/** Writes of principals, grants and tokens in one PostgreSQL transaction. */
export class PostgresAccessTransaction implements AccessTransaction {
  readonly #tx: EntityManager;
  readonly #append: AppendAudit;

  constructor(tx: EntityManager, append: AppendAudit) {
    this.#tx = tx;
    this.#append = append;
  }

  async ensurePrincipal(
    name: string,
    displayName?: string,
  ): Promise<{ readonly id: PrincipalId; readonly made: boolean }> {
    const made: { id: PrincipalId }[] = await this.#tx.query(
      // A random id: nothing leads back from the trail to the name once the principal is erased.
      'INSERT INTO principal (id, name, display_name) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING id',
      [randomUUID(), name, displayName ?? null],
    );
    const id = made[0]?.id ?? (await this.principalNamed(name));
    if (id === undefined) throw new Error('The principal was erased while it was looked up.');
    return { id, made: made.length > 0 };
  }

  async principalNamed(name: string): Promise<PrincipalId | undefined> {
    const rows: { id: PrincipalId }[] = await this.#tx.query('SELECT id FROM principal WHERE name = $1', [name]);
    return rows[0]?.id;
  }

  async countLiveTokens(principalId: PrincipalId, now: Date): Promise<number> {
    await this.#tx.query('SELECT 1 FROM principal WHERE id = $1 FOR UPDATE', [principalId]);
    const rows: { count: number }[] = await this.#tx.query(
      `SELECT count(*) AS count FROM access_token
       WHERE principal_id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)`,
      [principalId, now],
    );
    return rows[0]?.count ?? 0;
  }

  async addToken(token: NewToken): Promise<void> {
    const { id, principalId, name, hash, roles, datasetIds, createdAt, expiresAt, createdWith } = token;
    await this.#tx.query(
      `INSERT INTO access_token (id, principal_id, name, hash, roles, dataset_ids, created_at, expires_at, created_with)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [id, principalId, name, hash, roles, datasetIds, createdAt, expiresAt, createdWith],
    );
  }

  async token(id: string): Promise<TokenRecord | undefined> {
    const rows: unknown[] = await this.#tx.query(`SELECT ${tokenColumns} FROM access_token t WHERE t.id = $1`, [id]);
    return rows[0] === undefined ? undefined : tokenRow.parse(rows[0]);
  }

  async revokeToken(id: string, at: Date): Promise<readonly string[]> {
    const [rows]: [{ id: string }[], number] = await this.#tx.query(
      `WITH RECURSIVE made AS (
         SELECT id FROM access_token WHERE id = $1
         UNION SELECT t.id FROM access_token t JOIN made ON t.created_with = made.id)
       UPDATE access_token t SET revoked_at = $2 FROM made WHERE t.id = made.id AND t.revoked_at IS NULL RETURNING t.id`,
      [id, at],
    );
    return rows.map((row) => row.id).sort();
  }

  async addGrant(grant: GrantKey & { readonly grantedBy: PrincipalId }): Promise<boolean> {
    if (grant.role === 'ADMIN') await this.#tx.query(adminsLock);
    const rows: unknown[] = await this.#tx.query(
      `INSERT INTO role_grant (id, principal_id, role, dataset_id, granted_by) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT DO NOTHING RETURNING id`,
      [grantId(grant), grant.principalId, grant.role, grant.datasetId ?? null, grant.grantedBy],
    );
    return rows.length > 0;
  }

  async removeGrant({ principalId, role, datasetId }: GrantKey): Promise<boolean> {
    const [rows]: [unknown[], number] = await this.#tx.query(
      `DELETE FROM role_grant WHERE principal_id = $1 AND role = $2 AND dataset_id IS NOT DISTINCT FROM $3 RETURNING id`,
      [principalId, role, datasetId ?? null],
    );
    return rows.length > 0;
  }

  async link(principalId: PrincipalId, to: PrincipalId | undefined): Promise<boolean> {
    const [rows]: [unknown[], number] = await this.#tx.query(
      'UPDATE principal SET linked_to = $2 WHERE id = $1 AND linked_to IS DISTINCT FROM $2 RETURNING id',
      [principalId, to ?? null],
    );
    return rows.length > 0;
  }

  async grantsBy({
    grantedBy,
    datasetId,
  }: Parameters<AccessTransaction['grantsBy']>[0]): ReturnType<AccessTransaction['grantsBy']> {
    const rows: { principalId: PrincipalId; name: string; role: Role }[] = await this.#tx.query(
      `SELECT p.id AS "principalId", p.name, g.role FROM role_grant g JOIN principal p ON p.id = g.principal_id
       WHERE g.granted_by = $1 AND g.dataset_id = $2`,
      [grantedBy, datasetId],
    );
    return rows;
  }

  async lockAdmins(): Promise<readonly PrincipalId[]> {
    await this.#tx.query(adminsLock);
    const rows: { principal_id: PrincipalId }[] = await this.#tx.query(
      `SELECT DISTINCT principal_id FROM role_grant WHERE role = 'ADMIN' AND dataset_id IS NULL`,
    );
    return rows.map((row) => row.principal_id);
  }

  async audit(entry: AuditEntry): Promise<void> {
    await this.#append(this.#tx, entry);
  }
}

function grantId({ principalId, role, datasetId }: GrantKey): string {
  return naturalId('role-grant', principalId, role, ...(datasetId === undefined ? [] : [datasetId]));
}
