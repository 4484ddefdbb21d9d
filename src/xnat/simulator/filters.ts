import type { Column, RowContext } from './columns.ts';
import { SimError } from './exchange.ts';
import { wildcardTest } from './wildcard.ts';

/** Query parameters that are never filters. */
const reserved = new Set([
  'format',
  'columns',
  'limit',
  'offset',
  'sortBy',
  'sortOrder',
  'xsiType',
  'accessible',
  'owner',
  'member',
  'collaborator',
  'permissions',
  'allDataOverride',
  'dataAccess',
  'prefs',
  'restrict',
  'file_stats',
  'all',
  'guest',
  'inbody',
  'req_format',
  'XNAT_CSRF',
]);

/** Narrows rows by every query parameter that names a column: comma is OR, `*` a wildcard, `A-B` a range of numbers or dates. */
export function buildFilter(
  query: ReadonlyMap<string, string>,
  resolve: (name: string) => Column | undefined,
): (row: RowContext) => boolean {
  const tests = [...query]
    .filter(([name]) => !reserved.has(name))
    .flatMap(([name, wanted]) => {
      const column = resolve(name);
      if (column === undefined) return [];
      const accepts = wanted.split(',').map((part) => acceptor(column, part.trim()));
      return [(row: RowContext) => accepts.some((accept) => accept(column.cell(row)))];
    });
  return (row) => tests.every((test) => test(row));
}

function acceptor(column: Column, wanted: string): (cell: string) => boolean {
  if (column.kind === 'text') {
    if (!/[*%]/.test(wanted)) return (cell) => cell === wanted;
    return wildcardTest(wanted, '*%');
  }
  const cut = wanted.indexOf('-', 1);
  const [low, high] = cut < 0 ? [wanted, wanted] : [wanted.slice(0, cut), wanted.slice(cut + 1)];
  const read = column.kind === 'number' ? Number : readDate;
  const [from, to] = [read(low), read(high)];
  // XNAT cuts at the first "-", so an ISO date falls apart and its SQL fails.
  if (Number.isNaN(from) || Number.isNaN(to)) throw new SimError(500, `Unparseable value: "${wanted}"`);
  return (cell) => {
    const value = column.kind === 'number' ? Number(cell) : Date.parse(`${cell.slice(0, 10)}T00:00:00Z`);
    return cell !== '' && value >= from && value <= to;
  };
}

function readDate(text: string): number {
  const [, month = '', day = '', year = ''] = /^(\d{1,2})\/(\d{1,2})\/(\d{4})$/.exec(text.trim()) ?? [];
  return Date.parse(`${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}T00:00:00Z`);
}
