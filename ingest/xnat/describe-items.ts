import { cellOf, type ExperimentRow, type ResourceRow, type ScanRow, type SubjectRow } from '../../src/xnat/index.ts';
import type { AssessorDetail, ResourceDetail, ScanDetail, SessionDetail, SubjectDetail } from './item-detail.ts';
import type { DeclaredVariable } from './read-project.ts';

type Columns = Readonly<Record<string, string>>;

/** Demographics that become variables, by the names of XNAT's schema (xnat.xsd, demographicData). */
export const demographicNames = ['handedness', 'education', 'race', 'ethnicity', 'weight', 'height'] as const;

/** What a subject's row says; forms and files are asked for apart. */
export function describeSubject(
  row: SubjectRow,
  variables: readonly DeclaredVariable[],
): Omit<SubjectDetail, 'forms' | 'resources'> {
  const { columns } = row;
  return {
    type: 'subject',
    sex: cellOf(columns, 'gender'),
    age: cellOf(columns, 'age'),
    group: xpath(columns, 'xnat:subjectData/group'),
    demographics: Object.fromEntries(
      demographicNames.flatMap((name) => {
        const value = cellOf(columns, name) ?? xpath(columns, `xnat:demographicData/${name}`);
        return value === undefined ? [] : [[name, value]];
      }),
    ),
    fields: fieldsOf(columns, variables),
  };
}

/** What the rows of a session and of its scans say. */
export function describeSession(
  row: ExperimentRow,
  scans: readonly ScanRow[],
  variables: readonly DeclaredVariable[],
): Omit<SessionDetail, 'forms' | 'resources' | 'assessorResources'> {
  return {
    type: 'session',
    ...describeExperiment(row, variables),
    note: xpath(row.columns, 'xnat:experimentData/note'),
    modality: xpath(row.columns, 'xnat:imageSessionData/modality'),
    scans: scans.map(describeScan).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
  };
}

/** What the row of an assessor says. */
export function describeAssessor(
  row: ExperimentRow,
  variables: readonly DeclaredVariable[],
): Omit<AssessorDetail, 'forms' | 'resources' | 'whole'> {
  return { type: 'assessor', ...describeExperiment(row, variables) };
}

function describeExperiment(row: ExperimentRow, variables: readonly DeclaredVariable[]) {
  return {
    xsiType: row.xsiType,
    subjectLabel: row.subjectLabel,
    date: row.date,
    fields: fieldsOf(row.columns, variables),
  };
}

function describeScan({ id, type, uid, modality, seriesDescription, quality, note, columns }: ScanRow): ScanDetail {
  return {
    id,
    type,
    uid,
    modality,
    seriesDescription,
    quality,
    note,
    date: xpath(columns, 'xnat:imageScanData/start_date'),
    bodyPart: xpath(columns, 'xnat:imageScanData/bodyPartExamined'),
    manufacturer: xpath(columns, 'xnat:imageScanData/scanner/manufacturer'),
    model: xpath(columns, 'xnat:imageScanData/scanner/model'),
    resources: [],
  };
}

/** A resource as remembered. */
export function describeResource(row: ResourceRow): ResourceDetail {
  return {
    label: row.label ?? row.id,
    format: row.format,
    fileCount: row.fileCount,
    byteSize: row.byteSize,
  };
}

/** Values of the declared variables that have one here. */
function fieldsOf(columns: Columns, variables: readonly DeclaredVariable[]): Record<string, string> {
  return Object.fromEntries(
    variables.flatMap(({ name, column }) => {
      const value = xpath(columns, column);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** XPaths come back in lower case. */
function xpath(columns: Columns, path: string): string | undefined {
  return cellOf(columns, path.toLowerCase(), path);
}
