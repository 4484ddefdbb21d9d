import { hash } from 'node:crypto';
import { naturalId } from '../../kernel/ids.ts';
import { type Cell, copyLine } from './copy-text.ts';
import type { AssessorTree, ResourceTree, ScanTree, SessionTree, SubjectTree, ValueTree } from './row-tree.ts';
import { variableIdOf } from './variable-record.ts';

/** A row ready for storage, with the hash of what the source said. */
export interface FlatRow {
  readonly id: string;
  /** 16 bytes, hex. */
  readonly hash: string;
  /** Columns as in {@link rowColumns}, as COPY takes them: read back by `readCopyLine` where they are needed one by one. */
  readonly line: string;
  readonly byteSize: number;
}

/** Tables of rows, parents before children. */
export const rowTables = ['subject', 'imaging_session', 'scan', 'resource', 'assessor'] as const;
export type RowTable = (typeof rowTables)[number];

/** Columns of each table, in the order of {@link FlatRow.line}; id, dataset, source and hash come on top. */
export const rowColumns: Readonly<Record<RowTable, readonly string[]>> = {
  subject: ['label', 'sex', 'age_years', 'diagnosis', 'subject_group', 'site', 'tree_hash'],
  imaging_session: ['subject_id', 'label', 'study_instance_uid', 'session_date', 'description'],
  scan: [
    'session_id',
    'label',
    'series_instance_uid',
    'modality',
    'series_description',
    'series_date',
    'body_part',
    'manufacturer',
    'manufacturer_model_name',
    'sop_class_uid',
    'instance_count',
    'byte_size',
    'license_id',
    'source_doi',
    'derived',
    'derived_by',
  ],
  resource: ['subject_id', 'session_id', 'scan_id', 'label', 'format', 'file_count', 'byte_size', 'digest'],
  assessor: ['subject_id', 'session_id', 'label', 'xsi_type', 'assessed_on', 'content'],
};

/** The rows of some subjects, by table. */
export type RowLayout = Readonly<Record<RowTable, readonly FlatRow[]>>;

/** All values that a source gives of one subject, or of one of its sessions. */
export interface ValueSet {
  readonly subjectId: string;
  /** Absent where they are the subject's own. */
  readonly sessionId?: string;
  readonly values: readonly {
    readonly variableId: string;
    readonly text: string;
    readonly number: number | null;
    readonly label: string | null;
    readonly missing: boolean;
  }[];
}

/** Lays the values of subject trees out as rows; subjects and sessions about whose values the source is silent are left out. */
export function layOutValues(
  datasetId: string,
  trees: readonly Pick<SubjectTree, 'label' | 'values' | 'sessions'>[],
): readonly ValueSet[] {
  const sets: ValueSet[] = [];
  for (const { label, values, sessions } of trees) {
    const subjectId = subjectRowId(datasetId, label);
    if (values !== undefined) sets.push({ subjectId, values: valueRows(datasetId, values) });
    for (const session of sessions) {
      if (session.values === undefined) continue;
      const sessionId = sessionIdOf(datasetId, subjectId, session);
      sets.push({ subjectId, sessionId, values: valueRows(datasetId, session.values) });
    }
  }
  return sets;
}

function valueRows(datasetId: string, values: readonly ValueTree[]): ValueSet['values'] {
  return values.map(({ variable, text, number, label, missing }) => ({
    variableId: variableIdOf(datasetId, variable),
    text,
    number: number ?? null,
    label: label ?? null,
    missing,
  }));
}

/**
 * Lays subject trees out as rows. Ids follow from identity, so that the same scan from any source is one row: DICOM UIDs where
 * there are some, else labels within the parent.
 * @param licenseId - the id of the licence of this name
 */
