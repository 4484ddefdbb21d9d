import { NotFoundError } from '../../src/kernel/errors.ts';
import {
  cellOf,
  type ExperimentRow,
  listExperiments,
  listProjectScans,
  listSubjects,
  type Row,
  readItem,
  type ScanRow,
  type SubjectRow,
  valueAt,
  type XnatServer,
} from '../../src/xnat/index.ts';

/** Values of an item that is there. */
export interface HeldValues {
  /** A value by its path below the type; undefined where the item has none. */
  readonly read: (path: string) => string | undefined;
  /** Whether the server shows values of that path at all; of one it hides, nothing can be said. */
  readonly shows: (path: string) => boolean;
}

/** A scan of the project. */
export interface HeldScan extends HeldValues {
  readonly id: string;
  readonly uid?: string | undefined;
}

/** A session of the project with its scans. */
export interface HeldSession extends HeldValues {
  readonly label: string;
  readonly xsiType: string;
  readonly uid?: string | undefined;
  readonly scans: readonly HeldScan[];
}

/** A subject of the project with its sessions. */
export interface HeldSubject extends HeldValues {
  readonly label: string;
  readonly sessions: readonly HeldSession[];
}

/** Paths of a session and of a scan that are compared, as far as the server has the columns. */
const sessionPaths = ['UID', 'date', 'modality', 'note', 'acquisition_site'];
const scanPaths = [
  'ID',
  'type',
  'UID',
  'series_description',
  'modality',
  'frames',
  'note',
  'start_date',
  'scanner/manufacturer',
  'scanner/model',
  'bodyPartExamined',
];
const sessionColumn = (path: string): string => `xnat:imageSessionData/${path}`;
const scanColumn = (path: string): string => `xnat:imageScanData/${path}`;

/**
 * The subjects of these labels that a project holds, with all below them: three wide lists for the lot, and one request for each
 * subject whose values are compared, because lists do not show custom variables.
 * @param labels - a few dozen: they travel in the address
 */
export async function readHeld(
  server: XnatServer,
  wanted: { readonly project: string; readonly labels: readonly string[]; readonly withValues: ReadonlySet<string> },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, HeldSubject>> {
  const { project, labels } = wanted;
  const filter = { label: labels.join(',') };
  const subjects = await listSubjects(server, { project, filter }, signal);
  // A server that knows no such filter answers with everything.
  const known = subjects.rows.filter((row) => labels.includes(row.label));
  if (known.length === 0) return new Map();
  const below = { project, subjectIds: known.map((row) => row.id) };
  const sessions = await readSessions(server, below, signal);
  const held = new Map<string, HeldSubject>();
  for (const row of known) {
    const read = wanted.withValues.has(row.label) ? await readValues(server, row, signal) : () => undefined;
    held.set(row.label, { label: row.label, read, shows: () => true, sessions: sessions.get(row.id) ?? [] });
  }
  return held;
}

async function readValues(server: XnatServer, row: SubjectRow, signal: AbortSignal): Promise<HeldValues['read']> {
  try {
    const item = await readItem(server, { subject: row.id }, signal);
    return (path) => valueAt(item, path);
  } catch (error) {
    if (error instanceof NotFoundError) return () => undefined; // deleted since it was listed
    throw error;
  }
}

interface Below {
  readonly project: string;
  readonly subjectIds: readonly string[];
}

async function readSessions(
  server: XnatServer,
  { project, subjectIds }: Below,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly HeldSession[]>> {
  const filter = { 'xnat:subjectAssessorData/subject_ID': subjectIds.join(',') };
  const asked = { project, xsiType: 'xnat:imageSessionData', filter };
  const sessions = await listExperiments(server, { ...asked, columns: sessionPaths.map(sessionColumn) }, signal);
  const scans = await listProjectScans(server, { project, filter, columns: scanPaths.map(scanColumn) }, signal);
  const sessionValues = valuesOf(sessionColumn, sessions.missingColumns);
  const scanValues = valuesOf(scanColumn, scans.missingColumns);
  const bySession = Map.groupBy(scans.rows, (row) => row.sessionId);
  const bySubject = Map.groupBy(sessions.rows, (row) => row.subjectId ?? '');
  const heldScan = (row: ScanRow): HeldScan => ({ id: row.id, uid: row.uid, ...scanValues(row.columns) });
  const heldSession = ({ id, label, xsiType, columns }: ExperimentRow): HeldSession => {
    const values = sessionValues(columns);
    return { label, xsiType, uid: values.read('UID'), ...values, scans: (bySession.get(id) ?? []).map(heldScan) };
  };
  return new Map([...bySubject].map(([id, rows]) => [id, rows.map(heldSession)]));
}

/** XPath columns come back in lower case; a column the server does not know is dropped from the list without a word. */
function valuesOf(column: (path: string) => string, missing: readonly string[]): (columns: Row) => HeldValues {
  const hidden = new Set(missing);
  const shows = (path: string): boolean => !hidden.has(column(path));
  return (columns) => ({ read: (path) => cellOf(columns, column(path).toLowerCase()), shows });
}
