import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { messageOf } from '../../src/kernel/errors.ts';

/** A parsed line, or why it could not be parsed. */
export type JsonLine =
  | { readonly place: string; readonly value: unknown }
  | { readonly place: string; readonly unreadable: string };

/** Longest line that is read, in characters. */
const longestLine = 10_000_000;

/**
 * The lines of a JSON Lines file (UTF-8; blank lines are passed over), one at a time.
 * @param path - a file, or `-` for standard input
 * @param onRead - told how many bytes of a file were read
 */
export async function* readJsonLines(path: string, onRead?: (bytes: number) => void): AsyncGenerator<JsonLine> {
  const file = path === '-' ? undefined : createReadStream(path);
  const input = file ?? process.stdin;
  input.setEncoding('utf8');
  let number = 0;
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    number += 1;
    const text = number === 1 ? line.replace(/^\uFEFF/, '') : line;
    if (file !== undefined) onRead?.(file.bytesRead);
    if (text.trim() !== '') yield parse(text, `line ${number}`);
  }
}

function parse(text: string, place: string): JsonLine {
  if (text.length > longestLine) return { place, unreadable: `is longer than ${longestLine} characters` };
  try {
    return { place, value: JSON.parse(text) };
  } catch (error) {
    return { place, unreadable: `is not JSON: ${messageOf(error)}` };
  }
}
