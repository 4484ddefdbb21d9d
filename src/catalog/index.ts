export { type IntakeReport, intakeRecords, type RawRecord, type RecordIntake } from './intake-records.ts';
export { intakeRows, type RowIntake, retireSubjects } from './intake-rows.ts';
export { loadVocabulary } from './load-vocabulary.ts';
export type {
  Agent,
  Assessor,
  CountStatement,
  Dataset,
  DatasetOrder,
  DatasetParts,
  DatasetRelation,
  DatasetVersion,
  Distribution,
  ImagingSession,
  Properties,
  Publication,
  Resource,
  RowKind,
  RowOf,
  RowParent,
  RowQuery,
  Scan,
  Subject,
  Variable,
  VariableValue,
} from './model/dataset.ts';
export { type DatasetRecord, datasetRecordSchema } from './model/dataset-record.ts';
export type { ResourceTree, ScanTree, SessionTree, SubjectTree } from './model/row-tree.ts';
export type { AccessClass, DatasetStatus, SourceKind } from './model/terms.ts';
export type { Concept, License, Modality, Vocabulary } from './model/vocabulary.ts';
export { slugify } from './model/vocabulary.ts';
export type { DatasetWhere, ScanWhere, SessionWhere, SubjectWhere } from './model/where.ts';
export type { CatalogReader, RecordStore, Rejection, RowStore } from './ports.ts';
export {
  allCounts,
  datasetKey,
  headlineSubjects,
  heldCount,
  listDatasets,
  pageRequest,
  toCount,
} from './read-catalog.ts';
