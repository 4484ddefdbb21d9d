import type { DataSource, EntityManager } from 'typeorm';
import { z } from 'zod';
import type { AuditEntry } from '../../access/index.ts';
import type { DatasetWhere } from '../../catalog/index.ts';
import type { PrincipalId } from '../../kernel/ids.ts';
import type { SavedSearch, SavedSearchStore, SavedSearchTransaction } from '../ports.ts';

type AppendAudit = (tx: EntityManager, entry: AuditEntry) => Promise<void>;

const columns = `s.id, s.name, s.text, s.filter AS "where", s.literal, s.ignore_words AS "ignoreWords",
  s.created_at AS "createdAt", s.seen_at AS "seenAt"`;
const savedRow = z.object({
  id: z.string(),
  name: z.string(),
  text: z.string(),
  // It was a filter of the API when it was stored; what a later version does not know is refused when it is asked.
  where: z.custom<DatasetWhere>((value) => typeof value === 'object' && value !== null),
  literal: z.boolean(),
  ignoreWords: z.array(z.string()),
  createdAt: z.date(),
  seenAt: z.date(),
});

/** Saved searches in PostgreSQL; every statement names the owner. */
export class PostgresSavedSearchStore implements SavedSearchStore {
  readonly #db: DataSource;
  readonly #append: AppendAudit;

  constructor(db: DataSource, append: AppendAudit) {
    this.#db = db;
    this.#append = append;
  }

  async ofOwner(owner: PrincipalId): Promise<readonly SavedSearch[]> {
    const rows: unknown[] = await this.#db.query(
      `SELECT ${columns} FROM saved_search s WHERE s.principal_id = $1 ORDER BY s.created_at, s.id`,
      [owner],
    );
    return rows.map((row) => savedRow.parse(row));
  }

  async newSince(ids: readonly string[], since: Date): Promise<ReadonlySet<string>> {
    // A draft that only its stewards see is as new as its record.
    const rows: { id: string }[] = await this.#db.query(
      `SELECT d.id FROM dataset d WHERE d.id = ANY($1::uuid[]) AND coalesce(
         (SELECT v.published_at FROM dataset_version v WHERE v.dataset_id = d.id AND v.number = 1), d.created_at) > $2`,
      [ids, since],
    );
    return new Set(rows.map(({ id }) => id));
  }

  async transaction<T>(work: (tx: SavedSearchTransaction) => Promise<T>): Promise<T> {
    return await this.#db.transaction(async (tx) => await work(transactionOf(tx, this.#append)));
  }
}

function transactionOf(tx: EntityManager, append: AppendAudit): SavedSearchTransaction {
  return {
    count: async (owner) => {
      // Two at once must not both find room for the last one.
      await tx.query('SELECT 1 FROM principal WHERE id = $1 FOR UPDATE', [owner]);
      const rows: { n: number }[] = await tx.query('SELECT count(*) AS n FROM saved_search WHERE principal_id = $1', [
        owner,
      ]);
      return rows[0]?.n ?? 0;
    },
    add: async (owner, { id, name, text, where, literal, ignoreWords, createdAt, seenAt }) => {
      const rows: unknown[] = await tx.query(
        `INSERT INTO saved_search (id, principal_id, name, text, filter, literal, ignore_words, created_at, seen_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (principal_id, name) DO NOTHING RETURNING id`,
        [id, owner, name, text, JSON.stringify(where), literal, ignoreWords, createdAt, seenAt],
      );
      return rows.length > 0;
    },
    remove: async (owner, id) => {
      const [rows]: [unknown[], number] = await tx.query(
        'DELETE FROM saved_search WHERE principal_id = $1 AND id = $2 RETURNING id',
        [owner, id],
      );
      return rows.length > 0;
    },
    see: async (owner, id, at) => {
      const [rows]: [unknown[], number] = await tx.query(
        'UPDATE saved_search SET seen_at = $3 WHERE principal_id = $1 AND id = $2 RETURNING id',
        [owner, id, at],
      );
      return rows.length > 0;
    },
    audit: async (entry) => await append(tx, entry),
  };
}
