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
  real,
  references,
  sequence,
  smallint,
  text,
  texts,
  uuid,
} from '../../../db/columns.ts';

const toDataset = { datasetId: ['dataset', 'CASCADE'] } as const;
/**
 * Every row says which source gave it and the hash of what that source said; a retired row is a tombstone. Foreign keys lead to the parent;
 * dataset and source of a row below a subject are the subject's own or were stored in the same transaction, and checking them for each
 * of a million rows would cost as much as storing them.
 */
const origin = { sourceId: smallint, sourceHash: bytes, retiredAt: nullable(instant) };
const toSource = { sourceId: ['source', 'RESTRICT'] } as const;
/**
 * What the best of the lower sources says of a row that a higher one owns: `{source, rank, hash, columns, empty}`, where `empty` names the
 * columns the owner leaves empty. Rows of which only one source speaks have none.
 */
const prior = nullable(json);
const ofPrior = { columns: ['datasetId'], where: 'prior IS NOT NULL' };

/** A person, animal or phantom of a dataset (XNAT subject, DICOM patient). */
export const subjectTable = new EntitySchema({
  name: 'subject',
  columns: {
    id,
    datasetId: uuid,
    label,
    sex: nullable(text),
    ageYears: nullable(real),
    diagnosis: nullable(text),
    subjectGroup: nullable(text),
    site: nullable(text),
    treeHash: nullable(bytes),
    ...origin,
  },
  foreignKeys: references({ ...toDataset, ...toSource }),
  uniques: [{ columns: ['datasetId', 'label'] }],
});

/**
 * What one source says of a subject. The subject's row is these folded by precedence, field by field: its `sourceId` is the
 * first source's, and a source that comes later fills what the others leave empty.
 */
export const subjectStatementTable = new EntitySchema({
  name: 'subject_statement',
  columns: {
    subjectId: key(uuid),
    sourceId: key(smallint),
    sex: nullable(text),
    ageYears: nullable(real),
    diagnosis: nullable(text),
    subjectGroup: nullable(text),
    site: nullable(text),
    sourceHash: bytes,
    receivedAt: now,
  },
  foreignKeys: references({ ...toSource, subjectId: ['subject', 'CASCADE'] }),
  indices: [{ columns: ['sourceId'] }],
});

/** One visit to a scanner (XNAT session, DICOM study). */
export const imagingSessionTable = new EntitySchema({
  name: 'imaging_session',
  columns: {
    id,
    datasetId: uuid,
    subjectId: uuid,
    label,
    studyInstanceUid: nullable(text),
    sessionDate: nullable(date),
    description: nullable(text),
    prior,
    ...origin,
  },
  foreignKeys: references({ subjectId: ['subject', 'CASCADE'] }),
  indices: [
    ofPrior,
    { columns: ['datasetId', 'label'] },
    { columns: ['subjectId', 'label'] },
    { columns: ['studyInstanceUid'] },
  ],
});

/** One acquisition or derived object (XNAT scan, DICOM series); `derivedBy` names the analysis that made it. */
export const scanTable = new EntitySchema({
  name: 'scan',
  columns: {
    id,
    datasetId: uuid,
    sessionId: uuid,
    label,
    seriesInstanceUid: nullable(text),
    modality: nullable(text),
    seriesDescription: nullable(text),
    seriesDate: nullable(date),
    bodyPart: nullable(text),
    manufacturer: nullable(text),
    manufacturerModelName: nullable(text),
    sopClassUid: nullable(text),
    instanceCount: nullable(integer),
    byteSize: nullable(bigint),
    licenseId: nullable(uuid),
    sourceDoi: nullable(text),
    derived: flag,
    derivedBy: nullable(text),
    prior,
    ...origin,
  },
  foreignKeys: references({
    sessionId: ['imaging_session', 'CASCADE'],
    licenseId: ['license', 'RESTRICT'],
  }),
  indices: [
    ofPrior,
    { columns: ['datasetId', 'label'] },
    { columns: ['sessionId', 'label'] },
    { columns: ['seriesInstanceUid'] },
  ],
});

