import type { EntityManager } from 'typeorm';

/** Advisory locks of the literature (first key); the catalog has 0x6d6961 and the one after it. */
const namespace = 0x6d6961 + 2;
const articles = 1;

/**
 * Whoever changes articles goes one after the other, from before the first revision number is drawn until commit: revisions then rise in
 * the order of commit, and a reader that remembers the last one it saw misses nothing.
 */
export async function lockArticles(tx: EntityManager): Promise<void> {
  await tx.query('SELECT pg_advisory_xact_lock($1, $2)', [namespace, articles]);
}

/** The next revision numbers, the first of them; the articles must be locked. */
export async function drawRevisions(tx: EntityManager, count: number): Promise<number> {
  const rows: { first: number }[] = await tx.query(
    `SELECT min(n) AS first FROM (SELECT nextval('article_revision') AS n FROM generate_series(1, $1)) AS drawn`,
    [Math.max(1, count)],
  );
  return rows[0]?.first ?? 0;
}
