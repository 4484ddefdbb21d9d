import { z } from 'zod';
import {
  type Variable,
  type VariableRecord,
  type VariableType,
  type VariableValue,
  variableTypes,
} from '../catalog/index.ts';

/** Subjects' own fields, as columns of a table. */
const fields = ['sex', 'age', 'diagnosis', 'group', 'site'] as const;
export type SubjectField = (typeof fields)[number];

/** The fields that are columns of their own: those whose name no variable has, whatever the case of its letters. */
export function fieldColumns(variables: readonly { readonly name: string }[]): readonly SubjectField[] {
  const taken = new Set(variables.map(({ name }) => name.toLowerCase()));
  return fields.filter((field) => !taken.has(field));
}

/** A line of a table in the form of BIDS: tabs between cells, `n/a` for none, no quotes. */
export function tableLine(cells: readonly string[]): Uint8Array {
  return Buffer.from(`${cells.map(plainCell).join('\t')}\n`);
}

/** What would end a cell or a line is a space within it. */
function plainCell(cell: string): string {
  const plain = cell.replaceAll(/[\t\n\r]+/g, ' ');
  return plain === '' ? 'n/a' : plain;
}

/** A value as a cell: a number, the code of a category, what was written; `n/a` where there is none. */
export function cellOf(
  { type, categories }: Pick<Variable, 'type' | 'categories'>,
  value: VariableValue | undefined,
): string {
  if (value === undefined || value.missing) return 'n/a';
  if (type === 'INTEGER' || type === 'DECIMAL') return value.number === undefined ? 'n/a' : String(value.number);
  if (type === 'CATEGORICAL') {
    const code = value.text;
    const known = code !== undefined && levelsOf(categories)?.[code] !== undefined;
    return (known ? code : value.label) ?? 'n/a';
  }
  return (type === 'TEXT' ? value.text : (value.label ?? value.text)) ?? 'n/a';
}

const levels = z.record(z.string(), z.string());

function levelsOf(categories: unknown): Readonly<Record<string, string>> | undefined {
  return levels.safeParse(categories).data;
}

/** A column as a sidecar of BIDS describes it, with the type the catalog knows. */
export const columnSchema = z.object({
  LongName: z.string().optional(),
  Description: z.string().optional(),
  Units: z.string().optional(),
  Levels: levels.optional(),
  VariableType: z.enum(variableTypes).optional(),
});
export type Column = z.infer<typeof columnSchema>;

/** The sidecar of a table: each variable by its name. */
export function describeColumns(variables: readonly Variable[]): Readonly<Record<string, Column>> {
  return Object.fromEntries(
    variables.map((variable) => {
      const known = levelsOf(variable.categories);
      return [
        variable.name,
        {
          ...(variable.label !== undefined && { LongName: variable.label }),
          ...(variable.description !== undefined && { Description: variable.description }),
          ...(variable.unit !== undefined && { Units: variable.unit }),
          ...(known !== undefined && { Levels: known }),
          VariableType: variable.type,
        },
      ];
    }),
  );
}

/** A table that a pipeline made. */
export interface OutputTable {
  readonly variables: readonly VariableRecord[];
  readonly subjects: readonly unknown[];
}

const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const missing: ReadonlySet<string> = new Set(['n/a', '']);

/**
 * Reads a table in the form of BIDS as subjects with values. A column is what its description says, where its cells fit; else numbers
 * where every cell is one, else text.
 * @param columns - by name; of a column that is not there nothing is known
 * @returns the table, or what is wrong with it
 */
