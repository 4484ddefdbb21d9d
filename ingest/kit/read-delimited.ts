import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type CsvError, parse } from 'csv-parse';
import { InvalidInputError, messageOf } from '../../src/kernel/errors.ts';
import { trimCell } from './read-cell.ts';

/** A line of a table, or why it could not be read. Lines are counted from 1, the header included. */
export type TableLine =
  | { readonly line: number; readonly cells: readonly string[] }
  | { readonly line: number; readonly unreadable: string };

/** A table whose lines are read one at a time. */
export interface Table {
  /** Names of the columns, without the blanks around them; never empty, never the same twice. */
  readonly columns: readonly string[];
  readonly lines: AsyncIterable<TableLine>;
  /** Lines below the header, blank ones included, where that is known before reading. */
  readonly lineCount?: number;
}

/** How a text file is read; what is left out is found out from the file. */
export interface DelimitedOptions {
  readonly delimiter?: string;
  readonly encoding?: string;
  /** False where quotation marks mean nothing, as in BIDS. */
  readonly quotes?: boolean;
}

/** Longest record, in characters: an open quotation mark must not swallow a whole file. */
const longestRecord = 1_000_000;
/** What files are split by, most likely first. */
const delimiters = ['\t', ',', ';', '|'];

/**
 * Opens a CSV or TSV file: UTF-8 (with or without byte order mark), UTF-16 with one, else Windows-1252, of which Latin-1 is a part.
 * @throws InvalidInputError when the file cannot be read or has no header
 */
export async function openDelimited(path: string, options: DelimitedOptions = {}): Promise<Table> {
  const inspected = await inspect(path);
  const encoding = options.encoding ?? inspected.encoding;
  const delimiter = options.delimiter ?? (path.endsWith('.tsv') ? '\t' : sniffDelimiter(inspected.head, encoding));
  const records = readRecords(path, encoding, delimiter, options.quotes ?? true)[Symbol.asyncIterator]();
  const first = await records.next();
  if (first.done === true || !('cells' in first.value)) {
    throw new InvalidInputError(`The table ${path} has no header line.`);
  }
  const headerLine = first.value.line;
  return {
    columns: nameColumns(first.value.cells),
    lines: { [Symbol.asyncIterator]: () => records },
    lineCount: Math.max(inspected.lines - headerLine, 0),
  };
}

/** Names for the columns of a header: trimmed; an empty one is `column 3`, a second `AGE` is `AGE (2)`. */
export function nameColumns(header: readonly string[]): readonly string[] {
  const seen = new Map<string, number>();
  return header.map((cell, index) => {
    const name = trimCell(cell).replaceAll(/\s+/g, ' ') || `column ${index + 1}`;
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name} (${count})`;
  });
}

/** One pass over the bytes: whether they are UTF-8, how many lines, and how the file begins. */
async function inspect(path: string): Promise<{ encoding: string; lines: number; head: Buffer }> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let head = Buffer.alloc(0);
  let lines = 0;
  let isUtf8 = true;
  let last = 0x0a;
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      if (head.length < 65_536) head = Buffer.concat([head, chunk.subarray(0, 65_536)]);
      for (const byte of chunk) if (byte === 0x0a) lines += 1;
      last = chunk.at(-1) ?? last;
      isUtf8 &&= decodes(decoder, chunk);
    }
  } catch (error) {
    throw new InvalidInputError(`The table ${path} cannot be read: ${messageOf(error)}.`, {}, { cause: error });
  }
  if (last !== 0x0a) lines += 1;
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', lines, head };
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', lines, head };
  return { encoding: isUtf8 && decodes(decoder) ? 'utf-8' : 'windows-1252', lines, head };
}

function decodes(decoder: TextDecoder, chunk?: Buffer): boolean {
  try {
    decoder.decode(chunk, { stream: chunk !== undefined });
    return true;
  } catch {
    return false;
  }
}

function sniffDelimiter(head: Buffer, encoding: string): string {
  const text = new TextDecoder(encoding).decode(head);
  const header = text.split(/\r?\n/).find((line) => line.trim() !== '') ?? '';
  const outsideQuotes = header.replaceAll(/"[^"]*"/g, '');
  const counts = delimiters.map((delimiter) => outsideQuotes.split(delimiter).length);
  return delimiters[counts.indexOf(Math.max(...counts))] ?? ',';
}

async function* readRecords(
  path: string,
  encoding: string,
  delimiter: string,
  quotes: boolean,
): AsyncGenerator<TableLine> {
  const skipped: TableLine[] = [];
  const parser = parse({
    delimiter,
    quote: quotes ? '"' : false,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    info: true,
    max_record_size: longestRecord,
    skip_records_with_error: true,
    on_skip: (error) => {
      skipped.push(unreadable(error));
      return undefined;
    },
  });
  const fed = pipeline(Readable.from(decode(path, encoding)), parser);
  // What went wrong is thrown by the parser, which is read below.
  fed.catch(() => undefined);
  for await (const item of parser as AsyncIterable<{ record: string[]; info: { lines: number } }>) {
    yield* skipped.splice(0);
    const cells = item.record.map(trimCell);
    if (cells.some((cell) => cell !== '')) yield { line: item.info.lines, cells };
  }
  yield* skipped;
}

function unreadable(error: CsvError | undefined): TableLine {
  const line = typeof error?.['lines'] === 'number' ? error['lines'] : 0;
  const reason =
    error?.code === 'CSV_QUOTE_NOT_CLOSED'
      ? 'a quotation mark is opened and never closed; what follows it was not read'
      : messageOf(error);
  return { line, unreadable: reason };
}

async function* decode(path: string, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    yield decoder.decode(chunk, { stream: true });
  }
  yield decoder.decode();
}
