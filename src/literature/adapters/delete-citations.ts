import type { EntityManager } from 'typeorm';
import type { ArticleId } from '../../kernel/ids.ts';
import { articleIdOf } from '../../kernel/ids.ts';
import { mergeArticles } from '../merge-articles.ts';
import { drawRevisions } from './locks.ts';
import { readStatements } from './prior-articles.ts';
import { writeArticles } from './write-articles.ts';

/**
 * What PubMed withdraws: its word goes, and the article with it where no other source has it. A tombstone keeps versions that are not
 * newer than what was withdrawn from coming back with an older file. The articles must be locked.
 * @returns how many of the PMIDs were there
 */
export async function deleteCitations(tx: EntityManager, source: string, pmids: readonly string[]): Promise<number> {
  const wanted = [...new Set(pmids)];
  if (wanted.length === 0) return 0;
  const found: { id: ArticleId; pmid: string; version: number; others: boolean }[] = await tx.query(
    `SELECT a.id, a.pmid, a.version,
       EXISTS (SELECT 1 FROM article_source s WHERE s.article_id = a.id AND s.source <> $2) AS others
     FROM article a WHERE a.pmid = ANY($1::text[])`,
    [wanted, source],
  );
  const versions = new Map(found.map(({ pmid, version }) => [pmid, version]));
  const ids = new Map(found.filter(({ others }) => !others).map(({ pmid, id }) => [pmid, id]));
  const first = await drawRevisions(tx, wanted.length);
  await tx.query('DELETE FROM article WHERE id = ANY($1::uuid[])', [[...ids.values()]]);
  await tx.query(
    `INSERT INTO article_removal (id, pmid, version, revision)
     SELECT r.id, r.pmid, r.version, r.revision FROM jsonb_to_recordset($1::jsonb)
       AS r(id uuid, pmid text, version integer, revision bigint)
     ON CONFLICT (id) DO UPDATE SET pmid = excluded.pmid, version = greatest(article_removal.version, excluded.version),
       merged_into = NULL, revision = excluded.revision, removed_at = now()`,
    [
      JSON.stringify(
        wanted.map((pmid, index) => ({
          // An article that lives on with other sources keeps its id: the tombstone then has one of its own.
          id: ids.get(pmid) ?? articleIdOf('tombstone', pmid),
          pmid,
          version: versions.get(pmid) ?? 1,
          revision: first + index,
        })),
      ),
    ],
  );
  await forget(
    tx,
    source,
    found.filter(({ others }) => others).map(({ id }) => id),
  );
  return found.length;
}

/** Takes a source's word back where others have theirs. */
async function forget(tx: EntityManager, source: string, ids: readonly ArticleId[]): Promise<void> {
  if (ids.length === 0) return;
  await tx.query('DELETE FROM article_source WHERE article_id = ANY($1::uuid[]) AND source = $2', [ids, source]);
  const rows: { id: ArticleId; pmcid: string | null }[] = await tx.query(
    'SELECT a.id, a.pmcid FROM article a WHERE a.id = ANY($1::uuid[])',
    [ids],
  );
  const pmcids = new Map(rows.map(({ id, pmcid }) => [id, pmcid ?? undefined]));
  const statements = await readStatements(tx, ids);
  await writeArticles(
    tx,
    [...statements].flatMap(([id, [first, ...rest]]) =>
      first === undefined ? [] : [{ id, record: mergeArticles([first, ...rest]), pmcid: pmcids.get(id) }],
    ),
  );
}
