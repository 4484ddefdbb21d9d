import type { DataSource, EntityManager } from 'typeorm';
import { naturalId, type PrincipalId } from '../../kernel/ids.ts';
import type { Page, PageRequest } from '../../kernel/page.ts';
import type { AccessTransaction, PrincipalRecord, PrincipalStore, PrincipalWhere, StoredToken } from '../ports.ts';
import { cliPrincipal } from '../system-principal.ts';
import { PostgresAccessTransaction } from './postgres-access-transaction.ts';
import type { AppendAudit } from './postgres-audit-trail.ts';
import {
  principalRow,
  selectPrincipals,
  selectRights,
  standingOf,
  standingRow,
  storedTokenRow,
} from './principal-rows.ts';

type OperatorToken = Parameters<PrincipalStore['addToken']>[0];

/** Principals, grants and tokens in PostgreSQL. */
export class PostgresPrincipalStore implements PrincipalStore {
  readonly #db: DataSource;
  readonly #append: AppendAudit;

  constructor(db: DataSource, append: AppendAudit) {
    this.#db = db;
    this.#append = append;
  }

  async tokenByHash(hash: string): Promise<StoredToken | undefined> {
    const rows: unknown[] = await this.#db.query(
      `SELECT t.id, t.principal_id, p.name, t.roles, cardinality(t.dataset_ids) > 0 AS bound, t.expires_at, t.revoked_at,
         (SELECT coalesce(json_agg(json_build_object('id', d.id, 'accessClass', d.access_class)), '[]')
          FROM dataset d WHERE d.id = ANY(t.dataset_ids)) AS datasets,
         ${selectRights} AS rights
       FROM access_token t JOIN principal p ON p.id = t.principal_id WHERE t.hash = $1`,
      [hash],
    );
    return rows[0] === undefined ? undefined : storedTokenRow.parse(rows[0]);
  }

  async standing(name: string): ReturnType<PrincipalStore['standing']> {
    const rows: unknown[] = await this.#db.query(
      `SELECT p.id, ${selectRights} AS rights FROM principal p WHERE p.name = $1`,
      [name],
    );
    if (rows[0] === undefined) return undefined;
    const { id, rights } = standingRow.parse(rows[0]);
    return { id, ...standingOf(rights) };
  }

  async standingById(id: PrincipalId): ReturnType<PrincipalStore['standingById']> {
    const rows: unknown[] = await this.#db.query(
      `SELECT p.id, ${selectRights} AS rights FROM principal p WHERE p.id = $1`,
      [id],
    );
    return rows[0] === undefined ? undefined : standingOf(standingRow.parse(rows[0]).rights);
  }

  async noteTokenUse(id: string, at: Date): Promise<void> {
    await this.#db.query(
      `UPDATE access_token SET last_used_at = $2
       WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $2::timestamptz - interval '1 minute')`,
      [id, at],
    );
  }

  async hasAdminToken(): Promise<boolean> {
    const rows: unknown[] = await this.#db.query(
      `SELECT 1 FROM access_token t JOIN role_grant g ON g.principal_id = t.principal_id
       WHERE g.role = 'ADMIN' AND g.dataset_id IS NULL AND t.revoked_at IS NULL
         AND (t.roles = '{}' OR 'ADMIN' = ANY(t.roles)) AND t.dataset_ids = '{}'
         AND (t.expires_at IS NULL OR t.expires_at > now()) LIMIT 1`,
    );
    return rows.length > 0;
  }

  async addToken(token: OperatorToken): Promise<void> {
    await this.#db.transaction(async (tx) => {
      await this.#storeOperatorToken(tx, token);
    });
  }

  async replaceToken(token: OperatorToken): Promise<boolean> {
    return await this.#db.transaction(async (tx) => {
      const held: { name: string; owner: string; live: boolean }[] = await tx.query(
        `SELECT t.name, p.name AS owner, t.revoked_at IS NULL AS live
         FROM access_token t JOIN principal p ON p.id = t.principal_id WHERE t.hash = $1`,
        [token.hash],
      );
      const known = held[0];
      if (known !== undefined && (known.name !== token.tokenName || known.owner !== token.principalName)) return false;
      const old: { id: string }[] = await tx.query(
        `SELECT t.id FROM access_token t JOIN principal p ON p.id = t.principal_id
         WHERE p.name = $1 AND t.name = $2 AND t.hash <> $3 AND t.revoked_at IS NULL`,
        [token.principalName, token.tokenName, token.hash],
      );
      const access = new PostgresAccessTransaction(tx, this.#append);
      for (const { id } of old) {
        const ended = await access.revokeToken(id, new Date());
        await access.audit({
          actor: cliPrincipal.id,
          action: 'accessToken.revoke',
          object: { kind: 'AccessToken', id },
          outcome: 'DONE',
          facts: { ended, reason: 'replaced' },
        });
      }
      // The environment has the word: a token that it names again is good again.
      if (known === undefined || !known.live) await this.#storeOperatorToken(tx, token);
      return true;
    });
  }

  /** The principal, their role and a token, as an operator sets them. */
  async #storeOperatorToken(tx: EntityManager, token: OperatorToken): Promise<void> {
    const access = new PostgresAccessTransaction(tx, this.#append);
    const { id: principalId } = await access.ensurePrincipal(token.principalName);
    await access.addGrant({ principalId, role: token.role, grantedBy: cliPrincipal.id });
    const id = naturalId('access-token', token.hash);
    await tx.query(
      `INSERT INTO access_token (id, principal_id, name, hash) VALUES ($1, $2, $3, $4)
       ON CONFLICT (hash) DO UPDATE SET revoked_at = NULL`,
      [id, principalId, token.tokenName, token.hash],
    );
    await access.audit({
      actor: cliPrincipal.id,
      action: 'accessToken.create',
      object: { kind: 'AccessToken', id },
      outcome: 'DONE',
      facts: { principalId, grantedRole: token.role },
    });
  }

  async principalsByIds(ids: readonly PrincipalId[]): Promise<readonly PrincipalRecord[]> {
    const rows: unknown[] = await this.#db.query(`${selectPrincipals} WHERE p.id = ANY($1::uuid[])`, [ids]);
    return rows.map((row) => principalRow.parse(row));
  }

  async principals(where: PrincipalWhere, page: PageRequest): Promise<Page<PrincipalRecord>> {
    const after = page.after?.[0] ?? null;
    const rows: unknown[] = await this.#db.query(
      `${selectPrincipals} WHERE ${condition} AND ($5::text IS NULL OR p.name COLLATE "C" > $5)
       ORDER BY p.name COLLATE "C" LIMIT $6`,
      [...parametersOf(where), after, page.first + 1],
    );
    const found = rows.slice(0, page.first).map((row) => principalRow.parse(row));
    return {
      items: found,
      keyAt: (index) => [found[index]?.name ?? null],
      hasNextPage: rows.length > page.first,
      hasPreviousPage: after !== null,
    };
  }

  async countPrincipals(where: PrincipalWhere): Promise<number> {
    const rows: { count: number }[] = await this.#db.query(
      `SELECT count(*) AS count FROM principal p WHERE ${condition}`,
      [...parametersOf(where)],
    );
    return rows[0]?.count ?? 0;
  }

  async transaction<T>(work: (tx: AccessTransaction) => Promise<T>): Promise<T> {
    return await this.#db.transaction(async (tx) => await work(new PostgresAccessTransaction(tx, this.#append)));
  }
}

const condition = `($1::text IS NULL OR p.name = $1) AND ($2::text[] IS NULL OR p.name = ANY($2))
  AND ($3::text IS NULL OR strpos(lower(p.name), lower($3)) > 0)
  AND ($4::text IS NULL OR EXISTS (SELECT 1 FROM role_grant g WHERE g.principal_id = p.id AND g.role = $4))`;

function parametersOf({ name, role }: PrincipalWhere): readonly unknown[] {
  return [name?.eq ?? null, name?.in ?? null, name?.contains ?? null, role ?? null];
}
