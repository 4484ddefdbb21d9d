import type { DataSource } from 'typeorm';
import { z } from 'zod';
import type { DocumentSource, SourceChanges, SourceDocument } from '../../retrieval/index.ts';
import type { ArticleSection } from '../model.ts';
import { projectArticle } from '../project-article.ts';
import { storedSections } from './stored-record.ts';

const maybe = z
  .string()
  .nullable()
  .transform((value) => value ?? undefined);
const factsRow = z.object({
  id: z.string(),
  revision: z.number(),
  title: z.string(),
  abstract: maybe,
  keywords: z.array(z.string()),
  mesh: z.array(z.string()),
  year: z
    .number()
    .nullable()
    .transform((value) => value ?? undefined),
  journal: maybe,
  publicationTypes: z.array(z.string()),
  languages: z.array(z.string()),
  retracted: z.boolean(),
  mentionsDataset: z.boolean(),
  isEncoded: z.boolean(),
  sections: z
    .array(storedSections)
    .nullable()
    .transform((lists) => longest(lists ?? [])),
});

/** Subqueries rather than joins: each is one look into an index, whatever the planner believes of a table that grows. */
const facts = `SELECT a.id, a.revision, a.title, a.abstract, a.keywords, a.mesh, a.year, a.journal,
  a.publication_types AS "publicationTypes", a.languages, a.retracted,
  coalesce(a.mention_count > 0, false) AS "mentionsDataset",
  (SELECT v.done_at FROM article_vector v WHERE v.article_id = a.id) IS NOT NULL AS "isEncoded",
  CASE WHEN a.full_text THEN (SELECT jsonb_agg(s.record -> 'sections' ORDER BY s.source)
    FROM article_source s WHERE s.article_id = a.id) END AS sections
  FROM article a`;

/** Articles as documents of the index, and their revisions as its changes: they rise in the order of commit. */
export class PostgresArticleSource implements DocumentSource {
  readonly #db: DataSource;
  readonly #labels: (uis: readonly string[]) => Promise<ReadonlyMap<string, string>>;

  /** @param labels - names of MeSH descriptors */
  constructor(db: DataSource, labels: (uis: readonly string[]) => Promise<ReadonlyMap<string, string>>) {
    this.#db = db;
    this.#labels = labels;
  }

  async head(): Promise<string> {
    const rows: { head: string }[] = await this.#db.query(
      `SELECT greatest((SELECT coalesce(max(revision), 0) FROM article), (SELECT coalesce(max(revision), 0) FROM article_removal))::text AS head`,
    );
    return rows[0]?.head ?? '0';
  }

  async changesSince(position: string, limit: number): Promise<SourceChanges> {
    const rows: { id: string; revision: string; deleted: boolean; at: Date }[] = await this.#db.query(
      `SELECT * FROM (
         (SELECT a.id, a.revision::text AS revision, a.revision AS n, false AS deleted, a.changed_at AS at FROM article a
          WHERE a.revision > $1 ORDER BY a.revision LIMIT $2)
         UNION ALL
         (SELECT r.id, r.revision::text, r.revision, true, r.removed_at FROM article_removal r
          WHERE r.revision > $1 ORDER BY r.revision LIMIT $2)) AS changed
       ORDER BY n LIMIT $2`,
      [position, limit],
    );
    return {
      changes: rows.map(({ id, revision, deleted, at }) => ({
        id,
        version: Number(revision),
        deleted,
        at: at.toISOString(),
      })),
      position: rows.at(-1)?.revision ?? position,
    };
  }

  async page(after: string | undefined, limit: number): Promise<readonly SourceDocument[]> {
    // Lower-case hexadecimal: the order of a uuid is the order of its text.
    return await this.#read(`WHERE $1::uuid IS NULL OR a.id > $1::uuid ORDER BY a.id LIMIT $2`, [after ?? null, limit]);
  }

  async byIds(ids: readonly string[]): Promise<readonly SourceDocument[]> {
    return await this.#read('WHERE a.id = ANY($1::uuid[])', [ids]);
  }

  async #read(condition: string, values: unknown[]): Promise<readonly SourceDocument[]> {
    const rows: unknown[] = await this.#db.query(`${facts} ${condition}`, values);
    const parsed = rows.map((row) => factsRow.parse(row));
    const labels = await this.#labels([...new Set(parsed.flatMap(({ mesh }) => mesh))]);
    return parsed.map(({ mesh, ...rest }) =>
      projectArticle({ ...rest, mesh: mesh.map((ui) => ({ ui, label: labels.get(ui) ?? ui })) }),
    );
  }
}

function longest(lists: readonly (readonly ArticleSection[])[]): readonly ArticleSection[] {
  const length = (list: readonly ArticleSection[]): number => list.reduce((sum, { text }) => sum + text.length, 0);
  return lists.toSorted((a, b) => length(b) - length(a))[0] ?? [];
}
