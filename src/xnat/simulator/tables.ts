import type { SimReply } from './exchange.ts';

/** A table of texts: what XNAT's lists are. */
export interface SimTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Absent when the list was paged. */
  readonly totalRecords?: number | undefined;
  readonly title?: string | undefined;
  /** Name of a frozen search. */
  readonly id?: string | undefined;
  /** Say the columns before the rows, as searches do. */
  readonly withColumns?: boolean | undefined;
}

/** The form a client asks for: `format=`, else the `Accept` header, else `fallback`. */
export function formatOf(query: ReadonlyMap<string, string>, accept: string | undefined, fallback: string): string {
  const asked = query.get('format')?.toLowerCase();
  if (asked !== undefined) return asked;
  if (accept?.includes('text/csv') === true) return 'csv';
  if (accept?.includes('application/json') === true) return 'json';
  if (accept?.includes('text/xml') === true || accept?.includes('application/xml') === true) return 'xml';
  return fallback;
}

/** Renders a table as JSON, CSV (every field quoted), XML or HTML. */
export function renderTable(table: SimTable, format: string): SimReply {
  switch (format) {
    case 'csv':
      return { status: 200, headers: { 'content-type': 'text/csv;charset=UTF-8' }, body: csv(table) };
    case 'xml':
      return { status: 200, headers: { 'content-type': 'text/xml;charset=UTF-8' }, body: xml(table) };
    case 'html':
      return { status: 200, headers: { 'content-type': 'text/html;charset=UTF-8' }, body: html(table) };
    default:
      return { status: 200, headers: { 'content-type': 'application/json;charset=UTF-8' }, body: resultSet(table) };
  }
}

/** Escapes text for XML content and attribute values. */
export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

const rowsPerPiece = 500;

function* pieces(table: SimTable, row: (cells: readonly string[], index: number) => string): Iterable<string> {
  for (let start = 0; start < table.rows.length; start += rowsPerPiece) {
    yield table.rows
      .slice(start, start + rowsPerPiece)
      .map((cells, offset) => row(cells, start + offset))
      .join('');
  }
}

function* resultSet(table: SimTable): Iterable<string> {
  const keys = table.columns.map((column) => `${JSON.stringify(column)}:`);
  yield '{"ResultSet":{';
  if (table.withColumns === true) yield `"Columns":${JSON.stringify(table.columns.map((key) => ({ key })))},`;
  yield '"Result":[';
  yield* pieces(table, (cells, index) => {
    const pairs = keys.map((key, column) => key + JSON.stringify(cells[column] ?? ''));
    return `${index === 0 ? '' : ','}{${pairs.join(',')}}`;
  });
  yield ']';
  if (table.id !== undefined) yield `,"ID":${JSON.stringify(table.id)}`;
  if (table.totalRecords !== undefined) yield `,"totalRecords":"${table.totalRecords}"`;
  if (table.title !== undefined) yield `,"title":${JSON.stringify(table.title)}`;
  yield '}}';
}

function* csv(table: SimTable): Iterable<string> {
  const line = (cells: readonly string[]): string =>
    `${cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')}\n`;
  yield line(table.columns);
  yield* pieces(table, line);
}

function* xml(table: SimTable): Iterable<string> {
  const total = table.totalRecords === undefined ? '' : ` totalRecords="${table.totalRecords}"`;
  yield `<?xml version="1.0" encoding="UTF-8"?>\n<ResultSet Title="${escapeXml(table.title ?? '')}"${total}><results><columns>`;
  yield table.columns.map((column) => `<column>${escapeXml(column)}</column>`).join('');
  yield '</columns><rows>';
  yield* pieces(table, (cells) => `<row>${cells.map((cell) => `<cell>${escapeXml(cell)}</cell>`).join('')}</row>`);
  yield '</rows></results></ResultSet>';
}

function* html(table: SimTable): Iterable<string> {
  yield `<html><body><table><tr>${table.columns.map((column) => `<th>${escapeXml(column)}</th>`).join('')}</tr>`;
  yield* pieces(table, (cells) => `<tr>${cells.map((cell) => `<td>${escapeXml(cell)}</td>`).join('')}</tr>`);
  yield '</table></body></html>';
}
