import { z } from 'zod';
import { UpstreamContractError } from '../kernel/errors.ts';
import { checkShape, parseJson } from './parse-json.ts';
import type { TextReply } from './ports.ts';

/** One row as XNAT sends it: null arrives as an empty string, numbers as text; a column may be missing altogether. */
export type Row = Readonly<Record<string, string>>;

/** The answer to a list request. */
export interface ResultSet {
  readonly rows: readonly Row[];
  /** Absent when the request was paged: then only an empty page tells the end. */
  readonly totalRecords?: number;
  /** Name of the server's frozen view; only after a search. */
  readonly snapshotId?: string;
}

const cell = z
  .union([z.string(), z.number(), z.boolean(), z.null()])
  .transform((value) => (value === null ? '' : String(value)));
const schema = z.object({
  ResultSet: z.object({
    Result: z.array(z.record(z.string(), cell)),
    totalRecords: z.union([z.string(), z.number()]).optional(),
    ID: z.string().optional(),
  }),
});

/**
 * Reads XNAT's table form (`{"ResultSet":{"Result":[…],"totalRecords":"N"}}`).
 * @throws UpstreamContractError when it is some other JSON; BrokenAnswerError or UnauthenticatedError as parseJson
 */
export function parseResultSet(reply: TextReply): ResultSet {
  const { ResultSet: table } = checkShape(schema, parseJson(reply), 'a list');
  const total = table.totalRecords === undefined ? undefined : Number(table.totalRecords);
  return {
    rows: table.Result,
    ...(total !== undefined && Number.isInteger(total) ? { totalRecords: total } : {}),
    ...(table.ID === undefined ? {} : { snapshotId: table.ID }),
  };
}

/** A cell's text, or undefined where it is null (empty) or the column is missing. */
export function cellOf(row: Row, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = row[name];
    if (value !== undefined && value !== '') return value;
  }
  return undefined;
}

/** A cell that must be there. @throws UpstreamContractError */
export function requiredCell(row: Row, name: string, what: string): string {
  const value = cellOf(row, name);
  if (value === undefined) {
    throw new UpstreamContractError(`XNAT listed a ${what} without ${name}`, {
      what,
      column: name,
      columns: Object.keys(row),
    });
  }
  return value;
}

/** A cell as a whole number ≥ 0; undefined when empty, missing or not one. */
export function countCell(row: Row, name: string): number | undefined {
  const text = cellOf(row, name);
  if (text === undefined || !/^\d+(\.0+)?$/.test(text)) return undefined;
  return Number(text);
}

/**
 * Columns that were asked for and that no row has. XNAT drops a column it does not know without a word, so an absent column
 * says nothing about the value. Names come back as asked (short names) or in lower case (XPaths).
 */
export function missingColumns(rows: readonly Row[], asked: readonly string[]): string[] {
  if (rows.length === 0) return [];
  return asked.filter((column) => !rows.some((row) => column in row || column.toLowerCase() in row));
}
