import { EntitySchema } from 'typeorm';
import {
  bigint,
  bytes,
  date,
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
  sequence,
  smallint,
  text,
  texts,
  uuid,
  withDefault,
} from '../../../db/columns.ts';

const ofDataset = { datasetId: ['dataset', 'CASCADE'] } as const;

/**
 * The merged record of a dataset: what its sources say, folded by precedence. `version` counts edits (optimistic lock);
 * `heldSubjects` … count the live rows this catalog holds, kept in step by intake.
 */
export const datasetTable = new EntitySchema({
  name: 'dataset',
  columns: {
    id,
    slug: { ...label, unique: true },
    title: text,
    acronym: nullable(text),
    alternativeTitles: texts,
    description: text,
    keywords: texts,
    status: text,
    accessClass: text,
    accessNote: nullable(text),
    accessUrl: nullable(text),
    dataUseTerms: texts,
    licenseId: nullable(uuid),
    publisherId: nullable(uuid),
    landingPage: nullable(text),
    issuedYear: nullable(integer),
    species: nullable(text),
    simulated: flag,
    unconfirmed: withDefault(json, '[]'),
    version: withDefault(integer, 1),
    publishedVersion: nullable(integer),
    withdrawnReason: nullable(text),
    withdrawnAt: nullable(instant),
    /** The source at whose word the dataset went back to DRAFT; stays when a steward publishes it nevertheless. */
    withheldSourceId: nullable(smallint),
    headlineSubjects: nullable(bigint),
    statedSubjects: nullable(bigint),
    heldSubjects: withDefault(bigint, 0),
    heldSessions: withDefault(bigint, 0),
    heldScans: withDefault(bigint, 0),
    heldBytes: withDefault(bigint, 0),
    rowsUpdatedAt: nullable(instant),
    createdAt: now,
    updatedAt: now,
  },
  foreignKeys: references({
    licenseId: ['license', 'RESTRICT'],
    publisherId: ['agent', 'RESTRICT'],
    withheldSourceId: ['source', 'RESTRICT'],
  }),
  indices: [
    { columns: ['status'] },
    { columns: ['title', 'id'] },
    { columns: ['acronym'] },
    { columns: ['updatedAt', 'id'] },
    // GIN, which TypeORM cannot say: its migration makes it.
    { name: 'dataset_alternative_titles', columns: ['alternativeTitles'], synchronize: false },
  ],
});

/** An immutable snapshot per publication: `snapshot` is the whole record as published, `sha256` of its canonical JSON. */
export const datasetVersionTable = new EntitySchema({
  name: 'dataset_version',
  columns: {
    id,
    datasetId: uuid,
    number: integer,
    snapshot: json,
    sha256: text,
    publishedAt: now,
    publishedBy: nullable(text),
  },
  foreignKeys: references({ datasetId: ['dataset', 'RESTRICT'] }),
  uniques: [{ columns: ['datasetId', 'number'] }],
});

/** What one source said about a dataset, whole; a rejected update leaves `payload` at the last good one. */
export const datasetSourceRecordTable = new EntitySchema({
  name: 'dataset_source_record',
  columns: {
    id: sequence,
    datasetId: nullable(uuid),
    sourceId: smallint,
    sourceRecordId: text,
    payload: nullable(json),
    hash: nullable(bytes),
    receivedAt: now,
    rejection: nullable(json),
    rejectedAt: nullable(instant),
  },
  foreignKeys: references({ ...ofDataset, sourceId: ['source', 'RESTRICT'] }),
  uniques: [{ columns: ['sourceId', 'sourceRecordId'] }],
  indices: [{ columns: ['datasetId'] }],
});

/** Which source filled which field of a dataset. */
export const fieldOriginTable = new EntitySchema({
  name: 'field_origin',
  columns: { datasetId: key(uuid), field: key(text), sourceId: smallint, sourceRecordId: text, recordedAt: now },
  foreignKeys: references({ ...ofDataset, sourceId: ['source', 'RESTRICT'] }),
});

