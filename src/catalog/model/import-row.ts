import { z } from 'zod';
import { type SubjectTree, subjectTreeSchema, type ValueTree } from './row-tree.ts';
import { storableText } from './storable-text.ts';
import { type VariableHead, type VariableRecord, variableRecordSchema } from './variable-record.ts';

/** A subject as a steward hands it in. */
export interface ImportRow {
  readonly label: string;
  readonly sex?: string;
  readonly ageYears?: number;
  readonly diagnosis?: string;
  readonly group?: string;
  readonly site?: string;
  readonly values?: readonly ImportValue[];
}

/** A value as it is handed in: one of text and number. */
export interface ImportValue {
  readonly name: string;
  readonly text?: string;
  readonly number?: number;
}

/** What values are checked against. */
export type ImportVariable = Pick<VariableHead, 'name' | 'type' | 'missingCodes'> & {
  readonly perSession?: boolean | undefined;
  readonly categories?: Readonly<Record<string, string>> | undefined;
  readonly minimum?: number | undefined;
  readonly maximum?: number | undefined;
};

/** A row as a subject, or what is wrong with it. */
export type MappedRow = { readonly subject: SubjectTree } | { readonly faults: readonly string[] };

/** Most faults that one rejection names. */
const told = 5;

/**
 * Turns a row into a subject whose values fit their variables. A row with one bad value is refused whole. What is wrong is told by
 * field and variable, never by what was written there: it may be about a person.
 */
export function mapImportRow(row: ImportRow, variables: ReadonlyMap<string, ImportVariable>): MappedRow {
  const faults: string[] = [];
  const values: ValueTree[] = [];
  for (const value of row.values ?? []) {
    const variable = variables.get(value.name);
    const reading = variable === undefined ? { fault: 'is no name of a variable' } : readValue(variable, value);
    if ('fault' in reading) faults.push(`${storableText(value.name.slice(0, 80))}: ${reading.fault}`);
    else values.push({ variable: value.name, ...reading });
  }
  const { values: _values, label, ...fields } = row;
  const tree = { label, ...fields, sessions: [], resources: [], ...(row.values && { values }) };
  const parsed = subjectTreeSchema.safeParse(tree);
  const issues = parsed.error?.issues ?? [];
  faults.push(...issues.map(({ path, message }) => `${path.length === 0 ? 'row' : path.join('.')}: ${message}`));
  return parsed.success && faults.length === 0 ? { subject: parsed.data } : { faults: faults.slice(0, told) };
}

/**
 * The variables that rows name and the dataset does not have, as they are to be defined: numbers where every value of it is one, else
 * text. Whole numbers are DECIMAL, too: the next import may bring a half. What cannot be a name is left out.
 */
export function newVariables(
  rows: readonly ImportRow[],
  known: ReadonlyMap<string, unknown>,
): ReadonlyMap<string, VariableRecord> {
  const textual = new Map<string, boolean>();
  for (const { name, text } of rows.flatMap((row) => row.values ?? [])) {
    if (!known.has(name)) textual.set(name, text !== undefined || (textual.get(name) ?? false));
  }
  const made = [...textual].map(([name, isText]) =>
    variableRecordSchema.safeParse({ name, type: isText ? 'TEXT' : 'DECIMAL' }),
  );
  return new Map(made.flatMap(({ data }) => (data === undefined ? [] : [[data.name, data] as const])));
}

type Reading = Omit<ValueTree, 'variable'> | { readonly fault: string };

function readValue(variable: ImportVariable, { text, number }: ImportValue): Reading {
  if (variable.perSession === true) return { fault: 'is recorded per session, not of a subject' };
  if ((text === undefined) === (number === undefined)) return { fault: 'needs one of text and number' };
  const written = (text ?? String(number)).trim();
  if (written === '') return { fault: 'is empty: leave the value out' };
  if (variable.missingCodes.includes(written)) return { text: written, missing: true };
  const plain = { text: written, missing: false };
  switch (variable.type) {
    case 'INTEGER':
    case 'DECIMAL':
      return readNumber(variable, written, plain);
    case 'CATEGORICAL': {
      const label = labelOf(variable.categories ?? {}, written);
      return label === undefined ? { fault: 'is not one of the categories' } : { ...plain, label };
    }
    case 'BOOLEAN': {
      const truth = { true: true, yes: true, '1': true, false: false, no: false, '0': false }[written.toLowerCase()];
      return truth === undefined ? { fault: 'is neither true nor false' } : { ...plain, label: String(truth) };
    }
    case 'DATE': {
      const day = z.iso.date().safeParse(written);
      return day.success ? { ...plain, label: day.data } : { fault: 'is not a day such as 2026-11-24' };
    }
    case 'TEXT':
      return plain;
  }
}

function readNumber(variable: ImportVariable, written: string, plain: { text: string; missing: boolean }): Reading {
  const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(written) ? Number(written) : Number.NaN;
  if (!Number.isFinite(number)) return { fault: 'is not a number' };
  if (variable.type === 'INTEGER' && !Number.isInteger(number)) return { fault: 'is not a whole number' };
  if (variable.minimum !== undefined && number < variable.minimum) return { fault: `is less than ${variable.minimum}` };
  if (variable.maximum !== undefined && number > variable.maximum) return { fault: `is more than ${variable.maximum}` };
  return { ...plain, number };
}

/** A category by its code, else by its label, whatever the case of its letters. */
function labelOf(categories: Readonly<Record<string, string>>, written: string): string | undefined {
  if (Object.hasOwn(categories, written)) return categories[written];
  const word = written.toLowerCase();
  return Object.values(categories).find((label) => label.toLowerCase() === word);
}
