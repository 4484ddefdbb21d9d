import { EntitySchema } from 'typeorm';
import {
  bigint,
  bytes,
  flag,
  id,
  instant,
  integer,
  json,
  key,
  label,
  now,
  nullable,
  references,
  smallint,
  text,
  texts,
  uuid,
  withDefault,
} from '../../db/columns.ts';

const ofArticle = { articleId: ['article', 'CASCADE'] } as const;

/**
 * An article as lists show it and filters test it: what its sources say, folded. `revision` rises with every change in the order of
 * commit: it is the outbox as well, and the version of the article's document in the index.
 */
export const articleTable = new EntitySchema({
  name: 'article',
  columns: {
    id,
    pmid: nullable(label),
    pmcid: nullable(label),
    /** Not unique: PubMed holds records of different PMIDs with one DOI. */
    doi: nullable(label),
    version: integer,
    title: text,
    abstract: nullable(text),
    journal: nullable(text),
    year: nullable(integer),
    published: nullable(text),
    publicationTypes: texts,
    languages: texts,
    /** Descriptor UIs. */
    mesh: texts,
    keywords: texts,
    license: nullable(text),
    fullText: flag,
    retracted: flag,
    /** Whether it says something of data: a data bank, or words such as `dataset` and `accession`. */
    dataCue: flag,
    /** Mentions of datasets that were found in it; undefined until it was read for them. */
    mentionCount: nullable(integer),
    revision: bigint,
    createdAt: now,
    changedAt: now,
  },
  indices: [
    { columns: ['pmid'], unique: true },
    { columns: ['pmcid'], unique: true },
    { columns: ['doi'] },
    { columns: ['revision'], unique: true },
  ],
});

/** What one source says of an article: its whole record, full text included. Compared by `hash`. */
export const articleSourceTable = new EntitySchema({
  name: 'article_source',
  columns: {
    articleId: key(uuid),
    source: key(label),
    sourceId: text,
    version: integer,
    hash: bytes,
    record: json,
  },
  foreignKeys: references(ofArticle),
});

/** Corrections, comments and retractions by the article they are about. */
export const articleNoticeTable = new EntitySchema({
  name: 'article_notice',
  columns: {
    articleId: key(uuid),
    position: key(smallint),
    kind: label,
    pmid: nullable(label),
    citation: nullable(text),
  },
  foreignKeys: references(ofArticle),
  indices: [{ columns: ['pmid', 'kind'] }],
});

/**
 * Articles that are no more: withdrawn by PubMed, or found to be the same as another. A tombstone keeps older versions of a withdrawn
 * one away; `mergedInto` leads from an old id to the one that holds.
 */
export const articleRemovalTable = new EntitySchema({
  name: 'article_removal',
  columns: {
    id,
    pmid: nullable(label),
    version: integer,
    mergedInto: nullable(uuid),
    revision: bigint,
    removedAt: now,
  },
  indices: [{ columns: ['pmid'] }, { columns: ['revision'], unique: true }, { columns: ['mergedInto'] }],
});

/** How far each file, or query of a service, was taken in: written in the transaction of its articles. */
export const articleFileTable = new EntitySchema({
  name: 'article_file',
  columns: {
    source: key(label),
    file: key(label),
    items: bigint,
    cursor: nullable(text),
    complete: flag,
    accepted: withDefault(bigint, 0),
    unchanged: withDefault(bigint, 0),
    deleted: withDefault(bigint, 0),
    rejected: withDefault(bigint, 0),
    updatedAt: now,
  },
});

/** Records that could not be read, with why; at most some hundred of a file are kept. */
export const articleRejectionTable = new EntitySchema({
  name: 'article_rejection',
  columns: { source: key(label), file: key(label), sourceId: key(label), error: text, rejectedAt: now },
});

/** Articles whose passages are to be encoded, or are (`doneAt`): the queue of the role embed, leased one by one. */
export const articleVectorTable = new EntitySchema({
  name: 'article_vector',
  columns: {
    articleId: key(uuid),
    reason: label,
    priority: smallint,
    attempts: withDefault(smallint, 0),
    leasedUntil: nullable(instant),
    error: nullable(text),
    doneAt: nullable(instant),
    requestedAt: now,
  },
  foreignKeys: references(ofArticle),
  indices: [{ columns: ['priority', 'articleId'], where: 'done_at IS NULL' }],
});

/** Vectors by encoder and text, shared by all processes: a cache, which may be emptied at any time. */
export const textVectorTable = new EntitySchema({
  name: 'text_vector',
  columns: { encoder: key(label), text: key(label), vector: bytes, createdAt: now },
});
