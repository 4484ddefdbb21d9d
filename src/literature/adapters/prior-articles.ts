import type { EntityManager } from 'typeorm';
import { z } from 'zod';
import type { ArticleId } from '../../kernel/ids.ts';
import { articleIdOf } from '../../kernel/ids.ts';
import { type ArticleIdentity, type IdentifiedItem, ownId } from '../identify-articles.ts';
import type { SourcedArticle } from '../merge-articles.ts';
import { readRecord } from './stored-record.ts';

const maybe = z
  .string()
  .nullable()
  .transform((value) => value ?? undefined);
const articleId = z.string().transform((id) => id as ArticleId);
const identityRow = z.object({ id: articleId, pmid: maybe, pmcid: maybe, doi: maybe });
const statementRow = z.object({ articleId, source: z.string(), version: z.number(), hash: z.string() });
const recordRow = z.object({ articleId, source: z.string(), record: z.unknown() });

/** Articles that the items could be about, each found by an index of its own. */
export async function findIdentities(
  tx: EntityManager,
  items: readonly IdentifiedItem[],
): Promise<readonly ArticleIdentity[]> {
  const values = (pick: (item: IdentifiedItem) => string | undefined): string[] =>
    items.flatMap((item) => pick(item) ?? []);
  const columns = 'a.id, a.pmid, a.pmcid, a.doi FROM article a';
  const rows: unknown[] = await tx.query(
    `SELECT ${columns} WHERE a.pmid = ANY($1::text[]) UNION SELECT ${columns} WHERE a.pmcid = ANY($2::text[])
     UNION SELECT ${columns} WHERE a.doi = ANY($3::text[])
     UNION SELECT ${columns} WHERE a.id = ANY($4::uuid[])`,
    [
      values(({ record }) => record.pmid),
      values(({ record }) => record.pmcid),
      values(({ record }) => record.doi),
      items.flatMap((item) => [ownId(item), articleIdOf(item.source, item.sourceId)]),
    ],
  );
  return rows.map((row) => identityRow.parse(row));
}

/** What a source said of an article before. */
export interface PriorStatement {
  readonly version: number;
  /** SHA-256 in hexadecimal. */
  readonly hash: string;
}

/** What sources said of some articles: by article, then by source. */
export async function findStatements(
  tx: EntityManager,
  ids: readonly ArticleId[],
): Promise<ReadonlyMap<ArticleId, ReadonlyMap<string, PriorStatement>>> {
  const rows: unknown[] = await tx.query(
    `SELECT s.article_id AS "articleId", s.source, s.version, encode(s.hash, 'hex') AS hash
     FROM article_source s WHERE s.article_id = ANY($1::uuid[])`,
    [ids],
  );
  const found = Map.groupBy(
    rows.map((row) => statementRow.parse(row)),
    (row) => row.articleId,
  );
  return new Map([...found].map(([id, list]) => [id, new Map(list.map((one) => [one.source, one]))]));
}

/** The whole records of some articles, by article. */
export async function readStatements(
  tx: Pick<EntityManager, 'query'>,
  ids: readonly ArticleId[],
): Promise<ReadonlyMap<ArticleId, readonly SourcedArticle[]>> {
  if (ids.length === 0) return new Map();
  const rows: unknown[] = await tx.query(
    `SELECT s.article_id AS "articleId", s.source, s.record FROM article_source s
     WHERE s.article_id = ANY($1::uuid[]) ORDER BY s.article_id, s.source`,
    [ids],
  );
  const parsed = rows.map((row) => {
    const { articleId: id, source, record } = recordRow.parse(row);
    return { id, source, record: readRecord(record) };
  });
  return Map.groupBy(parsed, ({ id }) => id);
}

/** Versions up to which withdrawn records stay away, by PMID. */
export async function findTombstones(
  tx: EntityManager,
  pmids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows: { pmid: string; version: number }[] = await tx.query(
    'SELECT r.pmid, r.version FROM article_removal r WHERE r.pmid = ANY($1::text[]) AND r.merged_into IS NULL',
    [pmids],
  );
  return new Map(rows.map(({ pmid, version }) => [pmid, version]));
}
