import type { EntityManager } from 'typeorm';
import type { ArticleId } from '../../kernel/ids.ts';
import { lockArticles } from './locks.ts';

/**
 * Makes stored articles one: what sources say of the one that goes is said of the one that stays, and its id leads there. Where a source
 * spoke of both, what it says of the one that stays holds.
 * @param merged - from the one that goes to the one that stays
 */
export async function mergeStored(tx: EntityManager, merged: ReadonlyMap<ArticleId, ArticleId>): Promise<void> {
  if (merged.size === 0) return;
  await lockArticles(tx);
  for (const [from, to] of merged) {
    await tx.query(
      `UPDATE article_source s SET article_id = $2 WHERE s.article_id = $1
         AND NOT EXISTS (SELECT 1 FROM article_source t WHERE t.article_id = $2 AND t.source = s.source)`,
      [from, to],
    );
    await moveMatches(tx, from, to);
    await tx.query('UPDATE article_removal SET merged_into = $2 WHERE merged_into = $1', [from, to]);
    await tx.query(
      `INSERT INTO article_removal (id, version, merged_into, revision)
       SELECT a.id, a.version, $2::uuid, nextval('article_revision') FROM article a WHERE a.id = $1`,
      [from, to],
    );
    await tx.query('DELETE FROM article WHERE id = $1', [from]);
  }
}

/** What experts said of the one that goes is said of the one that stays, unless they spoke of both. */
async function moveMatches(tx: EntityManager, from: ArticleId, to: ArticleId): Promise<void> {
  await tx.query(
    `UPDATE question_match t SET verdict = s.verdict, judged_by = s.judged_by, judged_at = s.judged_at FROM question_match s
     WHERE s.article_id = $1 AND s.verdict IS NOT NULL AND t.article_id = $2 AND t.question_id = s.question_id
       AND t.verdict IS NULL`,
    [from, to],
  );
  await tx.query(
    `UPDATE question_match s SET article_id = $2 WHERE s.article_id = $1
       AND NOT EXISTS (SELECT 1 FROM question_match t WHERE t.article_id = $2 AND t.question_id = s.question_id)`,
    [from, to],
  );
}