export function readOutputTable(
  text: string,
  columns: Readonly<Record<string, Column>>,
): OutputTable | { readonly fault: string } {
  const lines = text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .filter((line) => line !== '');
  const [head, ...body] = lines.map((line) => line.split('\t'));
  if (head?.[0] !== 'participant_id') return { fault: 'its first column is not participant_id' };
  if (new Set(head).size < head.length) return { fault: 'it names a column twice' };
  const ragged = body.findIndex((cells) => cells.length !== head.length);
  if (ragged >= 0) return { fault: `line ${ragged + 2} has another number of cells than the first` };
  const labels = body.map(([label]) => label ?? '');
  if (labels.some((label) => missing.has(label))) return { fault: 'a participant_id is empty' };
  if (new Set(labels).size < labels.length) return { fault: 'a participant_id is there twice' };
  const own = fieldColumns(Object.keys(columns).map((name) => ({ name })));
  const places = head.map((name, index) => ({ name, index })).slice(1);
  const variables = places
    .filter(({ name }) => !own.some((field) => field === name))
    .map(({ name, index }) => ({
      index,
      record: describe(
        name,
        columns[name],
        body.map((cells) => cells[index] ?? ''),
      ),
    }));
  const subjects = body.map((cells) => ({
    label: cells[0],
    ...fieldsOf(
      places.filter(({ name }) => own.some((field) => field === name)),
      cells,
    ),
    sessions: [],
    resources: [],
    values: variables.flatMap(({ index, record }) => valueOf(record, cells[index] ?? '')),
  }));
  return { variables: variables.map(({ record }) => record), subjects };
}

function describe(name: string, column: Column | undefined, cells: readonly string[]): VariableRecord {
  const present = cells.filter((cell) => !missing.has(cell));
  const type = typeOf(column, present);
  return {
    name,
    type,
    missingCodes: [],
    ...(column?.LongName !== undefined && { label: column.LongName }),
    ...(column?.Description !== undefined && { description: column.Description }),
    ...(column?.Units !== undefined && { unit: column.Units }),
    ...(type === 'CATEGORICAL' && column?.Levels !== undefined && { categories: column.Levels }),
  };
}

function typeOf(column: Column | undefined, cells: readonly string[]): VariableType {
  const numbers = cells.every((cell) => number.test(cell));
  switch (column?.VariableType) {
    case 'INTEGER':
      if (numbers && cells.every((cell) => Number.isInteger(Number(cell)))) return 'INTEGER';
      break;
    case 'CATEGORICAL':
      if (cells.every((cell) => labelOf(column.Levels, cell) !== undefined)) return 'CATEGORICAL';
      break;
    case 'BOOLEAN':
      if (cells.every((cell) => cell === 'true' || cell === 'false')) return 'BOOLEAN';
      break;
    case 'DATE':
      if (cells.every((cell) => z.iso.date().safeParse(cell).success)) return 'DATE';
      break;
    case 'TEXT':
      return 'TEXT';
    default:
  }
  return numbers && cells.length > 0 ? 'DECIMAL' : 'TEXT';
}

function labelOf(known: Column['Levels'], cell: string): string | undefined {
  if (known === undefined) return undefined;
  return Object.hasOwn(known, cell) ? known[cell] : Object.values(known).find((label) => label === cell);
}

function valueOf(record: VariableRecord, cell: string): readonly object[] {
  if (missing.has(cell)) return [];
  const plain = { variable: record.name, text: cell, missing: false };
  switch (record.type) {
    case 'INTEGER':
    case 'DECIMAL':
      return [{ ...plain, number: Number(cell) }];
    case 'CATEGORICAL':
      return [{ ...plain, label: labelOf(record.categories, cell) ?? cell }];
    case 'BOOLEAN':
    case 'DATE':
      return [{ ...plain, label: cell }];
    case 'TEXT':
      return [plain];
  }
}

function fieldsOf(
  places: readonly { readonly name: string; readonly index: number }[],
  cells: readonly string[],
): object {
  return Object.fromEntries(
    places.flatMap(({ name, index }): [string, unknown][] => {
      const cell = cells[index] ?? '';
      if (missing.has(cell)) return [];
      return name === 'age' ? (number.test(cell) ? [['ageYears', Number(cell)]] : []) : [[name, cell]];
    }),
  );
}
