import type { DataSource, EntityManager } from 'typeorm';
import { z } from 'zod';
import { insertRows } from '../../db/insert-rows.ts';
import type { ArticleId } from '../../kernel/ids.ts';
import type { DueArticle, GazetteerChange, MiningOutcome, MiningStore } from '../discovery-ports.ts';
import { datasetOfEntry } from '../known-datasets.ts';
import { lockArticles, lockMining, tryLock } from './locks.ts';
import { saveMined } from './save-mined.ts';

const dueRow = z.object({
  id: z.string().transform((id) => id as ArticleId),
  revision: z.number(),
  textHash: z.string().nullable(),
  version: z.string().nullable(),
  stale: z.boolean().nullable(),
});

/** What was found in articles, in PostgreSQL. */
export class PostgresMiningStore implements MiningStore {
  readonly #db: DataSource;

  constructor(db: DataSource) {
    this.#db = db;
  }

  async knownEntries(): Promise<ReadonlyMap<string, string>> {
    const rows: { key: string; hash: string }[] = await this.#db.query('SELECT key, hash FROM gazetteer_entry');
    return new Map(rows.map(({ key, hash }) => [key, hash]));
  }

  async adopt({ changed, removed, traces }: GazetteerChange): Promise<number> {
    return await this.#db.transaction(async (tx) => {
      await lockMining(tx);
      const keys = [...removed, ...changed.map(({ entry }) => entry.key)];
      const named = await touched(
        tx,
        `UPDATE article_mining m SET stale = true WHERE NOT m.stale AND m.article_id IN
           (SELECT d.article_id FROM article_dataset d WHERE d.key = ANY(SELECT 'entry:' || k FROM unnest($1::text[]) AS k))`,
        [keys],
      );
      // One pass over the texts, in the database: an article that cannot name what changed is not read again.
      const possible =
        traces.length === 0
          ? 0
          : await touched(
              tx,
              `UPDATE article_mining m SET stale = true WHERE NOT m.stale AND EXISTS (
                 SELECT 1 FROM article_source s, jsonb_array_elements($1::jsonb) AS trace
                 WHERE s.article_id = m.article_id
                   AND s.record::text ILIKE ALL (ARRAY(SELECT jsonb_array_elements_text(trace))))`,
              [JSON.stringify(traces.map((words) => words.map((word) => `%${escaped(word)}%`)))],
            );
      await tx.query('DELETE FROM gazetteer_entry WHERE key = ANY($1::text[])', [removed]);
      const rows = changed.map(({ entry, hash }) => ({
        key: entry.key,
        hash,
        datasetId: datasetOfEntry(entry.key) ?? null,
      }));
      await insertRows(tx, 'gazetteer_entry', rows, 'update');
      return named + possible;
    });
  }

  async outdate(version: string): Promise<number> {
    return await touched(this.#db, 'UPDATE article_mining SET stale = true WHERE version <> $1 AND NOT stale', [
      version,
    ]);
  }

  async next(
    { limit, version }: { readonly limit: number; readonly version: string },
    read: (due: readonly DueArticle[]) => Promise<readonly MiningOutcome[]>,
  ): Promise<number | undefined> {
    return await this.#db.transaction(async (tx) => {
      if (!(await tryLock(tx, 'mining'))) return undefined;
      const fresh = await this.#fresh(tx, limit);
      const due = fresh.length > 0 ? fresh : await this.#stale(tx, limit);
      if (due.length === 0) return 0;
      const outcomes = await read(due);
      const mined = outcomes.flatMap(({ mined: found, ...rest }) => (found ? [{ ...rest, mined: found }] : []));
      if (mined.length > 0) {
        // An article whose mentions change is a changed article: its revision is drawn under the lock that all writers take.
        await lockArticles(tx);
        await saveMined(tx, mined, version);
      }
      const last = fresh.at(-1)?.revision;
      if (last !== undefined)
        await tx.query(
          `INSERT INTO mining_state (name, position) VALUES ('articles', $1)
           ON CONFLICT (name) DO UPDATE SET position = excluded.position`,
          [last],
        );
      return due.length;
    });
  }

  async #fresh(tx: EntityManager, limit: number): Promise<readonly DueArticle[]> {
    return toDue(
      await tx.query(
        `SELECT a.id, a.revision, m.text_hash AS "textHash", m.version, m.stale FROM article a
         LEFT JOIN article_mining m ON m.article_id = a.id
         WHERE a.revision > coalesce((SELECT s.position FROM mining_state s WHERE s.name = 'articles'), 0)
         ORDER BY a.revision LIMIT $1`,
        [limit],
      ),
    );
  }

  async #stale(tx: EntityManager, limit: number): Promise<readonly DueArticle[]> {
    return toDue(
      await tx.query(
        `SELECT a.id, a.revision, m.text_hash AS "textHash", m.version, m.stale
         FROM (SELECT * FROM article_mining x WHERE x.stale ORDER BY x.article_id LIMIT $1) AS m
         JOIN article a ON a.id = m.article_id`,
        [limit],
      ),
    );
  }
}

function toDue(rows: readonly unknown[]): readonly DueArticle[] {
  return rows.map((row) => {
    const { id, revision, textHash, version, stale } = dueRow.parse(row);
    const read = textHash !== null && version !== null;
    return { id, revision, readBefore: read ? { textHash, version, stale: stale ?? false } : undefined };
  });
}

/** Rows that an UPDATE changed. */
async function touched(tx: Pick<EntityManager, 'query'>, sql: string, values: unknown[]): Promise<number> {
  const [, count]: [unknown, number] = await tx.query(sql, values);
  return count;
}

/** A text as LIKE takes it literally; in JSON a quote and a backslash are written with a backslash. */
function escaped(text: string): string {
  return JSON.stringify(text)
    .slice(1, -1)
    .replace(/[\\%_]/g, '\\$&');
}
