import type { EntityManager } from 'typeorm';
import type { ClusterInput } from '../discovery-model.ts';
import { assembleMined } from './read-mined.ts';

/** Steps from one dataset of an article to those that can be the same. */
const reach = 3;
const mostBlocks = 3_000;
/** Datasets of articles that are clustered together, the surest first: more evidence than that decides nothing. */
const mostDatasets = 4_000;

/** What articles say of the datasets that some keys stand for, and of all that could be the same. */
export async function connectedWith(
  tx: EntityManager,
  keys: readonly string[],
): Promise<{ readonly inputs: readonly ClusterInput[]; readonly keys: readonly string[] }> {
  const places = await placesOf(tx, await blocksNear(tx, keys));
  const at = [places.map(({ articleId }) => articleId), places.map(({ position }) => position)];
  const datasets: { key: string }[] = await tx.query(
    `SELECT d.article_id AS "articleId", d.position, d.key, d.name, d.acronym, d.entry, d.identifiers, d.role,
       d.role_scores AS "roleScores", d.confidence
     FROM unnest($1::uuid[], $2::integer[]) AS p(id, position)
     JOIN LATERAL (SELECT * FROM article_dataset x WHERE x.article_id = p.id AND x.position = p.position) AS d ON true
     ORDER BY d.article_id, d.position`,
    at,
  );
  const mentions: unknown[] = await tx.query(
    `SELECT m.article_id AS "articleId", m.dataset, m.start, m."end", m.text, m.kind, m.section, m.section_role AS "sectionRole",
       m.sentence_start AS "sentenceStart", m.sentence_end AS "sentenceEnd", m.rule, m.confidence
     FROM (SELECT p.id, array_agg(p.position) AS positions FROM unnest($1::uuid[], $2::integer[]) AS p(id, position) GROUP BY p.id) AS p
     JOIN LATERAL (SELECT * FROM dataset_mention x WHERE x.article_id = p.id AND x.dataset = ANY(p.positions)) AS m ON true
     ORDER BY m.article_id, m.position`,
    at,
  );
  const rest: unknown[] = await tx.query(
    `SELECT m.article_id AS "articleId", m.attributes, m.cohort FROM article_mining m WHERE m.article_id = ANY($1::uuid[])`,
    [[...new Set(places.map(({ articleId }) => articleId))]],
  );
  return {
    inputs: assembleMined({ datasets, mentions, rest }),
    keys: [...new Set(datasets.map(({ key }) => key))],
  };
}

async function blocksNear(tx: EntityManager, keys: readonly string[]): Promise<readonly string[]> {
  let blocks: readonly string[] = keys;
  for (let step = 0; step < reach; step += 1) {
    const rows: { block: string }[] = await tx.query(
      `SELECT DISTINCT near.block FROM unnest($1::text[]) AS asked(block)
       JOIN LATERAL (SELECT x.article_id, x.position FROM article_dataset_block x WHERE x.block = asked.block LIMIT 500) AS own ON true
       JOIN LATERAL (SELECT y.block FROM article_dataset_block y
         WHERE y.article_id = own.article_id AND y.position = own.position) AS near ON true
       LIMIT $2`,
      [blocks, mostBlocks],
    );
    const wider = [...new Set([...blocks, ...rows.map(({ block }) => block)])];
    if (wider.length === blocks.length) break;
    blocks = wider;
  }
  return blocks;
}

async function placesOf(
  tx: EntityManager,
  blocks: readonly string[],
): Promise<readonly { readonly articleId: string; readonly position: number }[]> {
  return await tx.query(
    `SELECT found.article_id AS "articleId", found.position FROM (
       SELECT DISTINCT b.article_id, b.position FROM article_dataset_block b WHERE b.block = ANY($1::text[])) AS found
     JOIN LATERAL (SELECT d.confidence FROM article_dataset d
       WHERE d.article_id = found.article_id AND d.position = found.position) AS d ON true
     ORDER BY d.confidence DESC, found.article_id, found.position LIMIT $2`,
    [blocks, mostDatasets],
  );
}
