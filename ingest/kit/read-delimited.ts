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
/** Longest line that is read, in characters. */
const longestLine = 1_000_000;
/** What a name of a column never holds, and a file of another kind soon does (tab and line ends left out). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const controls = /[\u0000-\u0008\u000e-\u001f]/;
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
  // What is wrong with a line far behind may be known before the header was parsed.
  const early: TableLine[] = [];
  let first = await records.next();
  for (; first.done !== true && !('cells' in first.value); first = await records.next()) early.push(first.value);
  if (first.done === true || !('cells' in first.value) || early.some(({ line }) => line <= first.value.line)) {
    throw new InvalidInputError(`The table ${path} has no header line that can be read.`);
  }
  if (first.value.cells.some((cell) => controls.test(cell))) {
    throw new InvalidInputError(`The table ${path} is not text: its first line holds control characters.`);
  }
  const headerLine = first.value.line;
  return {
    columns: nameColumns(first.value.cells),
    lines: behind(early, records),
    lineCount: Math.max(inspected.lines - headerLine, 0),
  };
}

async function* behind(early: readonly TableLine[], rest: AsyncIterator<TableLine>): AsyncGenerator<TableLine> {
  yield* early;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
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
      const line = unreadable(error);
      // A record that is too long is reported again with every piece of it.
      if (skipped.at(-1)?.line !== line.line) skipped.push(line);
      return undefined;
    },
  });
  const tooLong = (line: number): void => {
    skipped.push({ line, unreadable: `is longer than ${longestLine} characters` });
  };
  const fed = pipeline(Readable.from(shortLines(decode(path, encoding), tooLong)), parser);
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

/** The same text with lines that are too long left empty, so that the lines behind them are read and keep their numbers. */
async function* shortLines(pieces: AsyncIterable<string>, tooLong: (line: number) => void): AsyncGenerator<string> {
  let line = 1;
  let begun = '';
  let dropping = false;
  for await (const piece of pieces) {
    const end = Math.max(piece.lastIndexOf('\n'), piece.lastIndexOf('\r')) + 1;
    if (end === 0) {
      if (!dropping) begun += piece;
    } else {
      const start = dropping ? piece.search(/[\r\n]/) : 0;
      const whole = begun + piece.slice(start, end);
      yield whole;
      line += whole.split('\n').length - 1;
      begun = piece.slice(end);
      dropping = false;
    }
    if (begun.length > longestLine) {
      tooLong(line);
      begun = '';
      dropping = true;
    }
  }
  yield begun;
}
