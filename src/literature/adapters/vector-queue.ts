import type { EntityManager } from 'typeorm';
import type { ArticleId } from '../../kernel/ids.ts';
import { hasDataCue } from '../data-cue.ts';
import type { FoldedArticle } from './write-articles.ts';

/** Which articles are encoded as they come; the others when somebody asks for them. */
export interface VectorSlice {
  readonly all: boolean;
  readonly fullText: boolean;
  readonly dataCue: boolean;
}

/** Why an article is to be encoded; what somebody waits for comes first. */
export const vectorPriorities = { DEMAND: 3, QUESTION: 2, SLICE: 1 } as const;

/** Asks for the vectors of articles whose text is new, where they are of the slice or had vectors before. */
export async function enqueueSlice(
  tx: EntityManager,
  articles: readonly FoldedArticle[],
  slice: VectorSlice,
): Promise<void> {
  const wanted = articles
    .filter(
      ({ record }) =>
        slice.all || (slice.fullText && record.sections.length > 0) || (slice.dataCue && hasDataCue(record)),
    )
    .map(({ id }) => id);
  if (wanted.length > 0) await enqueue(tx, wanted, 'SLICE');
  const ids = articles.map(({ id }) => id);
  await tx.query(
    `UPDATE article_vector SET done_at = NULL, leased_until = NULL, attempts = 0, error = NULL
     WHERE article_id = ANY($1::uuid[])`,
    [ids],
  );
}

/** Puts articles into the queue; those in it stay where they are, unless this is more urgent. */
export async function enqueue(
  tx: Pick<EntityManager, 'query'>,
  ids: readonly ArticleId[],
  reason: keyof typeof vectorPriorities,
): Promise<void> {
  await tx.query(
    `INSERT INTO article_vector (article_id, reason, priority)
     SELECT a.id, $2, $3 FROM article a WHERE a.id = ANY($1::uuid[])
     ON CONFLICT (article_id) DO UPDATE SET reason = excluded.reason, priority = excluded.priority
       WHERE article_vector.done_at IS NULL AND article_vector.priority < excluded.priority`,
    [ids, reason, vectorPriorities[reason]],
  );
}
