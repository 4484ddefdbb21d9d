import { EntitySchema } from 'typeorm';
import {
  bigint,
  flag,
  id,
  instant,
  integer,
  json,
  key,
  label,
  now,
  nullable,
  real,
  references,
  smallint,
  text,
  texts,
  uuid,
  withDefault,
} from '../../db/columns.ts';

const ofArticle = { articleId: ['article', 'CASCADE'] } as const;

/** How far the articles were read: the revision up to which all were looked at. */
export const miningStateTable = new EntitySchema({
  name: 'mining_state',
  columns: { name: key(label), position: bigint },
});

/** The datasets that articles were read with, those of the catalog by slug: what differs says which articles to read again. */
export const gazetteerEntryTable = new EntitySchema({
  name: 'gazetteer_entry',
  columns: { key: key(label), hash: label, datasetId: nullable(uuid) },
});

/** That an article was read, as which text and by which miner, with what it says of its data beside their names. */
export const articleMiningTable = new EntitySchema({
  name: 'article_mining',
  columns: {
    articleId: key(uuid),
    textHash: label,
    version: label,
    stale: flag,
    attributes: json,
    cohort: nullable(json),
    minedAt: now,
  },
  foreignKeys: references(ofArticle),
  indices: [{ columns: ['articleId'], where: 'stale' }],
});

/** A dataset as one article tells it. */
export const articleDatasetTable = new EntitySchema({
  name: 'article_dataset',
  columns: {
    articleId: key(uuid),
    position: key(smallint),
    key: label,
    name: text,
    acronym: nullable(text),
    entry: nullable(label),
    datasetId: nullable(uuid),
    identifiers: texts,
    role: label,
    roleScores: json,
    confidence: real,
    mentionCount: integer,
  },
  foreignKeys: references({ ...ofArticle, datasetId: ['dataset', 'SET NULL'] }),
  indices: [{ columns: ['key'] }, { columns: ['datasetId', 'role'], where: 'dataset_id IS NOT NULL' }],
});

/** By what a dataset of one article and that of another can be the same: key, identifiers, acronym. */
export const articleDatasetBlockTable = new EntitySchema({
  name: 'article_dataset_block',
  columns: { block: key(label), articleId: key(uuid), position: key(smallint) },
  foreignKeys: references(ofArticle),
  indices: [{ columns: ['articleId', 'position'] }],
});

/** A place where an article names a dataset. Offsets are code points of the article's text. */
export const datasetMentionTable = new EntitySchema({
  name: 'dataset_mention',
  columns: {
    articleId: key(uuid),
    position: key(integer),
    dataset: smallint,
    start: integer,
    end: integer,
    text,
    kind: label,
    section: text,
    sectionRole: nullable(label),
    sentenceStart: integer,
    sentenceEnd: integer,
    rule: label,
    confidence: real,
  },
  foreignKeys: references(ofArticle),
});

/** Keys of datasets whose mentions changed since candidates were last made of them. */
export const candidateKeyDueTable = new EntitySchema({
  name: 'candidate_key_due',
  columns: { key: key(label), since: now },
});

/** A dataset that papers speak of and the catalog does not have, and what was decided of it. */
export const datasetCandidateTable = new EntitySchema({
  name: 'dataset_candidate',
  columns: {
    id,
    state: withDefault(label, 'OPEN'),
    title: text,
    acronym: nullable(text),
    fields: json,
    articleCount: integer,
    mentionCount: integer,
    score: real,
    similar: texts,
    datasetId: nullable(uuid),
    reason: nullable(text),
    decidedBy: nullable(uuid),
    decidedAt: nullable(instant),
    detail: nullable(json),
    version: withDefault(integer, 1),
    createdAt: now,
    updatedAt: now,
  },
  foreignKeys: references({ datasetId: ['dataset', 'SET NULL'] }),
  indices: [{ columns: ['state', 'score', 'id'] }, { columns: ['datasetId'] }],
});

/** Keys under which papers speak of a candidate. One that was decided keeps them, so that it does not come back. */
export const candidateAliasTable = new EntitySchema({
  name: 'candidate_alias',
  columns: { alias: key(label), candidateId: uuid },
  foreignKeys: references({ candidateId: ['dataset_candidate', 'CASCADE'] }),
  indices: [{ columns: ['candidateId'] }],
});
