import type { SubjectTree, ValueTree } from '../../src/catalog/index.ts';
import { isMissing, type Reading, readBoolean, readDay, readNumber } from '../kit/read-cell.ts';
import type { PlannedField, PlannedVariable, TablePlan } from './plan-table.ts';

/** Longest cell that is kept, in characters. */
const longestCell = 4_000;
/** Characters of a cell that an error repeats. */
const quoted = 60;

/** What is wrong with one cell. */
export interface CellFault {
  readonly column: string;
  readonly reason: string;
}

/** A line as a subject, or what is wrong with it; the label is there when at least that could be read. */
export type MappedLine =
  | { readonly subject: SubjectTree }
  | { readonly label?: string; readonly faults: readonly CellFault[] };

/** Turns one line of a table into a subject with values. A line with one bad cell is refused whole, with every bad cell named. */
export function mapLine(plan: TablePlan, cells: readonly string[]): MappedLine {
  const label = labelOf(plan, cells);
  const faults: CellFault[] = extraCells(plan, cells);
  if (label === undefined) {
    faults.unshift({ column: plan.mapping.subject.id.column, reason: 'has no id: the line names nobody' });
  }
  if (label !== undefined && label.length > longestCell) {
    faults.push(faultOf(plan.mapping.subject.id.column, label, `is longer than ${longestCell} characters`));
  }
  const fields: Partial<Record<PlannedField['field'], string | number>> = {};
  for (const field of plan.fields) {
    const reading = readField(plan, field, cells[field.index] ?? '');
    if ('fault' in reading) faults.push(reading.fault);
    else if (reading.value !== undefined) fields[field.field] = reading.value;
  }
  const values: ValueTree[] = [];
  for (const variable of plan.variables) {
    const text = cells[variable.index] ?? '';
    if (text === '') continue;
    const reading = readValue(plan, variable, text);
    if ('fault' in reading) faults.push(faultOf(variable.column, text, reading.fault));
    else values.push({ variable: variable.name, text, ...reading.value });
  }
  if (cells.some((cell) => cell.includes('\0') || !cell.isWellFormed())) faults.push(...unstorable(plan, cells));
  if (label === undefined || faults.length > 0)
    return { ...(label !== undefined && { label }), faults: distinct(faults) };
  // Each field was read as the type the subject has it in.
  return { subject: { label, ...(fields as Partial<SubjectTree>), sessions: [], resources: [], values } };
}

function labelOf({ mapping, idIndex }: TablePlan, cells: readonly string[]): string | undefined {
  const { id } = mapping.subject;
  const text = cells[idIndex] ?? '';
  if (isMissing(text, mapping.missingCodes)) return undefined;
  const padded = id.padTo !== undefined ? text.padStart(id.padTo, '0') : text;
  const label = `${id.prefix ?? ''}${padded}`;
  return label.includes('\0') || !label.isWellFormed() ? undefined : label;
}

function extraCells({ columns }: TablePlan, cells: readonly string[]): CellFault[] {
  const index = cells.findIndex((cell, place) => place >= columns.length && cell !== '');
  if (index < 0) return [];
  return [
    {
      column: `${index + 1}`,
      reason: `lies beyond the last column (${columns.length}): a cell too many, or a separator inside one`,
    },
  ];
}

/** Cells that no database can hold as text. */
function unstorable({ columns, idIndex, fields, variables }: TablePlan, cells: readonly string[]): CellFault[] {
  const used = new Set([idIndex, ...fields.map(({ index }) => index), ...variables.map(({ index }) => index)]);
  return cells.flatMap((cell, index) =>
    used.has(index) && (cell.includes('\0') || !cell.isWellFormed())
      ? [{ column: columns[index] ?? '', reason: 'holds U+0000 or half a character, which no text may hold' }]
      : [],
  );
}

