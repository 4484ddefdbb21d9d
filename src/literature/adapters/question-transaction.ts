import type { EntityManager } from 'typeorm';
import type { AuditEntry } from '../../access/index.ts';
import type { PrincipalId } from '../../kernel/ids.ts';
import type { QuestionTransaction } from '../ports.ts';
import { visibleSql } from './question-scope-sql.ts';

/** Writes of questions within one transaction of PostgreSQL. */
export function questionTransaction(
  tx: EntityManager,
  append: (tx: EntityManager, entry: AuditEntry) => Promise<void>,
): QuestionTransaction {
  /** All articles are compared anew with a question that changed. */
  const changed = 'linked_revision = NULL, change_count = change_count + 1';
  return {
    count: async (owner) => {
      // Two at once must not both find room for the last one.
      await tx.query('SELECT 1 FROM principal WHERE id = $1 FOR UPDATE', [owner]);
      const rows: { n: number }[] = await tx.query('SELECT count(*) AS n FROM question WHERE owner_id = $1', [owner]);
      return rows[0]?.n ?? 0;
    },
    add: async ({ id, ownerId, text, notes, shared, where }) => {
      await tx.query(
        'INSERT INTO question (id, owner_id, text, notes, shared, filter) VALUES ($1, $2, $3, $4, $5, $6)',
        [id, ownerId, text, notes ?? null, shared, JSON.stringify(where)],
      );
    },
    lock: async (id, scope) => {
      const visible = visibleSql(scope, 2);
      const rows: { version: number; ownerId: PrincipalId }[] = await tx.query(
        `SELECT q.version, q.owner_id AS "ownerId" FROM question q WHERE q.id = $1 AND ${visible.sql} FOR UPDATE`,
        [id, ...visible.values],
      );
      return rows[0];
    },
    update: async (id, { text, notes, shared, where }) => {
      const comparedAnew = text !== undefined || where !== undefined;
      await tx.query(
        `UPDATE question SET text = coalesce($2, text), notes = CASE WHEN $3 THEN $4 ELSE notes END,
           shared = coalesce($5, shared), filter = coalesce($6::jsonb, filter), version = version + 1, updated_at = now()
           ${comparedAnew ? `, ${changed}` : ''} WHERE id = $1`,
        [
          id,
          text ?? null,
          notes !== undefined,
          notes ?? null,
          shared ?? null,
          where === undefined ? null : JSON.stringify(where),
        ],
      );
    },
    remove: async (id) => {
      await tx.query('DELETE FROM question WHERE id = $1', [id]);
    },
    judge: async (id, articleId, by, verdict) => {
      // A number is drawn for an article that was no match; a match keeps its own.
      const rows: unknown[] = await tx.query(
        `INSERT INTO question_match AS m (question_id, article_id, number, score, verdict, judged_by, judged_at)
         SELECT q.id, a.id, q.match_count + 1, 0, $3, $4, now() FROM question q, article a WHERE q.id = $1 AND a.id = $2
         ON CONFLICT (question_id, article_id) DO UPDATE SET verdict = excluded.verdict, judged_by = excluded.judged_by,
           judged_at = excluded.judged_at RETURNING m.number`,
        [id, articleId, verdict ?? null, by],
      );
      await tx.query(`UPDATE question SET match_count = match_count + 1, ${changed} WHERE id = $1`, [id]);
      return rows.length > 0;
    },
    audit: async (entry) => await append(tx, entry),
  };
}
