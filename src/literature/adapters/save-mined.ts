import type { EntityManager } from 'typeorm';
import { storableText } from '../../catalog/index.ts';
import { insertRows } from '../../db/insert-rows.ts';
import type { ArticleId } from '../../kernel/ids.ts';
import { blocksOf, isIdentified, sentenceMates } from '../mention-blocks.ts';
import type { MinedArticle } from '../mining/model.ts';

/** An article that was read. */
export interface ReadArticle {
  readonly id: ArticleId;
  readonly textHash: string;
  readonly mined: MinedArticle;
}

/** Of one article: what is beyond is a list of everything rather than a text. */
const mostDatasets = 1_000;
const mostMentions = 5_000;
const mostAttributes = 2_000;

/** Writes what was found in some articles over what was found before; the articles must be locked. */
export async function saveMined(tx: EntityManager, articles: readonly ReadArticle[], version: string): Promise<void> {
  const ids = articles.map(({ id }) => id);
  await dueKeysOf(tx, ids);
  await tx.query('DELETE FROM dataset_mention WHERE article_id = ANY($1::uuid[])', [ids]);
  await tx.query('DELETE FROM article_dataset_block WHERE article_id = ANY($1::uuid[])', [ids]);
  await tx.query('DELETE FROM article_dataset WHERE article_id = ANY($1::uuid[])', [ids]);
  await insertRows(
    tx,
    'article_mining',
    articles.map((article) => miningRow(article, version)),
    'update',
  );
  await insertRows(tx, 'article_dataset', articles.flatMap(datasetRows));
  await insertRows(tx, 'article_dataset_block', articles.flatMap(blockRows));
  await insertRows(tx, 'dataset_mention', articles.flatMap(mentionRows));
  await linkDatasets(tx, ids);
  await dueKeysOf(tx, ids);
  await countMentions(tx, articles);
}

function miningRow({ id, textHash, mined }: ReadArticle, version: string): object {
  return {
    articleId: id,
    textHash,
    version,
    stale: false,
    attributes: mined.attributes.slice(0, mostAttributes),
    cohort: mined.cohort ?? null,
  };
}

function datasetRows({ id, mined }: ReadArticle): readonly object[] {
  return mined.datasets.slice(0, mostDatasets).map((dataset, position) => ({
    articleId: id,
    position,
    key: storableText(dataset.key),
    name: storableText(dataset.name),
    acronym: dataset.acronym ?? null,
    entry: dataset.entry ?? null,
    identifiers: dataset.identifiers,
    role: dataset.role,
    roleScores: dataset.roleScores,
    confidence: dataset.confidence,
    mentionCount: dataset.mentions.length,
  }));
}

function blockRows({ id, mined }: ReadArticle): readonly object[] {
  return mined.datasets.slice(0, mostDatasets).flatMap((dataset, position) => {
    const mates = isIdentified(dataset.key) ? sentenceMates(mined, dataset.key).slice(0, 5) : [];
    return [...new Set([...blocksOf(dataset), ...mates])].map((block) => ({ block, articleId: id, position }));
  });
}

function mentionRows({ id, mined }: ReadArticle): readonly object[] {
  const places = new Map(mined.datasets.slice(0, mostDatasets).map(({ key }, place) => [key, place]));
  return mined.mentions.slice(0, mostMentions).flatMap((mention, position) => {
    const dataset = places.get(mention.dataset);
    if (dataset === undefined) return [];
    const { start, end, text, kind, section, sectionRole, sentence, rule, confidence } = mention;
    const place = { start, end, section, sentenceStart: sentence.start, sentenceEnd: sentence.end };
    return [
      { articleId: id, position, dataset, text, kind, ...place, sectionRole: sectionRole ?? null, rule, confidence },
    ];
  });
}

/** Which dataset of the catalog is meant: by the gazetteer's entry, or by what a steward decided of a candidate of that key. */
async function linkDatasets(tx: EntityManager, ids: readonly ArticleId[]): Promise<void> {
  await tx.query(
    `UPDATE article_dataset d SET dataset_id = coalesce(
       (SELECT g.dataset_id FROM gazetteer_entry g WHERE g.key = d.entry),
       (SELECT c.dataset_id FROM candidate_alias a JOIN dataset_candidate c ON c.id = a.candidate_id WHERE a.alias = d.key))
     WHERE d.article_id = ANY($1::uuid[])`,
    [ids],
  );
}

/** Candidates of these articles' keys are to be made anew. */
async function dueKeysOf(tx: EntityManager, ids: readonly ArticleId[]): Promise<void> {
  await tx.query(
    `INSERT INTO candidate_key_due (key) SELECT DISTINCT d.key FROM article_dataset d WHERE d.article_id = ANY($1::uuid[])
     ON CONFLICT (key) DO NOTHING`,
    [ids],
  );
}

/** The index knows whether an article names a dataset: where that changed, the article did. */
async function countMentions(tx: EntityManager, articles: readonly ReadArticle[]): Promise<void> {
  await tx.query(
    `UPDATE article a SET mention_count = n.count,
       revision = CASE WHEN (coalesce(a.mention_count, 0) > 0) = (n.count > 0) THEN a.revision ELSE nextval('article_revision') END
     FROM unnest($1::uuid[], $2::integer[]) AS n(id, count) WHERE a.id = n.id`,
    [articles.map(({ id }) => id), articles.map(({ mined }) => mined.mentions.length)],
  );
}