function readField(
  plan: TablePlan,
  field: PlannedField,
  text: string,
): { readonly value: string | number | undefined } | { readonly fault: CellFault } {
  const variable = plan.variables.find((other) => other.index === field.index);
  if (isMissing(text, variable?.missingCodes ?? plan.mapping.missingCodes)) return { value: undefined };
  if (text.length > longestCell)
    return { fault: faultOf(field.column, text, `is longer than ${longestCell} characters`) };
  const meaning = field.values === undefined ? text : lookUp(field.values, text);
  if (meaning === undefined) {
    return { fault: faultOf(field.column, text, `is not one of the values of ${field.field} in the mapping`) };
  }
  if (field.field === 'ageYears') {
    const reading = readNumber(meaning, variable?.mapping.decimal ?? plan.mapping.decimal);
    if ('fault' in reading) return { fault: faultOf(field.column, text, reading.fault) };
    const fits = reading.value >= 0 && reading.value <= 150;
    return fits ? reading : { fault: faultOf(field.column, text, 'is no age in years') };
  }
  if (field.field !== 'sex') return { value: meaning };
  const sex = { m: 'M', male: 'M', f: 'F', female: 'F', o: 'O', other: 'O' }[meaning.toLowerCase()];
  return sex === undefined
    ? { fault: faultOf(field.column, text, 'is no sex: give `values` in the mapping (M, F or O)') }
    : { value: sex };
}

/** What a written value means, as the type of its variable has it. */
function readValue(
  plan: TablePlan,
  { mapping, missingCodes }: PlannedVariable,
  text: string,
): Reading<Pick<ValueTree, 'number' | 'label' | 'missing'>> {
  if (text.length > longestCell) return { fault: `is longer than ${longestCell} characters` };
  if (isMissing(text, missingCodes)) return { value: { missing: true } };
  switch (mapping.type) {
    case 'INTEGER':
    case 'DECIMAL': {
      const reading = readNumber(text, mapping.decimal ?? plan.mapping.decimal);
      if ('fault' in reading) return reading;
      if (mapping.type === 'INTEGER' && !Number.isInteger(reading.value)) return { fault: 'is not a whole number' };
      if (mapping.min !== undefined && reading.value < mapping.min) return { fault: `is less than ${mapping.min}` };
      if (mapping.max !== undefined && reading.value > mapping.max) return { fault: `is more than ${mapping.max}` };
      return { value: { number: reading.value, missing: false } };
    }
    case 'CATEGORICAL': {
      const label = categoryOf(mapping.categories ?? {}, text);
      return label === undefined ? { fault: 'is not one of the categories' } : { value: { label, missing: false } };
    }
    case 'BOOLEAN': {
      const reading = readBoolean(text);
      return 'fault' in reading ? reading : { value: { label: String(reading.value), missing: false } };
    }
    case 'DATE': {
      const reading = readDay(text, mapping.dayFormat ?? plan.mapping.dayFormat);
      return 'fault' in reading ? reading : { value: { label: reading.value, missing: false } };
    }
    case 'TEXT':
      return { value: { missing: false } };
  }
}

function categoryOf(
  categories: Readonly<Record<string, { readonly label: string }>>,
  text: string,
): string | undefined {
  const labels = Object.fromEntries(Object.entries(categories).map(([code, { label }]) => [code, label]));
  const word = text.toLowerCase();
  return lookUp(labels, text) ?? Object.values(labels).find((label) => label.toLowerCase() === word);
}

/** The entry of a code: as written, else whatever the case of its letters, else as the same number (`1.0` is `1`). */
function lookUp(entries: Readonly<Record<string, string>>, text: string): string | undefined {
  if (Object.hasOwn(entries, text)) return entries[text];
  const code = Object.keys(entries).find((key) => isMissing(text, [key]));
  return code === undefined ? undefined : entries[code];
}

function faultOf(column: string, text: string, reason: string): CellFault {
  return { column, reason: `"${text.slice(0, quoted)}${text.length > quoted ? '…' : ''}" ${reason}` };
}

/** A column that is both a field and a variable is named once. */
function distinct(faults: readonly CellFault[]): readonly CellFault[] {
  return [...new Map(faults.map((fault) => [fault.column, fault])).values()];
}
