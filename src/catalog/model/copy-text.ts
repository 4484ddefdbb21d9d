/** A value of one column. */
export type Cell = string | number | boolean | null;

const mustEscape = /[\\\t\n\r]/;
const escapes: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', '\\': '\\' };

/** Columns as a line of COPY's text format without its end (PostgreSQL manual, COPY, "Text Format"). */
export function copyLine(cells: readonly Cell[]): string {
  let line = '';
  for (const [index, cell] of cells.entries()) line += index === 0 ? copyCell(cell) : `\t${copyCell(cell)}`;
  return line;
}

/** The columns of a line, numbers and flags as they are written. */
export function readCopyLine(line: string): readonly (string | null)[] {
  return line
    .split('\t')
    .map((cell) =>
      cell === '\\N' ? null : cell.replaceAll(/\\([tnr\\])/g, (_, letter: string) => escapes[letter] ?? letter),
    );
}

function copyCell(cell: Cell): string {
  if (cell === null) return '\\N';
  if (typeof cell !== 'string') return String(cell);
  return mustEscape.test(cell)
    ? cell.replaceAll('\\', '\\\\').replaceAll('\t', '\\t').replaceAll('\n', '\\n').replaceAll('\r', '\\r')
    : cell;
}
