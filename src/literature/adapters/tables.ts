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
  real,
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

/** MeSH descriptors: those that articles name, and all of them once NLM's file was loaded. */
export const meshDescriptorTable = new EntitySchema({
  name: 'mesh_descriptor',
  columns: {
    ui: key(label),
    label: text,
    /** Entry terms. */
    synonyms: texts,
    /** Places in the tree, such as `C10.228.140.380.100`; empty while only articles told of it. */
    treeNumbers: texts,
    changedAt: now,
  },
  indices: [{ columns: ['changedAt'] }],
});

/**
 * What an expert asks of the literature, again and again. `linkedRevision` is how far it was compared with articles; empty when all are to be
 * compared anew. `matchCount` numbers its matches, in the order of commit.
 */
export const questionTable = new EntitySchema({
  name: 'question',
  columns: {
    id,
    ownerId: uuid,
    text,
    notes: nullable(text),
    shared: flag,
    where: { ...json, name: 'filter' },
    version: withDefault(integer, 1),
    linkedRevision: nullable(bigint),
    /** Counts edits and judgements: whoever began to link before the last one begins again. */
    changeCount: withDefault(integer, 0),
    matchCount: withDefault(bigint, 0),
    createdAt: now,
    updatedAt: now,
  },
  foreignKeys: references({ ownerId: ['principal', 'CASCADE'] }),
  indices: [{ columns: ['ownerId'] }, { columns: ['linkedRevision'] }],
});

/** Articles that answer a question, by likeness or by the expert's word. */
export const questionMatchTable = new EntitySchema({
  name: 'question_match',
  columns: {
    questionId: key(uuid),
    articleId: key(uuid),
    /** Place in the order in which they were found. */
    number: bigint,
    score: real,
    words: nullable(real),
    meaning: nullable(real),
    passage: nullable(text),
    matchedAt: now,
    /** `YES` or `NO`, by whom and when. */
    verdict: nullable(label),
    judgedBy: nullable(uuid),
    judgedAt: nullable(instant),
  },
  foreignKeys: references({
    questionId: ['question', 'CASCADE'],
    articleId: ['article', 'CASCADE'],
    judgedBy: ['principal', 'SET NULL'],
  }),
  indices: [
    { columns: ['questionId', 'number'], unique: true },
    { columns: ['questionId', 'score', 'articleId'] },
    { columns: ['articleId'] },
  ],
});