export function layOutRows(
  datasetId: string,
  trees: readonly SubjectTree[],
  licenseId: (name: string) => string,
): RowLayout {
  const rows: Record<RowTable, FlatRow[]> = { subject: [], imaging_session: [], scan: [], resource: [], assessor: [] };
  const addResources = (owner: string, place: number, resources: readonly ResourceTree[]): void => {
    for (const item of resources) {
      const owners = [0, 1, 2].map((index) => (index === place ? owner : null));
      rows.resource.push(
        flatRow(
          naturalId('resource', owner, item.label),
          [
            ...owners,
            item.label,
            item.format ?? null,
            item.fileCount ?? null,
            item.byteSize ?? null,
            item.digest ?? null,
          ],
          item.byteSize,
        ),
      );
    }
  };
  const addAssessors = (owner: string, place: number, assessors: readonly AssessorTree[]): void => {
    for (const item of assessors) {
      const owners = [0, 1].map((index) => (index === place ? owner : null));
      const content = item.content === undefined ? null : JSON.stringify(item.content);
      const cells = [...owners, item.label, item.xsiType, item.date ?? null, content];
      rows.assessor.push(flatRow(naturalId('assessor', owner, item.label), cells));
    }
  };
  for (const subject of trees) {
    const subjectId = subjectRowId(datasetId, subject.label);
    rows.subject.push(subjectRow(subjectId, subject));
    addAssessors(subjectId, 0, subject.assessors ?? []);
    addResources(subjectId, 0, subject.resources);
    for (const session of subject.sessions) {
      const sessionId = sessionIdOf(datasetId, subjectId, session);
      rows.imaging_session.push(
        flatRow(sessionId, [
          subjectId,
          session.label,
          session.studyInstanceUid ?? null,
          session.date ?? null,
          session.description ?? null,
        ]),
      );
      addResources(sessionId, 1, session.resources);
      addAssessors(sessionId, 1, session.assessors);
      for (const scan of session.scans) {
        const scanId = scanIdOf(datasetId, sessionId, scan);
        rows.scan.push(scanRow(scanId, sessionId, scan, licenseId));
        addResources(scanId, 2, scan.resources);
      }
    }
  }
  return rows;
}

/** Several layouts as one. */
export function joinLayouts(layouts: readonly RowLayout[]): RowLayout {
  const all = (table: RowTable): readonly FlatRow[] => layouts.flatMap((layout) => layout[table]);
  return {
    subject: all('subject'),
    imaging_session: all('imaging_session'),
    scan: all('scan'),
    resource: all('resource'),
    assessor: all('assessor'),
  };
}

/** The id of a subject's row: (dataset, PatientID or XNAT label). */
export function subjectRowId(datasetId: string, label: string): string {
  return naturalId('subject', datasetId, label);
}

/** The id of a session's row: (dataset, StudyInstanceUID) where there is one, else (subject, label). */
export function sessionRowId(
  datasetId: string,
  subjectLabel: string,
  session: Pick<SessionTree, 'label' | 'studyInstanceUid'>,
): string {
  return sessionIdOf(datasetId, subjectRowId(datasetId, subjectLabel), session);
}

function sessionIdOf(
  datasetId: string,
  subjectId: string,
  session: Pick<SessionTree, 'label' | 'studyInstanceUid'>,
): string {
  return session.studyInstanceUid === undefined
    ? naturalId('session', subjectId, session.label)
    : naturalId('session', datasetId, session.studyInstanceUid);
}

function scanIdOf(datasetId: string, sessionId: string, scan: ScanTree): string {
  return scan.seriesInstanceUid === undefined
    ? naturalId('scan', sessionId, scan.label)
    : naturalId('scan', datasetId, scan.seriesInstanceUid);
}

function subjectRow(id: string, subject: SubjectTree): FlatRow {
  const { label, sex, ageYears, diagnosis, group, site, treeHash } = subject;
  return flatRow(id, [
    label,
    sex ?? null,
    ageYears ?? null,
    diagnosis ?? null,
    group ?? null,
    site ?? null,
    treeHash === undefined ? null : `\\x${treeHash}`,
  ]);
}

function scanRow(id: string, sessionId: string, scan: ScanTree, licenseId: (name: string) => string): FlatRow {
  const cells = [
    sessionId,
    scan.label,
    scan.seriesInstanceUid ?? null,
    scan.modality ?? null,
    scan.seriesDescription ?? null,
    scan.date ?? null,
    scan.bodyPart ?? null,
    scan.manufacturer ?? null,
    scan.manufacturerModelName ?? null,
    scan.sopClassUid ?? null,
    scan.instanceCount ?? null,
    scan.byteSize ?? null,
    scan.license === undefined ? null : licenseId(scan.license),
    scan.sourceDoi ?? null,
    scan.derived,
    scan.derivedBy ?? null,
  ];
  return flatRow(id, cells, scan.byteSize);
}

function flatRow(id: string, cells: readonly Cell[], byteSize = 0): FlatRow {
  const line = copyLine(cells);
  return { id, hash: hash('md5', line, 'hex'), line, byteSize };
}
