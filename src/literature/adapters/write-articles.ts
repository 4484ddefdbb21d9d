import type { EntityManager } from 'typeorm';
import type { Cell } from '../../catalog/index.ts';
import type { ArticleId } from '../../kernel/ids.ts';
import { hasDataCue, isRetracted } from '../data-cue.ts';
import type { ArticleRecord } from '../model.ts';
import { drawRevisions } from './locks.ts';
import { stage, textArray } from './staging.ts';
import { writeRecord } from './stored-record.ts';

/** An article as it is to be, all its sources folded. */
export interface FoldedArticle {
  readonly id: ArticleId;
  readonly record: ArticleRecord;
  /** The PMCID, unless it is another article's already. */
  readonly pmcid: string | undefined;
}

/** What one source says, as it is to be stored. */
export interface NewStatement {
  readonly id: ArticleId;
  readonly source: string;
  readonly sourceId: string;
  readonly version: number;
  /** Record as JSON and its hash. */
  readonly written: ReturnType<typeof writeRecord>;
}

const articleColumns = [
  'id',
  'pmid',
  'pmcid',
  'doi',
  'version',
  'title',
  'abstract',
  'journal',
  'year',
  'published',
  'publication_types',
  'languages',
  'mesh',
  'keywords',
  'license',
  'full_text',
  'retracted',
  'data_cue',
  'revision',
];

/** Writes what articles are now, with a new revision each; the articles must be locked. */
export async function writeArticles(tx: EntityManager, articles: readonly FoldedArticle[]): Promise<void> {
  if (articles.length === 0) return;
  const first = await drawRevisions(tx, articles.length);
  const retracted = await noticedRetractions(tx, articles);
  const rows = articles.map((article, index) => articleRow(article, first + index, retracted));
  const staging = await stage(tx, 'article', { columns: articleColumns, rows });
  const columns = articleColumns.join(', ');
  const updated = articleColumns.filter((column) => column !== 'id').map((column) => `${column} = excluded.${column}`);
  await tx.query(
    `INSERT INTO article (${columns}) SELECT ${columns} FROM ${staging}
     ON CONFLICT (id) DO UPDATE SET ${updated.join(', ')}, changed_at = now()`,
  );
  const ids = articles.map(({ id }) => id);
  await tx.query('DELETE FROM article_removal WHERE id = ANY($1::uuid[])', [ids]);
  await writeNotices(tx, articles);
  await rememberHeadings(tx, articles);
}

/** Writes what a source says, over what it said before. */
export async function writeStatements(tx: EntityManager, statements: readonly NewStatement[]): Promise<void> {
  if (statements.length === 0) return;
  const columns = ['article_id', 'source', 'source_id', 'version', 'hash', 'record'];
  const rows = statements.map(({ id, source, sourceId, version, written }): readonly Cell[] => [
    id,
    source,
    sourceId,
    version,
    `\\x${written.hash}`,
    written.json,
  ]);
  const staging = await stage(tx, 'article_source', { columns, rows });
  await tx.query(
    `INSERT INTO article_source (${columns.join(', ')}) SELECT ${columns.join(', ')} FROM ${staging}
     ON CONFLICT (article_id, source) DO UPDATE SET source_id = excluded.source_id, version = excluded.version,
       hash = excluded.hash, record = excluded.record`,
  );
}

/** Names of headings are kept once, not with every article. */
async function rememberHeadings(tx: EntityManager, articles: readonly FoldedArticle[]): Promise<void> {
  const labels = new Map(articles.flatMap(({ record }) => record.mesh.map(({ ui, label }) => [ui, label] as const)));
  if (labels.size === 0) return;
  await tx.query(
    `INSERT INTO mesh_descriptor (ui, label) SELECT r.ui, r.label FROM unnest($1::text[], $2::text[]) AS r(ui, label)
     WHERE NOT EXISTS (SELECT 1 FROM mesh_descriptor d WHERE d.ui = r.ui) ON CONFLICT (ui) DO NOTHING`,
    [[...labels.keys()], [...labels.values()]],
  );
}

/** PMIDs among those of the articles that a notice retracts which came before. */
async function noticedRetractions(tx: EntityManager, articles: readonly FoldedArticle[]): Promise<ReadonlySet<string>> {
  const rows: { pmid: string }[] = await tx.query(
    `SELECT DISTINCT n.pmid FROM article_notice n WHERE n.pmid = ANY($1::text[]) AND n.kind = 'RetractionOf'`,
    [articles.flatMap(({ record }) => record.pmid ?? [])],
  );
  return new Set(rows.map(({ pmid }) => pmid));
}

function articleRow(
  { id, record, pmcid }: FoldedArticle,
  revision: number,
  noticed: ReadonlySet<string>,
): readonly Cell[] {
  return [
    id,
    record.pmid ?? null,
    pmcid ?? null,
    record.doi ?? null,
    record.version,
    record.title,
    record.abstract ?? null,
    record.journal?.title ?? null,
    record.year ?? null,
    record.published ?? null,
    textArray(record.publicationTypes),
    textArray(record.languages),
    textArray([...new Set(record.mesh.map(({ ui }) => ui))]),
    textArray(record.keywords),
    record.license ?? null,
    record.sections.length > 0,
    isRetracted(record) || noticed.has(record.pmid ?? ''),
    hasDataCue(record),
    revision,
  ];
}

async function writeNotices(tx: EntityManager, articles: readonly FoldedArticle[]): Promise<void> {
  const ids = articles.map(({ id }) => id);
  await tx.query('DELETE FROM article_notice WHERE article_id = ANY($1::uuid[])', [ids]);
  const notices = articles.flatMap(({ id, record }) =>
    record.notices.map(({ kind, pmid, citation }, position) => ({
      article_id: id,
      position,
      kind,
      pmid: pmid ?? null,
      citation: citation ?? null,
    })),
  );
  if (notices.length === 0) return;
  await tx.query(
    `INSERT INTO article_notice (article_id, position, kind, pmid, citation)
     SELECT r.article_id, r.position, r.kind, r.pmid, r.citation FROM jsonb_to_recordset($1::jsonb)
       AS r(article_id uuid, position smallint, kind text, pmid text, citation text)`,
    [JSON.stringify(notices)],
  );
  const retracted = notices.flatMap(({ kind, pmid }) => (kind === 'RetractionOf' && pmid !== null ? [pmid] : []));
  if (retracted.length > 0) await markRetracted(tx, retracted);
}

/** A notice may come before or after the article it retracts. */
async function markRetracted(tx: EntityManager, pmids: readonly string[]): Promise<void> {
  await tx.query(
    `UPDATE article SET retracted = true, revision = nextval('article_revision'), changed_at = now()
     WHERE pmid = ANY($1::text[]) AND NOT retracted`,
    [pmids],
  );
}
