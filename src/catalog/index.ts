export { createDataset } from './create-dataset.ts';
export type { Curator } from './curation.ts';
export { draftProposal, type RecordProposal } from './draft-proposal.ts';
export { addConcept, editConcept, retireConcept } from './edit-vocabulary.ts';
export { type ImportReport, importSubjects } from './import-subjects.ts';
export { type IntakeReport, intakeRecords, type RawRecord, type RecordIntake } from './intake-records.ts';
export { intakeRows, intakeTombstones, type RowIntake, retireSubjects } from './intake-rows.ts';
export { intakeShares, type ShareIntake } from './intake-shares.ts';
export { intakeVariables, type VariableIntake, type VariableReport } from './intake-variables.ts';
export { type ConflictReads, listConflicts } from './list-conflicts.ts';
export { listVocabulary } from './list-vocabulary.ts';
export { loadVocabulary } from './load-vocabulary.ts';
export { type Cell, copyLine } from './model/copy-text.ts';
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
  VariableSummary,
  VariableValue,
} from './model/dataset.ts';
export { type DatasetRecord, datasetRecordSchema } from './model/dataset-record.ts';
export type { FieldConflict, OverruledValue } from './model/find-conflicts.ts';
export { sessionRowId, subjectRowId } from './model/lay-out-rows.ts';
export type { SourcedStatement } from './model/merge-records.ts';
export type { AssessorTree, ResourceTree, ScanTree, SessionTree, SubjectTree, ValueTree } from './model/row-tree.ts';
export type { Share, ShareEdge, ShareReport } from './model/share.ts';
export { type EditableField, editableFields } from './model/steward-edit.ts';
export { isStorable, isStorableJson, storableText } from './model/storable-text.ts';
export {
  type AccessClass,
  type DatasetStatus,
  type SourceKind,
  type VariableType,
  variableTypes,
} from './model/terms.ts';
export {
  type DatasetFacet,
  datasetFacets,
  type NamedQuery,
  type NameSuggestion,
  type NumberField,
  type NumberHistogram,
  type NumberHistogramQuery,
  type ValueCountQuery,
  type ValueCounts,
} from './model/value-counts.ts';
export type { VariableRecord } from './model/variable-record.ts';
export type { Concept, License, Modality, Vocabulary } from './model/vocabulary.ts';
export { publicVocabulary, slugify } from './model/vocabulary.ts';
export type { DatasetWhere, ScanWhere, SessionWhere, SubjectWhere, VariableWhere } from './model/where.ts';
export type { CatalogReader, RecordStore, Rejection, ValueOwners } from './ports.ts';
export { publishDataset } from './publish-dataset.ts';
export {
  allCounts,
  datasetKey,
  headlineSubjects,
  heldCount,
  listDatasets,
  pageRequest,
  toCount,
} from './read-catalog.ts';
export { type RecordRetirement, type RetirementReport, retireRecords } from './retire-records.ts';
export type { RowStore } from './row-ports.ts';
export { submitDataset } from './submit-dataset.ts';
export { updateDataset } from './update-dataset.ts';
export { withdrawDataset } from './withdraw-dataset.ts';
export { type Withholding, withholdDataset } from './withhold-dataset.ts';