/** A named set of files of a dataset, subject, session or scan (XNAT resource). */
export const resourceTable = new EntitySchema({
  name: 'resource',
  columns: {
    id,
    datasetId: uuid,
    subjectId: nullable(uuid),
    sessionId: nullable(uuid),
    scanId: nullable(uuid),
    label,
    format: nullable(text),
    fileCount: nullable(integer),
    byteSize: nullable(bigint),
    digest: nullable(text),
    ...origin,
  },
  foreignKeys: references({
    subjectId: ['subject', 'CASCADE'],
    sessionId: ['imaging_session', 'CASCADE'],
    scanId: ['scan', 'CASCADE'],
  }),
  indices: [
    { columns: ['subjectId'], where: 'subject_id IS NOT NULL' },
    { columns: ['sessionId'], where: 'session_id IS NOT NULL' },
    { columns: ['scanId'], where: 'scan_id IS NOT NULL' },
  ],
});

/**
 * A derived assessment of a session (XNAT assessor) or a record of a subject that is no imaging session (XNAT subject assessor), kept
 * whole in `content` when its type is unknown to us.
 */
export const assessorTable = new EntitySchema({
  name: 'assessor',
  columns: {
    id,
    datasetId: uuid,
    subjectId: nullable(uuid),
    sessionId: nullable(uuid),
    label,
    xsiType: text,
    assessedOn: nullable(date),
    content: nullable(json),
    ...origin,
  },
  foreignKeys: references({ subjectId: ['subject', 'CASCADE'], sessionId: ['imaging_session', 'CASCADE'] }),
  indices: [{ columns: ['sessionId', 'label'] }, { columns: ['subjectId', 'label'], where: 'subject_id IS NOT NULL' }],
  checks: [{ expression: 'num_nonnulls(subject_id, session_id) = 1' }],
});

/**
 * A subject (`SUBJECT`) or a session (`SESSION`) of one dataset that a source shows in another one, too (XNAT share): an edge, never a
 * copy. The item may come after the edge: an edge to nothing is not seen.
 */
export const shareEdgeTable = new EntitySchema({
  name: 'share_edge',
  columns: { datasetId: key(uuid), sourceId: key(smallint), itemId: key(uuid), itemKind: text, label },
  foreignKeys: references({ ...toDataset, ...toSource }),
  indices: [{ columns: ['itemId'] }],
});

/**
 * A measured or recorded property of subjects or sessions; `missingCodes` are written values that mean "no value",
 * `categories` is code → label, `categoryConcepts` is label → id of the concept it stands for.
 */
export const variableTable = new EntitySchema({
  name: 'variable',
  columns: {
    id,
    datasetId: uuid,
    position: integer,
    name: label,
    label: nullable(text),
    description: nullable(text),
    unit: nullable(text),
    type: text,
    minimum: nullable(real),
    maximum: nullable(real),
    missingCodes: texts,
    categories: nullable(json),
    categoryConcepts: nullable(json),
    conceptId: nullable(uuid),
    perSession: flag,
    sourceId: smallint,
  },
  foreignKeys: references({ ...toDataset, ...toSource, conceptId: ['concept', 'RESTRICT'] }),
  uniques: [{ columns: ['datasetId', 'name'] }],
});

/**
 * One value: `text` is what was written; `number` what it means where it is a number, `label` where it is a category, a day or
 * yes / no. A written code for "no value" is kept with `missing`; where nothing was written there is no row.
 */
export const valueTable = new EntitySchema({
  name: 'value',
  columns: {
    id: sequence,
    variableId: uuid,
    subjectId: uuid,
    sessionId: nullable(uuid),
    text: nullable(text),
    number: nullable(real),
    label: nullable(label),
    missing: flag,
    sourceId: smallint,
  },
  foreignKeys: references({
    ...toSource,
    variableId: ['variable', 'CASCADE'],
    subjectId: ['subject', 'CASCADE'],
    sessionId: ['imaging_session', 'CASCADE'],
  }),
  indices: [
    { columns: ['variableId', 'subjectId'], unique: true, where: 'session_id IS NULL' },
    { columns: ['variableId', 'subjectId', 'sessionId'], unique: true, where: 'session_id IS NOT NULL' },
    { columns: ['subjectId'] },
    { columns: ['sessionId'], where: 'session_id IS NOT NULL' },
    { columns: ['variableId', 'number'], where: 'number IS NOT NULL' },
    { columns: ['variableId', 'label'], where: 'label IS NOT NULL' },
  ],
});
