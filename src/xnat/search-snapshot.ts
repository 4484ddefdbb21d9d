import { UpstreamContractError } from '../kernel/errors.ts';
import { listTable } from './list-items.ts';
import { parseResultSet, type Row } from './parse-result-set.ts';
import { dataPath } from './paths.ts';
import type { XnatServer } from './ports.ts';

/** A column of a search: a display field such as `SESSION_ID`, of a type. */
export interface SearchField {
  readonly type: string;
  readonly field: string;
}

/** A condition on an XPath or display field. */
export interface SearchCriterion {
  readonly schemaField: string;
  readonly comparison: '=' | '!=' | '<' | '<=' | '>' | '>=' | 'LIKE' | 'IN' | 'IS NULL' | 'IS NOT NULL';
  readonly value: string;
}

/** A search over one type; all criteria must hold. */
export interface SearchSpec {
  readonly rootType: string;
  readonly fields: readonly SearchField[];
  readonly criteria?: readonly SearchCriterion[] | undefined;
}

/** The `xdat:bundle` document that `POST /data/search` takes. Pure. */
export function buildSearchBundle(spec: SearchSpec): string {
  const fields = spec.fields.map(
    ({ type, field }, index) =>
      `<xdat:search_field><xdat:element_name>${escapeXml(type)}</xdat:element_name><xdat:field_ID>${escapeXml(field)}</xdat:field_ID>` +
      `<xdat:sequence>${index}</xdat:sequence><xdat:type>string</xdat:type><xdat:header>${escapeXml(field)}</xdat:header></xdat:search_field>`,
  );
  const criteria = (spec.criteria ?? []).map(
    ({ schemaField, comparison, value }) =>
      `<xdat:criteria override_value_formatting="0"><xdat:schema_field>${escapeXml(schemaField)}</xdat:schema_field>` +
      `<xdat:comparison_type>${escapeXml(comparison)}</xdat:comparison_type><xdat:value>${escapeXml(value)}</xdat:value></xdat:criteria>`,
  );
  return (
    '<xdat:bundle xmlns:xdat="http://nrg.wustl.edu/security" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"' +
    ` ID="@${escapeXml(spec.rootType)}" brief-description="" description="" allow-diff-columns="0" secure="false">` +
    `<xdat:root_element_name>${escapeXml(spec.rootType)}</xdat:root_element_name>${fields.join('')}` +
    (criteria.length === 0 ? '' : `<xdat:search_where method="AND">${criteria.join('')}</xdat:search_where>`) +
    '</xdat:bundle>'
  );
}

/** A view that the server froze: paging over it is consistent while the data change. */
export interface SearchSnapshot {
  readonly id: string;
  readonly rows: readonly Row[];
  readonly totalRecords?: number | undefined;
}

/** Runs a search; the server answers the rows and keeps them as a snapshot. Searching changes nothing, so it is retried. */
export async function openSearch(server: XnatServer, spec: SearchSpec, signal: AbortSignal): Promise<SearchSnapshot> {
  const table = await server.send(
    {
      operation: 'search.open',
      method: 'POST',
      path: '/data/search',
      query: { format: 'json' },
      body: { kind: 'text', contentType: 'text/xml', text: buildSearchBundle(spec) },
      idempotent: true,
      read: parseResultSet,
    },
    signal,
  );
  if (table.snapshotId === undefined)
    throw new UpstreamContractError('XNAT answered a search without naming its snapshot');
  return { id: table.snapshotId, rows: table.rows, totalRecords: table.totalRecords };
}

/** A page of a snapshot. */
export interface SnapshotPage {
  readonly snapshotId: string;
  readonly offset: number;
  readonly limit: number;
  readonly sortBy?: string | undefined;
  readonly sortOrder?: 'ASC' | 'DESC' | undefined;
}

/** Rows of one page; empty past the end. @throws NotFoundError when the server has dropped the snapshot */
export async function readSnapshotPage(
  server: XnatServer,
  page: SnapshotPage,
  signal: AbortSignal,
): Promise<readonly Row[]> {
  const { snapshotId, ...query } = page;
  const table = await listTable(
    server,
    { operation: 'search.page', path: dataPath('search', snapshotId), query },
    signal,
  );
  return table.rows;
}

/** Walks a snapshot to its empty page. */
export async function* pageSnapshot(
  server: XnatServer,
  options: { readonly snapshotId: string; readonly pageSize: number; readonly sortBy?: string },
  signal: AbortSignal,
): AsyncIterable<readonly Row[]> {
  for (let offset = 0; ; offset += options.pageSize) {
    const page = { snapshotId: options.snapshotId, offset, limit: options.pageSize, sortBy: options.sortBy };
    const rows = await readSnapshotPage(server, page, signal);
    if (rows.length === 0) return;
    yield rows;
  }
}

/** Searchable types of this server (`/data/search/elements`). */
export async function listSearchElements(
  server: XnatServer,
  signal: AbortSignal,
): Promise<readonly { readonly name: string; readonly count?: number | undefined }[]> {
  const table = await listTable(server, { operation: 'search.elements', path: '/data/search/elements' }, signal);
  return table.rows.flatMap((row) => {
    const name = row['ELEMENT_NAME'];
    const count = Number(row['COUNT']);
    return name === undefined ? [] : [{ name, count: Number.isInteger(count) ? count : undefined }];
  });
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] ?? sign);
}
