import { UpstreamContractError } from '../kernel/errors.ts';
import {
  experimentScope,
  listExperiments,
  listQuery,
  listSubjects,
  listTable,
  toExperimentRow,
  toSubjectRow,
  withKeys,
} from './list-items.ts';
import type { ExperimentRow, SubjectRow } from './model.ts';
import { type Row, requiredCell } from './parse-result-set.ts';
import { dataPath } from './paths.ts';
import type { QueryParameters, XnatServer } from './ports.ts';

/** How a long list is read in pages. */
export interface PageOptions {
  readonly columns?: readonly string[] | undefined;
  readonly filter?: Readonly<Record<string, string>> | undefined;
  /** Rows per page; default 1000. */
  readonly pageSize?: number | undefined;
}

interface PagedSource {
  readonly operation: string;
  readonly path: string;
  readonly query: QueryParameters;
  readonly pageSize: number;
}

/** What a confirmed read found. */
export interface ConfirmedRows<T> {
  readonly rows: readonly T[];
  /** Rows seen on more than one page. */
  readonly repeated: number;
  /** Ids that the pages skipped and that were then asked for by name. */
  readonly recovered: readonly string[];
  /** Ids seen on a page and gone at the sweep: deleted, unshared or hidden meanwhile. */
  readonly vanished: readonly string[];
}

/**
 * Experiments page by page up to the EMPTY page. XNAT cuts pages without an order and removes forbidden rows after the cut,
 * so a short page is not the end, and pages may overlap or skip: rows are de-duplicated by ID here, skips are found by
 * `readExperimentsConfirmed`.
 */
export async function* pageExperiments(
  server: XnatServer,
  options: PageOptions & { readonly project?: string; readonly xsiType?: string },
  signal: AbortSignal,
): AsyncIterable<readonly ExperimentRow[]> {
  const columns = withKeys(options.columns, [
    'ID',
    'label',
    'project',
    'xsiType',
    'date',
    'subject_ID',
    'subject_label',
  ]);
  const source = {
    operation: 'experiments.page',
    path: '/data/experiments',
    query: { ...listQuery({ columns, filter: options.filter }), ...experimentScope(options) },
    pageSize: options.pageSize ?? 1000,
  };
  for await (const page of pages(server, source, signal)) yield page.map(toExperimentRow);
}

/** Subjects of a project page by page, as pageExperiments. */
export async function* pageSubjects(
  server: XnatServer,
  options: PageOptions & { readonly project: string },
  signal: AbortSignal,
): AsyncIterable<readonly SubjectRow[]> {
  const columns = withKeys(options.columns, ['ID', 'label', 'project']);
  const source = {
    operation: 'subjects.page',
    path: dataPath('projects', options.project, 'subjects'),
    query: listQuery({ columns, filter: options.filter }),
    pageSize: options.pageSize ?? 1000,
  };
  for await (const page of pages(server, source, signal)) yield page.map(toSubjectRow);
}

/** Every experiment ID in one unpaged request: what exists and is visible now. */
export async function sweepExperimentIds(
  server: XnatServer,
  options: { readonly project?: string; readonly xsiType?: string },
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  return sweep(server, 'experiments.sweep', '/data/experiments', experimentScope(options), signal);
}

/** Every subject ID of a project in one unpaged request. */
export async function sweepSubjectIds(
  server: XnatServer,
  options: { readonly project: string },
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  return sweep(server, 'subjects.sweep', dataPath('projects', options.project, 'subjects'), {}, signal);
}

/**
 * Reads experiments in pages and confirms them with an ID sweep: skipped ones are fetched by ID, vanished ones named and
 * left out. What is returned was visible at the time of the sweep.
 */
export async function readExperimentsConfirmed(
  server: XnatServer,
  options: PageOptions & { readonly project?: string; readonly xsiType?: string },
  signal: AbortSignal,
): Promise<ConfirmedRows<ExperimentRow>> {
  return confirm({
    pages: () => pageExperiments(server, options, signal),
    byIds: async (ids) =>
      (await listExperiments(server, { ...options, filter: { ...options.filter, ID: ids } }, signal)).rows,
    sweep: () => sweepExperimentIds(server, options, signal),
  });
}

/** The same for the subjects of a project. */
export async function readSubjectsConfirmed(
  server: XnatServer,
  options: PageOptions & { readonly project: string },
  signal: AbortSignal,
): Promise<ConfirmedRows<SubjectRow>> {
  return confirm({
    pages: () => pageSubjects(server, options, signal),
    byIds: async (ids) =>
      (await listSubjects(server, { ...options, filter: { ...options.filter, ID: ids } }, signal)).rows,
    sweep: () => sweepSubjectIds(server, options, signal),
  });
}

async function sweep(
  server: XnatServer,
  operation: string,
  path: string,
  scope: QueryParameters,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const table = await listTable(server, { operation, path, query: { ...scope, columns: 'ID' } }, signal);
  const ids = new Set(table.rows.map((row) => requiredCell(row, 'ID', 'item')));
  if (table.totalRecords !== undefined && table.totalRecords !== table.rows.length) {
    throw new UpstreamContractError(`XNAT promised ${table.totalRecords} rows and sent ${table.rows.length}`, {
      operation,
    });
  }
  return ids;
}

/** A server that repeats one page for ever is stopped after this many pages without a new row. */
const maxBarrenPages = 20;

async function* pages(server: XnatServer, source: PagedSource, signal: AbortSignal): AsyncIterable<readonly Row[]> {
  let barren = 0;
  const seen = new Set<string>();
  for (let offset = 0; ; offset += source.pageSize) {
    const query = { ...source.query, limit: source.pageSize, offset };
    const { rows } = await listTable(server, { operation: source.operation, path: source.path, query }, signal);
    if (rows.length === 0) return;
    const fresh = rows.some((row) => !seen.has(requiredCell(row, 'ID', 'item')));
    for (const row of rows) seen.add(requiredCell(row, 'ID', 'item'));
    barren = fresh ? 0 : barren + 1;
    if (barren > maxBarrenPages) {
      throw new UpstreamContractError('XNAT repeats the same page: it does not seem to page this list', {
        path: source.path,
      });
    }
    yield rows;
  }
}

/** Ids asked for by name in one request; keeps the query string below common limits. */
const recoverBatch = 100;

interface ConfirmedReads<T> {
  readonly pages: () => AsyncIterable<readonly T[]>;
  /** Unpaged, so that nothing can be skipped a second time. @param ids - comma-separated */
  readonly byIds: (ids: string) => Promise<readonly T[]>;
  readonly sweep: () => Promise<ReadonlySet<string>>;
}

async function confirm<T extends { readonly id: string }>(reads: ConfirmedReads<T>): Promise<ConfirmedRows<T>> {
  const found = new Map<string, T>();
  let repeated = 0;
  for await (const page of reads.pages()) {
    for (const row of page) {
      if (found.has(row.id)) repeated += 1;
      found.set(row.id, row);
    }
  }
  const alive = await reads.sweep();
  const skipped = [...alive].filter((id) => !found.has(id));
  for (let start = 0; start < skipped.length; start += recoverBatch) {
    const batch = skipped.slice(start, start + recoverBatch).join(',');
    for (const row of await reads.byIds(batch)) found.set(row.id, row);
  }
  const vanished = [...found.keys()].filter((id) => !alive.has(id));
  for (const id of vanished) found.delete(id);
  return { rows: [...found.values()], repeated, recovered: skipped.filter((id) => found.has(id)), vanished };
}
