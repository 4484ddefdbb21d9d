import type { DataSource } from 'typeorm';
import { z } from 'zod';
import type { ArticleId } from '../../kernel/ids.ts';
import { mergeArticles } from '../merge-articles.ts';
import type { ArticleRecord } from '../model.ts';
import type { ArticleReader } from '../ports.ts';
import type { Article, ArticleKey } from '../stored-article.ts';
import { readStatements } from './prior-articles.ts';

const maybe = z
  .string()
  .nullable()
  .transform((value) => value ?? undefined);
const articleRow = z.object({
  id: z.string().transform((id) => id as ArticleId),
  pmid: maybe,
  pmcid: maybe,
  doi: maybe,
  title: z.string(),
  abstract: maybe,
  journal: maybe,
  year: z
    .number()
    .nullable()
    .transform((value) => value ?? undefined),
  published: maybe,
  publicationTypes: z.array(z.string()),
  languages: z.array(z.string()),
  keywords: z.array(z.string()),
  hasFullText: z.boolean(),
  retracted: z.boolean(),
  license: maybe,
  createdAt: z.date(),
});

const columns = `a.id, a.pmid, a.pmcid, a.doi, a.title, a.abstract, a.journal, a.year, a.published,
  a.publication_types AS "publicationTypes", a.languages, a.keywords, a.full_text AS "hasFullText", a.retracted, a.license,
  a.created_at AS "createdAt"`;

const conditions = {
  id: `a.id = coalesce((SELECT r.merged_into FROM article_removal r WHERE r.id = $1::uuid), $1::uuid)`,
  pmid: 'a.pmid = $1',
  pmcid: 'a.pmcid = $1',
  doi: 'a.doi = $1',
} as const;

/** Articles in PostgreSQL, as they are read. */
export class PostgresArticleReader implements ArticleReader {
  readonly #db: Pick<DataSource, 'query'>;

  constructor(db: Pick<DataSource, 'query'>) {
    this.#db = db;
  }

  async byKey({ kind, value }: ArticleKey): Promise<Article | undefined> {
    if (value.includes('\0') || !value.isWellFormed()) return undefined;
    // Of several with one DOI, the one that has had it longest.
    const rows: unknown[] = await this.#db.query(
      `SELECT ${columns} FROM article a WHERE ${conditions[kind]} ORDER BY a.created_at, a.id LIMIT 1`,
      [value],
    );
    return rows.map(toArticle)[0];
  }

  async byIds(ids: readonly ArticleId[]): Promise<ReadonlyMap<ArticleId, Article>> {
    const rows: { asked: ArticleId }[] = await this.#db.query(
      `SELECT asked.id AS asked, ${columns} FROM unnest($1::uuid[]) AS asked(id)
       JOIN LATERAL (SELECT coalesce((SELECT r.merged_into FROM article_removal r WHERE r.id = asked.id), asked.id) AS id) AS held ON true
       JOIN LATERAL (SELECT * FROM article x WHERE x.id = held.id) AS a ON true`,
      [ids],
    );
    return new Map(rows.map((row) => [row.asked, toArticle(row)]));
  }

  async records(ids: readonly ArticleId[]): Promise<ReadonlyMap<ArticleId, ArticleRecord>> {
    const statements = await readStatements(this.#db, ids);
    return new Map(
      [...statements].flatMap(([id, [first, ...rest]]) =>
        first === undefined ? [] : [[id, mergeArticles([first, ...rest])] as const],
      ),
    );
  }

  async countUpTo(limit: number): Promise<number> {
    const rows: { n: number }[] = await this.#db.query(
      'SELECT count(*) AS n FROM (SELECT 1 FROM article LIMIT $1) AS counted',
      [limit],
    );
    return rows[0]?.n ?? 0;
  }
}

function toArticle(row: unknown): Article {
  return { __typename: 'Article', ...articleRow.parse(row) };
}
