import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeXlsx } from 'hucre/xlsx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TableLine } from '../../../ingest/kit/read-delimited.ts';
import { openTable } from '../../../ingest/table/open-table.ts';
import { collect } from '../../kit/collect.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mia-table-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function read(
  name: string,
  content: string | Uint8Array,
): Promise<{ columns: readonly string[]; lines: TableLine[] }> {
  const path = join(folder, name);
  await writeFile(path, content);
  const table = await openTable(path);
  return { columns: table.columns, lines: await collect(table.lines) };
}

describe('a table file', () => {
  it('loses one line, not those behind it, to a cell of five million characters', async () => {
    const { lines } = await read('long.csv', `id,note\nA,${'x'.repeat(5_000_000)}\nB,y\nC,${'z'.repeat(999_000)}\n`);
    expect(lines.map(({ line }) => line)).toEqual([2, 3, 4]);
    expect(lines[0]).toEqual({ line: 2, unreadable: 'is longer than 1000000 characters' });
    expect(lines[1]).toEqual({ line: 3, cells: ['B', 'y'] });
  });

  it('reports a quotation mark that swallows the file once for each line, not once for each piece', async () => {
    const { lines } = await read('open-quote.csv', `id,note\nA,"${'x\n'.repeat(2_000_000)}`);
    const numbers = lines.map(({ line }) => line);
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it('is refused when it is no text', async () => {
    const bytes = Buffer.from([0x89, 0x00, 0x01, 0xff, 0x0a, 0x02]);
    await expect(read('picture.csv', bytes)).rejects.toThrow('is not text');
  });

  it('is read as UTF-8 with a byte order mark, with stray blanks in headers and cells', async () => {
    const { columns, lines } = await read('bom.csv', '\uFEFF ID ; Größe \n 1 ; groß \n');
    expect(columns).toEqual(['ID', 'Größe']);
    expect(lines).toEqual([{ line: 2, cells: ['1', 'groß'] }]);
  });

  it('is read as Latin-1 where its bytes are not UTF-8, even far behind', async () => {
    const text = `id,name\n${'1,a\n'.repeat(30_000)}2,Müller\n`;
    const { lines } = await read('latin.csv', Buffer.from(text, 'latin1'));
    expect(lines.at(-1)).toEqual({ line: 30_002, cells: ['2', 'Müller'] });
  });

  it('is read as UTF-16, as Excel saves text', async () => {
    const { lines } = await read('wide.txt', Buffer.from('\uFEFFid\tname\n1\tŁódź\n', 'utf16le'));
    expect(lines).toEqual([{ line: 2, cells: ['1', 'Łódź'] }]);
  });

  it('keeps quoted separators and line ends in one cell, and passes over blank lines', async () => {
    const { lines } = await read('quoted.csv', 'id,note\n1,"a, b\nc"\n\n ,\n2,say "hm"\n');
    expect(lines.map((line) => 'cells' in line && line.cells)).toEqual([
      ['1', 'a, b\nc'],
      ['2', 'say "hm"'],
    ]);
  });

  it('names unnamed and repeated columns', async () => {
    expect((await read('names.tsv', '\tAGE\tAGE\n')).columns).toEqual(['column 1', 'AGE', 'AGE (2)']);
  });

  it('says where a quotation mark is never closed', async () => {
    const { lines } = await read('open.csv', 'id,note\n1,a\n2,"b\n3,c\n');
    expect(lines[0]).toEqual({ line: 2, cells: ['1', 'a'] });
    expect(lines.at(-1)).toHaveProperty('unreadable');
  });

  it('is read from Excel: numbers, days and flags as a person sees them', async () => {
    const rows = [
      [' ID ', 'Age', 'Seen', 'Smokes'],
      ['P1', 34.5, new Date(Date.UTC(2021, 3, 3)), true],
      [null, null, null, null],
      ['P2', null, null, false],
    ];
    const { columns, lines } = await read('book.xlsx', await writeXlsx({ sheets: [{ name: 'Visits', rows }] }));
    expect(columns).toEqual(['ID', 'Age', 'Seen', 'Smokes']);
    expect(lines).toEqual([
      { line: 2, cells: ['P1', '34.5', '2021-04-03', 'true'] },
      { line: 4, cells: ['P2', '', '', 'false'] },
    ]);
  });

  it('is refused when absent, empty, or no workbook', async () => {
    await expect(openTable(join(folder, 'absent.csv'))).rejects.toThrow(/cannot be read/);
    await expect(read('empty.csv', '\n\n')).rejects.toThrow(/no header/);
    await expect(read('broken.xlsx', Buffer.from('PK\u0003\u0004 nothing'))).rejects.toThrow(/cannot be read/);
  });
});
