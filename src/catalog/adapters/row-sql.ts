import type {
  Assessor,
  ImagingSession,
  Resource,
  RowKind,
  RowOf,
  RowParent,
  RowTypes,
  Scan,
  Subject,
  Variable,
} from '../model/dataset.ts';
import type { TermExpansion } from '../model/term-expansion.ts';
import { Columns } from './columns.ts';
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
  readonly columns: Columns<RowOf<K>>;
  /** Rows whose dataset's rows are hidden are hidden; variables describe the dataset and go with its record. */
  readonly visibility: 'rows' | 'record';
  readonly live: string;
  /** Sort column and its property; the id breaks ties. */
  readonly order: { readonly column: string; readonly property: 'label' | 'position'; readonly type: 'text' | 'int' };
  readonly parents: Partial<Record<RowParent['kind'], string>>;
  /** Column of `dataset` that counts the live rows, where one does. */
  readonly held?: string;
  readonly fields: (terms: TermExpansion) => FieldCompilers<RowTypes[K]['where']>;
}

const live = 't.retired_at IS NULL';
const byLabel = { column: 't.label', property: 'label', type: 'text' } as const;

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
    columns: new Columns<Subject>({
      id: 't.id',
      datasetId: 't.dataset_id',
      label: 't.label',
      sex: 't.sex',
      ageYears: 't.age_years',
      diagnosis: 't.diagnosis',
      group: 't.subject_group',
      site: 't.site',
      source: 'src.name',
    }),
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
    columns: new Columns<ImagingSession>({
      id: 't.id',
      datasetId: 't.dataset_id',
      subjectId: 't.subject_id',
      label: 't.label',
      studyInstanceUid: 't.study_instance_uid',
      date: 't.session_date',
      description: 't.description',
      source: 'src.name',
    }),
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
    columns: new Columns<Scan>({
      id: 't.id',
      datasetId: 't.dataset_id',
      sessionId: 't.session_id',
      label: 't.label',
      seriesInstanceUid: 't.series_instance_uid',
      modality: 't.modality',
      seriesDescription: 't.series_description',
      date: 't.series_date',
      bodyPart: 't.body_part',
      manufacturer: 't.manufacturer',
      manufacturerModelName: 't.manufacturer_model_name',
      sopClassUid: 't.sop_class_uid',
      instanceCount: 't.instance_count',
      byteSize: 't.byte_size',
      licenseId: 't.license_id',
      sourceDoi: 't.source_doi',
      derived: 't.derived',
      derivedBy: 't.derived_by',
      source: 'src.name',
    }),
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
    columns: new Columns<Variable>({
      id: 't.id',
      datasetId: 't.dataset_id',
      position: 't.position',
      name: 't.name',
      label: 't.label',
      description: 't.description',
      unit: 't.unit',
      type: 't.type',
      minimum: 't.minimum',
      maximum: 't.maximum',
      missingCodes: 't.missing_codes',
      categories: 't.categories',
      perSession: 't.per_session',
      conceptId: 't.concept_id',
      source: 'src.name',
    }),
    visibility: 'record',
    live: 'TRUE',
    order: { column: 't.position', property: 'position', type: 'int' },
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
    columns: new Columns<Resource>({
      id: 't.id',
      label: 't.label',
      format: 't.format',
      fileCount: 't.file_count',
      byteSize: 't.byte_size',
      digest: 't.digest',
    }),
    visibility: 'rows',
    live,
    order: byLabel,
    parents: { subject: 't.subject_id', session: 't.session_id', scan: 't.scan_id' },
    fields: () => ({}),
  },
  assessor: {
    table: 'assessor',
    columns: new Columns<Assessor>({
      id: 't.id',
      label: 't.label',
      xsiType: 't.xsi_type',
      date: 't.assessed_on',
      content: 't.content',
    }),
    visibility: 'rows',
    live,
    order: byLabel,
    parents: { subject: 't.subject_id', session: 't.session_id' },
    fields: () => ({}),
  },
};
