import type { DataSource } from 'typeorm';
import { z } from 'zod';
import type { ArticleId, DatasetId } from '../../kernel/ids.ts';
import { type CursorKey, emptyPage, type Page, type PageRequest } from '../../kernel/page.ts';
import type { DatasetPaper, NamingSentence, StoredMention, YearOfUse } from '../discovery-model.ts';
import type { MentionReader } from '../discovery-ports.ts';
import type { MentionRole } from '../mining/model.ts';
import { kindColumn, roleColumn } from './read-mined.ts';

const articleId = z.string().transform((id) => id as ArticleId);
const datasetId = z.string().transform((id) => id as DatasetId);
const mentionRow = z.object({
  articleId,
  position: z.number(),
  start: z.number(),
  end: z.number(),
  text: z.string(),
  kind: kindColumn,
  section: z.string(),
  rule: z.string(),
  confidence: z.number(),
  name: z.string(),
  key: z.string(),
  role: roleColumn,
  roleScore: z.number(),
  datasetId: datasetId.nullable().transform((id) => id ?? undefined),
});
const paperRow = z.object({
  articleId,
  role: roleColumn,
  roleScore: z.number(),
  confidence: z.number(),
  mentionCount: z.number(),
});
const usageRow = z.object({
  year: z
    .number()
    .nullable()
    .transform((year) => year ?? undefined),
  role: roleColumn,
  articles: z.number(),
});
const sentenceRow = z.object({
  articleId,
  datasetId,
  role: roleColumn,
  start: z.number(),
  end: z.number(),
  text: z.string(),
  section: z.string(),
  confidence: z.number(),
  sentenceStart: z.number(),
  sentenceEnd: z.number(),
});

const mentionColumns = `m.article_id AS "articleId", m.position, m.start, m."end", m.text, m.kind, m.section, m.rule, m.confidence,
  d.name, d.key, d.role, (d.role_scores ->> d.role)::double precision AS "roleScore", d.dataset_id AS "datasetId"`;
const paperColumns = `d.article_id AS "articleId", d.role, (d.role_scores ->> d.role)::double precision AS "roleScore", d.confidence,
  d.mention_count AS "mentionCount"`;
/** Papers without a year come last. */
const yearOf = 'coalesce((SELECT a.year FROM article a WHERE a.id = d.article_id), 0)';

/** Mentions in PostgreSQL. Lateral joins: each row is one look into an index, whatever the planner believes of the tables. */
export class PostgresMentionReader implements MentionReader {
  readonly #db: Pick<DataSource, 'query'>;

  constructor(db: Pick<DataSource, 'query'>) {
    this.#db = db;
  }

