import { UpstreamContractError } from '../kernel/errors.ts';
import type { ExperimentRow, ProjectRow, ScanRow, SubjectRow } from './model.ts';
import {
  cellOf,
  countCell,
  missingColumns,
  parseResultSet,
  type ResultSet,
  type Row,
  requiredCell,
} from './parse-result-set.ts';
import { dataPath } from './paths.ts';
import type { QueryParameters, XnatServer } from './ports.ts';

/** Rows of a list, with what XNAT did not say. */
export interface Listing<T> {
  readonly rows: readonly T[];
  /** Asked for and silently dropped by the server: says nothing about the values. */
  readonly missingColumns: readonly string[];
  readonly totalRecords?: number | undefined;
}

/** Narrows a list on the server: short names or XPaths; comma is OR, `*` a wildcard, `A-B` a range (dates as MM/dd/yyyy). */
export type ListFilter = Readonly<Record<string, string>>;

/** One list request. */
export interface ListOptions {
  readonly columns?: readonly string[] | undefined;
  readonly filter?: ListFilter | undefined;
}

/** Sends a list request and hands the raw table back. Throws as XnatServer. */
export async function listTable(
  server: XnatServer,
  request: { readonly operation: string; readonly path: string; readonly query?: QueryParameters },
  signal: AbortSignal,
): Promise<ResultSet> {
  return server.send(
    {
      operation: request.operation,
      method: 'GET',
      path: request.path,
      query: { format: 'json', ...request.query },
      read: parseResultSet,
    },
    signal,
  );
}

/** Projects this account may see; with `accessible` only those whose data it may read. Not paged by XNAT. */
export async function listProjects(
  server: XnatServer,
  options: ListOptions & { readonly accessible?: boolean },
  signal: AbortSignal,
): Promise<Listing<ProjectRow>> {
  const query = { ...listQuery(options), ...(options.accessible === true ? { accessible: true } : {}) };
  const table = await listTable(server, { operation: 'projects.list', path: '/data/projects', query }, signal);
  return listing(table, options.columns, toProjectRow);
}

/** Subjects of a project in one request. */
export async function listSubjects(
  server: XnatServer,
  options: ListOptions & { readonly project: string },
  signal: AbortSignal,
): Promise<Listing<SubjectRow>> {
  const columns = withKeys(options.columns, ['ID', 'label', 'project']);
  const table = await listTable(
    server,
    {
      operation: 'subjects.list',
      path: dataPath('projects', options.project, 'subjects'),
      query: listQuery({ ...options, columns }),
    },
    signal,
  );
  return listing(table, columns, toSubjectRow);
}

/** Experiments of a project (or of the whole site) in one request; `xsiType` picks the root type, subtypes included. */
export async function listExperiments(
  server: XnatServer,
  options: ListOptions & { readonly project?: string; readonly xsiType?: string },
  signal: AbortSignal,
): Promise<Listing<ExperimentRow>> {
  const columns = withKeys(options.columns, experimentKeys);
  const query = { ...listQuery({ ...options, columns }), ...experimentScope(options) };
  const table = await listTable(server, { operation: 'experiments.list', path: '/data/experiments', query }, signal);
  return listing(table, columns, toExperimentRow);
}

/** Scan columns of the wide list; each comes back in lower case. */
export const scanColumns = {
  id: 'xnat:imageScanData/ID',
  type: 'xnat:imageScanData/type',
  quality: 'xnat:imageScanData/quality',
  note: 'xnat:imageScanData/note',
  seriesDescription: 'xnat:imageScanData/series_description',
  uid: 'xnat:imageScanData/UID',
  modality: 'xnat:imageScanData/modality',
  frames: 'xnat:imageScanData/frames',
} as const;

/**
 * Every scan of a project in one request: experiments joined with their scans (DAX and pyxnat ask the same way). Sessions
 * without a scan yield no row here.
 */
export async function listProjectScans(
  server: XnatServer,
  options: ListOptions & { readonly project: string },
  signal: AbortSignal,
): Promise<Listing<ScanRow>> {
  const columns = withKeys(options.columns, ['ID', ...Object.values(scanColumns)]);
  const query = {
    ...listQuery({ columns, filter: options.filter }),
    project: options.project,
    xsiType: 'xnat:imageSessionData',
  };
  const table = await listTable(server, { operation: 'scans.wide', path: '/data/experiments', query }, signal);
  const withScan = table.rows.filter((row) => cellOf(row, scanColumns.id.toLowerCase()) !== undefined);
  return listing({ ...table, rows: withScan }, columns, toWideScanRow);
}

/** Scans of one session. */
export async function listScans(
  server: XnatServer,
  options: ListOptions & { readonly experiment: string },
  signal: AbortSignal,
): Promise<Listing<ScanRow>> {
  const path = dataPath('experiments', options.experiment, 'scans');
  const table = await listTable(server, { operation: 'scans.list', path, query: listQuery(options) }, signal);
  return listing(table, options.columns, (row) => toScanRow(row, options.experiment));
}

