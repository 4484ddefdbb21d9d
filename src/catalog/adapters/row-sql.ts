import type { RowKind, RowParent, RowTypes } from '../model/dataset.ts';
import type { TermExpansion } from '../model/term-expansion.ts';
import { hasValueField } from './value-sql.ts';
import {
  booleanField,
  choiceField,
  dateField,
  existsField,
  type FieldCompilers,
  numberField,
  termField,
  textField,
} from './where-sql.ts';

/** How one kind of row is read. `t` is the row, `d` its dataset, `src` its source. */
export interface RowSpec<K extends RowKind> {
  readonly table: string;
  readonly columns: string;
  /** Rows whose dataset's rows are hidden are hidden; variables describe the dataset and go with its record. */
  readonly visibility: 'rows' | 'record';
  readonly live: string;
  /** Sort column; the id breaks ties. */
  readonly order: { readonly column: string; readonly type: 'text' | 'int' };
  readonly parents: Partial<Record<RowParent['kind'], string>>;
  /** Column of `dataset` that counts the live rows, where one does. */
  readonly held?: string;
  readonly fields: (terms: TermExpansion) => FieldCompilers<RowTypes[K]['where']>;
}

const live = 't.retired_at IS NULL';
const byLabel = { column: 't.label', type: 'text' } as const;

const sessionScans = 'scan c WHERE c.session_id = t.id AND c.retired_at IS NULL';
const subjectScans =
  'scan c JOIN imaging_session e ON e.id = c.session_id WHERE e.subject_id = t.id AND c.retired_at IS NULL AND e.retired_at IS NULL';

function modalityOf(terms: TermExpansion, has: (keys: string) => string) {
  return termField((name, includeNarrower) => terms.modalityCodes(name, includeNarrower), has, 'text[]');
}

/** Every kind of row. */
export const rowSpecs: { readonly [K in RowKind]: RowSpec<K> } = {
  subject: {
    table: 'subject',
    columns: `t.id, t.dataset_id AS "datasetId", t.label, t.sex, t.age_years AS "ageYears", t.diagnosis, t.subject_group AS "group", t.site, src.name AS source`,
    visibility: 'rows',
    live,
    order: byLabel,
    parents: { dataset: 't.dataset_id' },
    held: 'held_subjects',
    fields: (terms) => ({
      label: textField('t.label'),
      sex: textField('t.sex'),
      ageYears: numberField('t.age_years'),
      diagnosis: textField('t.diagnosis'),
      group: textField('t.subject_group'),
      site: textField('t.site'),
      modality: modalityOf(terms, (keys) => `EXISTS (SELECT 1 FROM ${subjectScans} AND c.modality = ANY(${keys}))`),
      hasValue: hasValueField,
    }),
  },
  session: {
    table: 'imaging_session',
    columns: `t.id, t.dataset_id AS "datasetId", t.subject_id AS "subjectId", t.label, t.study_instance_uid AS "studyInstanceUid", t.session_date AS date, t.description, src.name AS source`,
    visibility: 'rows',
    live,
    order: byLabel,
    parents: { dataset: 't.dataset_id', subject: 't.subject_id' },
    held: 'held_sessions',
    fields: (terms) => ({
      label: textField('t.label'),
      studyInstanceUid: textField('t.study_instance_uid'),
      description: textField('t.description'),
      subject: existsField('subject p WHERE p.id = t.subject_id', 'p.label'),
      date: dateField('t.session_date'),
      modality: modalityOf(terms, (keys) => `EXISTS (SELECT 1 FROM ${sessionScans} AND c.modality = ANY(${keys}))`),
    }),
  },
  scan: {
    table: 'scan',
    columns: `t.id, t.dataset_id AS "datasetId", t.session_id AS "sessionId", t.label, t.series_instance_uid AS "seriesInstanceUid", t.modality,
      t.series_description AS "seriesDescription", t.series_date AS date, t.body_part AS "bodyPart", t.manufacturer,
      t.manufacturer_model_name AS "manufacturerModelName", t.sop_class_uid AS "sopClassUid", t.instance_count AS "instanceCount",
      t.byte_size AS "byteSize", t.license_id AS "licenseId", t.source_doi AS "sourceDoi", t.derived, t.derived_by AS "derivedBy", src.name AS source`,
    visibility: 'rows',
    live,
    order: byLabel,
    parents: { dataset: 't.dataset_id', session: 't.session_id' },
    held: 'held_scans',
    fields: (terms) => ({
      label: textField('t.label'),
      seriesInstanceUid: textField('t.series_instance_uid'),
      seriesDescription: textField('t.series_description'),
      modality: modalityOf(terms, (keys) => `t.modality = ANY(${keys})`),
      bodyPart: textField('t.body_part'),
      manufacturer: textField('t.manufacturer'),
      license: existsField('license l WHERE l.id = t.license_id', 'l.spdx_id', 'l.iri', 'l.label'),
      instanceCount: numberField('t.instance_count'),
      byteSize: numberField('t.byte_size'),
      subject: existsField(
        'imaging_session e JOIN subject p ON p.id = e.subject_id WHERE e.id = t.session_id',
        'p.label',
      ),
      derived: booleanField('t.derived'),
    }),
  },
  variable: {
    table: 'variable',
    columns: `t.id, t.dataset_id AS "datasetId", t.position, t.name, t.label, t.description, t.unit, t.type, t.minimum, t.maximum, t.missing_codes AS "missingCodes", t.categories, t.concept_id AS "conceptId", src.name AS source`,
    visibility: 'record',
    live: 'TRUE',
    order: { column: 't.position', type: 'int' },
    parents: { dataset: 't.dataset_id' },
    fields: (terms) => ({
      name: textField('t.name'),
      label: textField('t.label'),
      text: textField('t.name', 't.label', 't.description'),
      unit: textField('t.unit'),
      type: choiceField('t.type'),
      concept: termField(
        (name, includeNarrower) => terms.conceptIds(name, includeNarrower),
        (keys) => `t.concept_id = ANY(${keys})`,
        'uuid[]',
      ),
    }),
  },
  resource: {
    table: 'resource',
    columns: `t.id, t.label, t.format, t.file_count AS "fileCount", t.byte_size AS "byteSize", t.digest`,
    visibility: 'rows',
    live,
    order: byLabel,
    parents: { subject: 't.subject_id', session: 't.session_id', scan: 't.scan_id' },
    fields: () => ({}),
  },
  assessor: {
    table: 'assessor',
    columns: `t.id, t.label, t.xsi_type AS "xsiType", t.assessed_on AS date, t.content`,
    visibility: 'rows',
    live,
    order: byLabel,
    parents: { session: 't.session_id' },
    fields: () => ({}),
  },
};