  async ofArticles(ids: readonly ArticleId[]): Promise<ReadonlyMap<ArticleId, readonly StoredMention[]>> {
    const rows: unknown[] = await this.#db.query(
      `SELECT ${mentionColumns} FROM dataset_mention m
       JOIN LATERAL (SELECT * FROM article_dataset x WHERE x.article_id = m.article_id AND x.position = m.dataset) AS d ON true
       WHERE m.article_id = ANY($1::uuid[]) ORDER BY m.article_id, m.position`,
      [ids],
    );
    return Map.groupBy(
      rows.map((row) => mentionRow.parse(row)),
      (row) => row.articleId,
    );
  }

  async ofDataset(id: DatasetId, role: MentionRole | undefined, request: PageRequest): Promise<Page<StoredMention>> {
    const { first, after } = request;
    if (first === 0) return emptyPage;
    const [year, article, position] = after ?? [null, null, null];
    const rows: unknown[] = await this.#db.query(
      `SELECT * FROM (SELECT ${mentionColumns}, ${yearOf} AS year FROM article_dataset d
         JOIN LATERAL (SELECT * FROM dataset_mention x WHERE x.article_id = d.article_id AND x.dataset = d.position) AS m ON true
         WHERE d.dataset_id = $1 AND ($2::text IS NULL OR d.role = $2)) AS told
       WHERE $3::integer IS NULL OR year < $3 OR (year = $3 AND ("articleId", position) > ($4::uuid, $5::integer))
       ORDER BY year DESC, "articleId", position LIMIT $6`,
      [id, role ?? null, year, article, position, first + 1],
    );
    return pageOf(rows, request, mentionRow, ({ articleId: of, position: at }) => [of, at]);
  }

  async countOfDataset(id: DatasetId, role: MentionRole | undefined): Promise<number> {
    return await this.#number(
      `SELECT coalesce(sum(d.mention_count), 0)::integer AS n FROM article_dataset d
       WHERE d.dataset_id = $1 AND ($2::text IS NULL OR d.role = $2)`,
      [id, role ?? null],
    );
  }

  async papers(id: DatasetId, role: MentionRole | undefined, request: PageRequest): Promise<Page<DatasetPaper>> {
    const { first, after } = request;
    if (first === 0) return emptyPage;
    const [year, article] = after ?? [null, null];
    // An article can tell one dataset under two names: what it does with it most surely counts.
    const rows: unknown[] = await this.#db.query(
      `SELECT * FROM (SELECT DISTINCT ON (d.article_id) ${paperColumns}, ${yearOf} AS year FROM article_dataset d
         WHERE d.dataset_id = $1 AND ($2::text IS NULL OR d.role = $2) ORDER BY d.article_id, d.confidence DESC, d.position) AS told
       WHERE $3::integer IS NULL OR year < $3 OR (year = $3 AND "articleId" > $4::uuid)
       ORDER BY year DESC, "articleId" LIMIT $5`,
      [id, role ?? null, year, article, first + 1],
    );
    return pageOf(rows, request, paperRow, ({ articleId: of }) => [of]);
  }

  async countPapers(id: DatasetId, role: MentionRole | undefined): Promise<number> {
    return await this.#number(
      `SELECT count(DISTINCT d.article_id)::integer AS n FROM article_dataset d
       WHERE d.dataset_id = $1 AND ($2::text IS NULL OR d.role = $2)`,
      [id, role ?? null],
    );
  }

  async usage(id: DatasetId): Promise<readonly YearOfUse[]> {
    const rows: unknown[] = await this.#db.query(
      `SELECT told.year, told.role, count(*)::integer AS articles FROM (
         SELECT DISTINCT ON (d.article_id) d.role, (SELECT a.year FROM article a WHERE a.id = d.article_id) AS year
         FROM article_dataset d WHERE d.dataset_id = $1 ORDER BY d.article_id, d.confidence DESC, d.position) AS told
       GROUP BY told.year, told.role ORDER BY told.year NULLS FIRST, told.role`,
      [id],
    );
    return rows.map((row) => usageRow.parse(row));
  }

  async ofKeys(keys: readonly string[], limit: number): Promise<readonly StoredMention[]> {
    const rows: unknown[] = await this.#db.query(
      `SELECT ${mentionColumns} FROM (
         SELECT * FROM article_dataset x WHERE x.key = ANY($1::text[]) ORDER BY x.confidence DESC, x.article_id LIMIT $2) AS d
       JOIN LATERAL (SELECT * FROM dataset_mention y WHERE y.article_id = d.article_id AND y.dataset = d.position) AS m ON true
       ORDER BY d.confidence DESC, m.article_id, m.position LIMIT $2`,
      [keys, limit],
    );
    return rows.map((row) => mentionRow.parse(row));
  }

  async namingSentences(ids: readonly DatasetId[], perDataset: number): Promise<readonly NamingSentence[]> {
    const rows: unknown[] = await this.#db.query(
      `SELECT m.article_id AS "articleId", d.dataset_id AS "datasetId", d.role, m.start, m."end", m.text, m.section, m.confidence,
         m.sentence_start AS "sentenceStart", m.sentence_end AS "sentenceEnd"
       FROM unnest($1::uuid[]) AS asked(id)
       JOIN LATERAL (SELECT * FROM article_dataset x WHERE x.dataset_id = asked.id
         ORDER BY x.role = 'BACKGROUND', x.confidence DESC, x.mention_count DESC, x.article_id LIMIT $2) AS d ON true
       JOIN LATERAL (SELECT * FROM dataset_mention y WHERE y.article_id = d.article_id AND y.dataset = d.position
         ORDER BY y.position LIMIT 40) AS m ON true`,
      [ids, perDataset],
    );
    return rows.map((row) => {
      const { sentenceStart, sentenceEnd, ...rest } = sentenceRow.parse(row);
      return { ...rest, sentence: { start: sentenceStart, end: sentenceEnd } };
    });
  }

  async textHashes(ids: readonly ArticleId[]): Promise<ReadonlyMap<ArticleId, string>> {
    const rows: { id: ArticleId; hash: string }[] = await this.#db.query(
      'SELECT m.article_id AS id, m.text_hash AS hash FROM article_mining m WHERE m.article_id = ANY($1::uuid[])',
      [ids],
    );
    return new Map(rows.map(({ id, hash }) => [id, hash]));
  }

  async #number(sql: string, values: unknown[]): Promise<number> {
    const rows: { n: number }[] = await this.#db.query(sql, values);
    return rows[0]?.n ?? 0;
  }
}

const yearRow = z.object({ year: z.number() });

/** One more row than asked was read, to know whether there is more. */
function pageOf<T>(
  rows: readonly unknown[],
  { first, after }: PageRequest,
  schema: z.ZodType<T>,
  keyOf: (item: T) => CursorKey,
): Page<T> {
  const page = rows.slice(0, first);
  const items = page.map((row) => schema.parse(row));
  return {
    items,
    keyAt: (index) => {
      const item = items[index];
      return item === undefined ? [] : [yearRow.parse(page[index]).year, ...keyOf(item)];
    },
    hasNextPage: rows.length > first,
    hasPreviousPage: after !== undefined,
  };
}
