import type { DataSource } from 'typeorm';
import type { ArticleId } from '../../kernel/ids.ts';
import type { VectorLease, VectorQueue, VectorReason } from '../ports.ts';
import { drawRevisions, lockArticles } from './locks.ts';
import { enqueue } from './vector-queue.ts';

/** An article that could not be encoded so many times is left alone. */
const mostAttempts = 5;

/** The queue of articles to encode, in PostgreSQL: any number of processes lease from it without waiting for each other. */
export class PostgresVectorQueue implements VectorQueue {
  readonly #db: DataSource;

  constructor(db: DataSource) {
    this.#db = db;
  }

  async ask(ids: readonly ArticleId[], reason: VectorReason): Promise<void> {
    if (ids.length > 0) await enqueue(this.#db, ids, reason);
  }

  async withoutVectors(ids: readonly ArticleId[]): Promise<readonly ArticleId[]> {
    const rows: { id: ArticleId }[] = await this.#db.query(
      `SELECT asked.id FROM unnest($1::uuid[]) AS asked(id)
       WHERE (SELECT v.done_at FROM article_vector v WHERE v.article_id = asked.id) IS NULL`,
      [ids],
    );
    return rows.map(({ id }) => id);
  }

  async lease(count: number, forMs: number): Promise<readonly VectorLease[]> {
    const [rows]: [{ articleId: ArticleId; leasedUntil: Date }[], number] = await this.#db.query(
      `UPDATE article_vector v SET leased_until = now() + $2 * interval '1 millisecond', attempts = v.attempts + 1
       FROM (SELECT w.article_id FROM article_vector w
         WHERE w.done_at IS NULL AND (w.leased_until IS NULL OR w.leased_until < now()) AND w.attempts < $3
         ORDER BY w.priority DESC, w.article_id LIMIT $1 FOR UPDATE SKIP LOCKED) AS next
       WHERE v.article_id = next.article_id RETURNING v.article_id AS "articleId", v.leased_until AS "leasedUntil"`,
      [count, forMs, mostAttempts],
    );
    return rows;
  }

  async complete(leases: readonly VectorLease[]): Promise<number> {
    return await this.#db.transaction(async (tx) => {
      await lockArticles(tx);
      // An article that changed meanwhile lost its lease: its passages are others now.
      const [rows]: [{ id: ArticleId }[], number] = await tx.query(
        `UPDATE article_vector v SET done_at = now(), error = NULL
         FROM unnest($1::uuid[], $2::timestamptz[]) AS l(id, until)
         WHERE v.article_id = l.id AND date_trunc('milliseconds', v.leased_until) = l.until AND v.done_at IS NULL
         RETURNING v.article_id AS id`,
        [leases.map(({ articleId }) => articleId), leases.map(({ leasedUntil }) => leasedUntil)],
      );
      if (rows.length === 0) return 0;
      const first = await drawRevisions(tx, rows.length);
      await tx.query(
        `UPDATE article a SET revision = $2::bigint + r.n - 1, changed_at = now()
         FROM unnest($1::uuid[]) WITH ORDINALITY AS r(id, n) WHERE a.id = r.id`,
        [rows.map(({ id }) => id), first],
      );
      return rows.length;
    });
  }

  async release(leases: readonly VectorLease[], error: string | undefined): Promise<void> {
    await this.#db.query(
      `UPDATE article_vector v SET leased_until = NULL, error = $3,
         attempts = v.attempts - CASE WHEN $3::text IS NULL THEN 1 ELSE 0 END
       FROM unnest($1::uuid[], $2::timestamptz[]) AS l(id, until)
       WHERE v.article_id = l.id AND date_trunc('milliseconds', v.leased_until) = l.until AND v.done_at IS NULL`,
      [
        leases.map(({ articleId }) => articleId),
        leases.map(({ leasedUntil }) => leasedUntil),
        error?.slice(0, 1_000) ?? null,
      ],
    );
  }

  async waiting(): Promise<number> {
    const rows: { n: number }[] = await this.#db.query(
      'SELECT count(*) AS n FROM article_vector v WHERE v.done_at IS NULL AND v.attempts < $1',
      [mostAttempts],
    );
    return rows[0]?.n ?? 0;
  }
}
