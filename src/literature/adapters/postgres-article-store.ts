import type { DataSource, EntityManager } from 'typeorm';
import { isStorableJson, storableText } from '../../catalog/index.ts';
import type { ArticleRecord, LiteratureItem } from '../model.ts';
import type { FileProgress, LiteratureBatch, LiteratureIntake, LiteratureReport } from '../ports.ts';
import { deleteCitations } from './delete-citations.ts';
import { lockArticles } from './locks.ts';
import { storeItems } from './store-items.ts';
import type { VectorSlice } from './vector-queue.ts';

type Article = Extract<LiteratureItem, { readonly kind: 'article' }>;
type Deletion = Extract<LiteratureItem, { readonly kind: 'deletion' }>;
type Rejection = { readonly sourceId: string; readonly error: string };

/** Rejections of a file that are kept; their number is, whatever it comes to. */
const mostRejections = 500;

/** Articles in PostgreSQL: a batch and the checkpoint after it are one transaction, so that a kill loses and doubles nothing. */
export class PostgresArticleStore implements LiteratureIntake {
  readonly #db: DataSource;
  readonly #slice: VectorSlice;

  constructor(db: DataSource, slice: VectorSlice) {
    this.#db = db;
    this.#slice = slice;
  }

  async checkpoint(source: string, file: string): Promise<FileProgress | undefined> {
    const rows: { items: number; cursor: string | null; complete: boolean; rejected: number }[] = await this.#db.query(
      'SELECT items, cursor, complete, rejected FROM article_file WHERE source = $1 AND file = $2',
      [source, file],
    );
    const [row] = rows;
    return row && { ...row, cursor: row.cursor ?? undefined };
  }

  async take(batch: LiteratureBatch): Promise<LiteratureReport> {
    const { storable, rejected } = sift(batch.items);
    return await this.#db.transaction(async (tx) => {
      await lockArticles(tx);
      const report = { accepted: 0, unchanged: 0, deleted: 0, rejected };
      for (const run of runsOf(storable)) {
        if (run.kind === 'deletions') {
          const pmids = run.items.map(({ pmid }) => pmid);
          const deleted = await deleteCitations(tx, batch.source, pmids);
          report.deleted += deleted;
          report.unchanged += pmids.length - deleted;
        } else {
          const items = run.items.map(({ sourceId, article }) => ({ source: batch.source, sourceId, record: article }));
          const { accepted, unchanged } = await storeItems(tx, items, this.#slice);
          report.accepted += accepted;
          report.unchanged += unchanged;
        }
      }
      await writeRejections(tx, batch, rejected);
      await writeCheckpoint(tx, batch, report);
      return report;
    });
  }
}

/** What can be stored, in order, and why the rest cannot. */
function sift(items: readonly LiteratureItem[]): {
  readonly storable: readonly (Article | Deletion)[];
  readonly rejected: readonly Rejection[];
} {
  const storable: (Article | Deletion)[] = [];
  const rejected: Rejection[] = [];
  for (const item of items) {
    const error = item.kind === 'rejection' ? item.error : item.kind === 'article' ? faultOf(item.article) : undefined;
    if (item.kind === 'rejection' || error !== undefined)
      rejected.push({
        sourceId: storableText(item.kind === 'deletion' ? item.pmid : item.sourceId).slice(0, 1_000),
        error: storableText(error ?? '').slice(0, 4_000),
      });
    else storable.push(item);
  }
  return { storable, rejected };
}

function faultOf(article: ArticleRecord): string | undefined {
  if (!isStorableJson(article)) return 'its texts must be well-formed, without U+0000 and half surrogate pairs';
  if (!Number.isInteger(article.version) || article.version < 1) return 'its version must be a whole number from 1';
  return undefined;
}

type Run =
  | { readonly kind: 'articles'; readonly items: Article[] }
  | { readonly kind: 'deletions'; readonly items: Deletion[] };

/** Items in their order, as many of a kind together as there are. */
function runsOf(items: readonly (Article | Deletion)[]): readonly Run[] {
  const runs: Run[] = [];
  for (const item of items) {
    const last = runs.at(-1);
    if (item.kind === 'article') {
      if (last?.kind === 'articles') last.items.push(item);
      else runs.push({ kind: 'articles', items: [item] });
    } else if (last?.kind === 'deletions') last.items.push(item);
    else runs.push({ kind: 'deletions', items: [item] });
  }
  return runs;
}

async function writeRejections(
  tx: EntityManager,
  { source, file }: LiteratureBatch,
  rejected: readonly Rejection[],
): Promise<void> {
  if (rejected.length === 0) return;
  await tx.query(
    `INSERT INTO article_rejection (source, file, source_id, error)
     SELECT $1, $2, r.id, min(r.error) FROM unnest($3::text[], $4::text[]) AS r(id, error) GROUP BY r.id
     LIMIT greatest(0, $5 - (SELECT count(*) FROM article_rejection x WHERE x.source = $1 AND x.file = $2))
     ON CONFLICT (source, file, source_id) DO UPDATE SET error = excluded.error, rejected_at = now()`,
    [source, file, rejected.map(({ sourceId }) => sourceId), rejected.map(({ error }) => error), mostRejections],
  );
}

async function writeCheckpoint(tx: EntityManager, batch: LiteratureBatch, report: LiteratureReport): Promise<void> {
  const { source, file, checkpoint } = batch;
  await tx.query(
    `INSERT INTO article_file AS f (source, file, items, cursor, complete, accepted, unchanged, deleted, rejected)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (source, file) DO UPDATE SET items = excluded.items, cursor = excluded.cursor, complete = excluded.complete,
       accepted = ${sinceBegun('accepted')}, unchanged = ${sinceBegun('unchanged')}, deleted = ${sinceBegun('deleted')},
       rejected = ${sinceBegun('rejected')}, updated_at = now()`,
    [
      source,
      file,
      checkpoint.items,
      checkpoint.cursor ?? null,
      checkpoint.complete,
      report.accepted,
      report.unchanged,
      report.deleted,
      report.rejected.length,
    ],
  );
}

/** A count of a file so far; a query that was complete begins anew. */
function sinceBegun(count: 'accepted' | 'unchanged' | 'deleted' | 'rejected'): string {
  return `CASE WHEN f.complete THEN 0 ELSE f.${count} END + excluded.${count}`;
}
