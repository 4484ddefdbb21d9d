import type { ReadScope } from '../../access/index.ts';
import type { Dataset, DatasetOrder, Properties } from '../model/dataset.ts';
import type { TermExpansion } from '../model/term-expansion.ts';
import type { DatasetWhere } from '../model/where.ts';
import { type Cells, Columns } from './columns.ts';
import { recordVisible, rowsVisible } from './scope-sql.ts';
import type { SqlParameters } from './sql-parameters.ts';
import {
  all,
  booleanField,
  choiceField,
  compileWhere,
  existsField,
  type FieldCompilers,
  numberField,
  termField,
  textField,
} from './where-sql.ts';

/** A dataset as it is read: what is held, in a column for each number. */
export interface DatasetRow extends Omit<Dataset, 'held'> {
  readonly heldSubjects: number;
  readonly heldSessions: number;
  readonly heldScans: number;
  readonly heldBytes: number;
}

const heldColumns = ['heldSubjects', 'heldSessions', 'heldScans', 'heldBytes'];

/** The condition under which a reader sees the rows of `d`, to be put in where the columns name it. */
const rowsVisibleMark = '/* rows visible */';
const held = (column: string): string => `CASE WHEN ${rowsVisibleMark} THEN d.${column} ELSE 0 END`;

const allColumns = new Columns<DatasetRow>({
  id: 'd.id',
  slug: 'd.slug',
  title: 'd.title',
  acronym: 'd.acronym',
  alternativeTitles: 'd.alternative_titles',
  description: 'd.description',
  keywords: 'd.keywords',
  status: 'd.status',
  accessClass: 'd.access_class',
  accessNote: 'd.access_note',
  accessUrl: 'd.access_url',
  dataUseTerms: 'd.data_use_terms',
  licenseId: 'd.license_id',
  publisherId: 'd.publisher_id',
  landingPage: 'd.landing_page',
  year: 'd.issued_year',
  species: 'd.species',
  simulated: 'd.simulated',
  unconfirmed: 'd.unconfirmed',
  version: 'd.version',
  publishedVersion: 'd.published_version',
  withdrawnReason: 'd.withdrawn_reason',
  withdrawnAt: 'd.withdrawn_at',
  rowsVisible: rowsVisibleMark,
  heldSubjects: held('held_subjects'),
  heldSessions: held('held_sessions'),
  heldScans: held('held_scans'),
  heldBytes: held('held_bytes'),
  rowsUpdatedAt: `CASE WHEN ${rowsVisibleMark} THEN d.rows_updated_at END`,
  createdAt: 'd.created_at',
  updatedAt: 'd.updated_at',
});

/** Columns of a dataset as one reader may see them; held rows count as zero where the reader may not see rows. */
export function datasetColumns(
  properties: Properties | undefined,
  scope: ReadScope,
  parameters: SqlParameters,
): { readonly sql: string; readonly read: (cells: Cells) => Dataset } {
  const names = properties?.names.includes('held') ? [...properties.names, ...heldColumns] : properties?.names;
  const columns = allColumns.pick(names === undefined ? undefined : { names, key: names.join(' ') });
  const sql = columns.sql.includes(rowsVisibleMark)
    ? columns.sql.replaceAll(rowsVisibleMark, rowsVisible(scope, parameters))
    : columns.sql;
  return {
    sql,
    read: (cells) => {
      const row = columns.read(cells);
      const { heldSubjects: subjects, heldSessions: sessions, heldScans: scans, heldBytes: bytes } = row;
      return Object.assign(row, { held: { subjects, sessions, scans, bytes } });
    },
  };
}

/** The headline number of subjects of `d` for a scope: the statement marked so, the rows the reader may see, any statement. */
export function subjectCount(scope: ReadScope, parameters: SqlParameters): string {
  return `coalesce(d.headline_subjects, CASE WHEN ${rowsVisible(scope, parameters)} THEN nullif(d.held_subjects, 0) END, d.stated_subjects)`;
}