export const datasetAgentTable = new EntitySchema({
  name: 'dataset_creator',
  columns: { datasetId: key(uuid), position: key(integer), agentId: uuid },
  foreignKeys: references({ ...ofDataset, agentId: ['agent', 'RESTRICT'] }),
  indices: [{ columns: ['agentId'] }],
});

/** Conditions (role CONDITION) and anatomy (role BODY_PART) of a dataset. */
export const datasetConceptTable = new EntitySchema({
  name: 'dataset_concept',
  columns: { datasetId: key(uuid), role: key(text), position: key(integer), conceptId: uuid },
  foreignKeys: references({ ...ofDataset, conceptId: ['concept', 'RESTRICT'] }),
  indices: [{ columns: ['conceptId', 'role'] }],
});

export const datasetModalityTable = new EntitySchema({
  name: 'dataset_modality',
  columns: { datasetId: key(uuid), position: key(integer), modalityCode: text },
  foreignKeys: references({ ...ofDataset, modalityCode: ['modality', 'RESTRICT'] }),
  indices: [{ columns: ['modalityCode'] }],
});

export const datasetPublicationTable = new EntitySchema({
  name: 'dataset_publication',
  columns: { datasetId: key(uuid), position: key(integer), publicationId: uuid, role: text },
  foreignKeys: references({ ...ofDataset, publicationId: ['publication', 'RESTRICT'] }),
});

/** A way to get (a part of) the data (dcat:Distribution), with its own licence. */
export const distributionTable = new EntitySchema({
  name: 'distribution',
  columns: {
    id: sequence,
    datasetId: uuid,
    position: integer,
    title: text,
    description: nullable(text),
    accessUrl: text,
    downloadUrl: nullable(text),
    mediaType: nullable(text),
    format: nullable(text),
    byteSize: nullable(bigint),
    licenseId: nullable(uuid),
    accessNote: nullable(text),
  },
  foreignKeys: references({ ...ofDataset, licenseId: ['license', 'RESTRICT'] }),
  indices: [{ columns: ['datasetId', 'position'] }],
});

export const identifierTable = new EntitySchema({
  name: 'identifier',
  columns: { datasetId: key(uuid), position: key(integer), scheme: text, value: text, iri: nullable(text) },
  foreignKeys: references(ofDataset),
  // A hash, whose entries may be of any length, where an IRI may be longer than a page of a tree takes: its migration makes it.
  indices: [{ columns: ['value'] }, { name: 'identifier_iri', columns: ['iri'], synchronize: false }],
});

/** A relation to another record here (`targetId`, filled when that record exists) or elsewhere (`targetIri`). */
export const datasetRelationTable = new EntitySchema({
  name: 'dataset_relation',
  columns: {
    datasetId: key(uuid),
    position: key(integer),
    type: text,
    targetSlug: nullable(text),
    targetIri: nullable(text),
    label: nullable(text),
  },
  foreignKeys: references(ofDataset),
  indices: [{ columns: ['targetSlug'] }],
});

/** A number somebody stated: where sources disagree, every statement stays. */
export const datasetCountTable = new EntitySchema({
  name: 'dataset_count',
  columns: {
    datasetId: key(uuid),
    position: key(integer),
    measure: text,
    value: bigint,
    qualifier: text,
    unit: nullable(text),
    asOf: nullable(date),
    source: text,
    note: nullable(text),
    confirmed: flag,
    headline: flag,
  },
  foreignKeys: references(ofDataset),
});

/** Transactional outbox: one event per dataset and committed batch, ids in the order of commit. */
export const catalogEventTable = new EntitySchema({
  name: 'catalog_event',
  columns: { id: sequence, datasetId: uuid, type: text, payload: withDefault(json, '{}'), createdAt: now },
  indices: [{ columns: ['datasetId'] }],
});