/** Assessors of one session. */
export async function listAssessors(
  server: XnatServer,
  options: ListOptions & { readonly experiment: string },
  signal: AbortSignal,
): Promise<Listing<ExperimentRow>> {
  const path = dataPath('experiments', options.experiment, 'assessors');
  const columns = options.columns === undefined ? undefined : withKeys(options.columns, experimentKeys);
  const table = await listTable(
    server,
    { operation: 'assessors.list', path, query: listQuery({ ...options, columns }) },
    signal,
  );
  return listing(table, columns, toExperimentRow);
}

const experimentKeys = ['ID', 'label', 'project', 'xsiType', 'date', 'subject_ID', 'subject_label'] as const;

/** Scope parameters shared by plain and paged experiment lists. */
export function experimentScope(options: { readonly project?: string; readonly xsiType?: string }): QueryParameters {
  return {
    ...(options.project === undefined ? {} : { project: options.project }),
    ...(options.xsiType === undefined ? {} : { xsiType: options.xsiType }),
  };
}

/** Adds the columns a row cannot be understood without. */
export function withKeys(columns: readonly string[] | undefined, keys: readonly string[]): string[] {
  return [...new Set([...keys, ...(columns ?? [])])];
}

/** Columns and filter as query parameters. @throws UpstreamContractError never; names are passed as they are */
export function listQuery(options: ListOptions): QueryParameters {
  return {
    ...(options.columns === undefined ? {} : { columns: options.columns.join(',') }),
    ...options.filter,
  };
}

/** Reads a subject's row. @throws UpstreamContractError without ID */
export function toSubjectRow(row: Row): SubjectRow {
  const id = requiredCell(row, 'ID', 'subject');
  return {
    id,
    project: cellOf(row, 'project') ?? '',
    label: cellOf(row, 'label') ?? id,
    insertDate: cellOf(row, 'insert_date'),
    lastModified: cellOf(row, 'last_modified'),
    columns: row,
  };
}

/** Reads an experiment's row. @throws UpstreamContractError without ID */
export function toExperimentRow(row: Row): ExperimentRow {
  const id = requiredCell(row, 'ID', 'experiment');
  return {
    id,
    project: cellOf(row, 'project') ?? '',
    label: cellOf(row, 'label') ?? id,
    xsiType: cellOf(row, 'xsiType') ?? '',
    subjectId: cellOf(row, 'subject_ID', 'subject_id'),
    subjectLabel: cellOf(row, 'subject_label'),
    sessionId: cellOf(row, 'session_ID'),
    date: cellOf(row, 'date'),
    insertDate: cellOf(row, 'insert_date'),
    lastModified: cellOf(row, 'last_modified'),
    columns: row,
  };
}

function toProjectRow(row: Row): ProjectRow {
  return {
    id: requiredCell(row, 'ID', 'project'),
    secondaryId: cellOf(row, 'secondary_ID'),
    name: cellOf(row, 'name'),
    description: cellOf(row, 'description'),
    piFirstname: cellOf(row, 'pi_firstname'),
    piLastname: cellOf(row, 'pi_lastname'),
    columns: row,
  };
}

function toWideScanRow(row: Row): ScanRow {
  const scan = (column: string): string | undefined => cellOf(row, column.toLowerCase());
  const id = scan(scanColumns.id);
  if (id === undefined)
    throw new UpstreamContractError('XNAT listed a scan without an ID', { columns: Object.keys(row) });
  return {
    sessionId: requiredCell(row, 'ID', 'session'),
    id,
    type: scan(scanColumns.type),
    quality: scan(scanColumns.quality),
    note: scan(scanColumns.note),
    seriesDescription: scan(scanColumns.seriesDescription),
    uid: scan(scanColumns.uid),
    modality: scan(scanColumns.modality),
    frames: countCell(row, scanColumns.frames.toLowerCase()),
    columns: row,
  };
}

function toScanRow(row: Row, sessionId: string): ScanRow {
  return {
    sessionId,
    id: requiredCell(row, 'ID', 'scan'),
    xsiType: cellOf(row, 'xsiType'),
    type: cellOf(row, 'type'),
    quality: cellOf(row, 'quality'),
    note: cellOf(row, 'note'),
    seriesDescription: cellOf(row, 'series_description'),
    uid: cellOf(row, 'UID'),
    modality: cellOf(row, 'modality'),
    frames: countCell(row, 'frames'),
    columns: row,
  };
}

function listing<T>(table: ResultSet, asked: readonly string[] | undefined, read: (row: Row) => T): Listing<T> {
  return {
    rows: table.rows.map(read),
    missingColumns: asked === undefined ? [] : missingColumns(table.rows, asked),
    totalRecords: table.totalRecords,
  };
}