/** The condition that dataset `d` is visible and passes a filter; withdrawn ones are listed only where `status` is asked about. */
export function datasetCondition(
  where: DatasetWhere,
  scope: ReadScope,
  terms: TermExpansion,
  parameters: SqlParameters,
): string {
  const withdrawn = mentionsStatus(where) ? 'TRUE' : `d.status <> 'WITHDRAWN'`;
  return all([
    recordVisible(scope, parameters),
    withdrawn,
    compileWhere(where, datasetFields(scope, terms), parameters),
  ]);
}

function datasetFields(scope: ReadScope, terms: TermExpansion): FieldCompilers<DatasetWhere> {
  const concept = (role: string) =>
    termField(
      (name, includeNarrower) => terms.conceptIds(name, includeNarrower),
      (keys) =>
        `EXISTS (SELECT 1 FROM dataset_concept x WHERE x.dataset_id = d.id AND x.role = '${role}' AND x.concept_id = ANY(${keys}))`,
      'uuid[]',
    );
  return {
    slug: textField('d.slug'),
    title: existsField(`unnest(d.alternative_titles || d.title || d.acronym) AS t(title) WHERE TRUE`, 't.title'),
    description: textField('d.description'),
    status: choiceField('d.status'),
    accessClass: choiceField('d.access_class'),
    license: existsField(
      `license l WHERE (l.id = d.license_id OR l.id IN (SELECT p.license_id FROM distribution p WHERE p.dataset_id = d.id))`,
      'l.spdx_id',
      'l.iri',
      'l.label',
    ),
    condition: concept('CONDITION'),
    bodyPart: concept('BODY_PART'),
    modality: termField(
      (name, includeNarrower) => terms.modalityCodes(name, includeNarrower),
      (keys) =>
        `EXISTS (SELECT 1 FROM dataset_modality x WHERE x.dataset_id = d.id AND x.modality_code = ANY(${keys}))`,
      'text[]',
    ),
    keyword: existsField('unnest(d.keywords) AS k(keyword) WHERE TRUE', 'k.keyword'),
    subjectCount: numberField((parameters) => subjectCount(scope, parameters)),
    year: numberField('d.issued_year'),
    hasVariable: existsField('variable v WHERE v.dataset_id = d.id', 'v.name', 'v.label'),
    source: existsField((parameters) => sourcesOf(rowsVisible(scope, parameters)), 's.name'),
    identifier: existsField('identifier i WHERE i.dataset_id = d.id', 'i.value', 'i.iri'),
    publisher: existsField('agent a WHERE a.id = d.publisher_id', 'a.name'),
    species: textField('d.species'),
    simulated: booleanField('d.simulated'),
  };
}

/** Sources that described `d` or gave rows of it; the latter only where the reader may see rows. */
export function sourcesOf(visible: string): string {
  const gaveRows = ['subject', 'imaging_session']
    .map(
      (table) =>
        `EXISTS (SELECT 1 FROM ${table} t WHERE t.dataset_id = d.id AND t.source_id = s.id AND t.retired_at IS NULL)`,
    )
    .join(' OR ');
  return `source s WHERE (s.id IN (SELECT r.source_id FROM dataset_source_record r WHERE r.dataset_id = d.id) OR (${visible} AND (${gaveRows})))`;
}

function mentionsStatus(where: DatasetWhere): boolean {
  return (
    where.status?.eq !== undefined ||
    where.status?.in !== undefined ||
    [...(where.and ?? []), ...(where.or ?? []), ...(where.not ? [where.not] : [])].some(mentionsStatus)
  );
}

/** The expression that datasets are ordered by; records without a value come last whichever the direction. */
export function orderExpression(order: DatasetOrder, scope: ReadScope, parameters: SqlParameters): string {
  const last = order.direction === 'ASC' ? '9e15' : '-1';
  switch (order.field) {
    case 'TITLE':
      return `lower(d.title) COLLATE "C"`;
    case 'SLUG':
      return 'd.slug';
    case 'CREATED_AT':
      return '(extract(epoch FROM d.created_at) * 1000000)::double precision';
    case 'UPDATED_AT':
      return '(extract(epoch FROM d.updated_at) * 1000000)::double precision';
    case 'SUBJECT_COUNT':
      return `coalesce(${subjectCount(scope, parameters)}, ${last})::double precision`;
    case 'YEAR':
      return `coalesce(d.issued_year, ${last})::double precision`;
  }
}
