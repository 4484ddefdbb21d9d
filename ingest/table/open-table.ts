import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { streamXlsxRows } from 'hucre/xlsx';
import { InvalidInputError, messageOf } from '../../src/kernel/errors.ts';
import { trimCell } from '../kit/read-cell.ts';
import { nameColumns, openDelimited, type Table, type TableLine } from '../kit/read-delimited.ts';

/** How a table file is read; what is left out is found out from the file. */
export interface TableOptions {
  readonly delimiter?: string;
  readonly encoding?: string;
  /** Worksheet of an Excel file, by name; the first one when left out. */
  readonly sheet?: string;
}

/**
 * Opens a table: Excel (.xlsx, told by its first bytes), CSV or TSV.
 * @throws InvalidInputError when the file cannot be read or has no header
 */
export async function openTable(path: string, options: TableOptions = {}): Promise<Table> {
  return (await isZip(path)) ? await openWorksheet(path, options.sheet) : await openDelimited(path, options);
}

async function isZip(path: string): Promise<boolean> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
      return bytesRead === 4 && buffer.readUInt32LE(0) === 0x04034b50;
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new InvalidInputError(`The table ${path} cannot be read: ${messageOf(error)}.`, {}, { cause: error });
  }
}

async function openWorksheet(path: string, sheet: string | undefined): Promise<Table> {
  const lines = readWorksheet(path, sheet)[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done === true || !('cells' in first.value)) {
    throw new InvalidInputError(`The worksheet of ${path} is empty.`);
  }
  return { columns: nameColumns(first.value.cells), lines: { [Symbol.asyncIterator]: () => lines } };
}

async function* readWorksheet(path: string, sheet: string | undefined): AsyncGenerator<TableLine> {
  // Node's and the web's ReadableStream are the same object with two type names.
  const bytes = Readable.toWeb(
    createReadStream(path),
  ) as ReadableStream<Uint8Array> as globalThis.ReadableStream<Uint8Array>;
  try {
    for await (const row of streamXlsxRows(bytes, sheet === undefined ? {} : { sheet })) {
      const cells = row.values.map(cellText);
      if (cells.some((cell) => cell !== '')) yield { line: row.index + 1, cells };
    }
  } catch (error) {
    throw new InvalidInputError(`The workbook ${path} cannot be read: ${messageOf(error)}.`, {}, { cause: error });
  }
}

/** What a person sees in the cell; days and instants as ISO 8601. */
function cellText(value: unknown): string {
  if (value instanceof Date) {
    const iso = Number.isNaN(value.getTime()) ? '' : value.toISOString();
    return iso.endsWith('T00:00:00.000Z') ? iso.slice(0, 10) : iso.slice(0, 19);
  }
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? trimCell(String(value))
    : '';
}
