import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { variableTypes } from '../../src/catalog/index.ts';
import { InvalidInputError, messageOf } from '../../src/kernel/errors.ts';
import { dayFormats } from '../kit/read-cell.ts';

const text = z.string().trim().min(1).max(500);
/** YAML reads `1` and `true` as such; a code is what is written. */
const code = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const codes = z.array(code).max(100);
const decimal = z.enum(['.', ',']);

/** An object, for which its first member alone may stand. */
function orItsFirst<S extends z.ZodType>(key: string, schema: S) {
  return z.preprocess((raw) => (typeof raw === 'string' ? { [key]: raw } : raw), schema);
}

const field = orItsFirst(
  'column',
  z.strictObject({
    column: text,
    /** What is written → what it means; without it, what is written is taken as it is. */
    values: z.record(z.string(), text).optional(),
  }),
);

const category = orItsFirst('label', z.strictObject({ label: text, concept: text.optional() }));

const variable = z
  .strictObject({
    /** Name in the catalog; the column's own when left out. */
    name: text.optional(),
    label: text.optional(),
    description: z.string().trim().min(1).max(20_000).optional(),
    unit: text.optional(),
    type: z.string().toUpperCase().pipe(z.enum(variableTypes)),
    min: z.number().optional(),
    max: z.number().optional(),
    /** Codes of this column, beside those of the whole table. */
    missingCodes: codes.optional(),
    categories: z.record(z.string(), category).optional(),
    concept: text.optional(),
    decimal: decimal.optional(),
    dayFormat: z.enum(dayFormats).optional(),
  })
  .refine(
    ({ type, categories }) => (type === 'CATEGORICAL') === (categories !== undefined),
    'has `categories` exactly when its `type` is CATEGORICAL',
  );

/** How the columns of a table become subjects, variables and values. */
const mappingSchema = z.strictObject({
  /** What the table is, for those who read the mapping. */
  title: text.optional(),
  /** Name of the source in the catalog; `table:` and the name of the mapping's file when left out. */
  source: text.optional(),
  /** Worksheet of an Excel file; the first one when left out. */
  sheet: text.optional(),
  delimiter: z.string().length(1).optional(),
  encoding: text.optional(),
  decimal: decimal.optional(),
  dayFormat: z.enum(dayFormats).optional(),
  /** Written values that stand for "no value" in every column; blank always does. */
  missingCodes: codes.default([]),
  subject: z.strictObject({
    id: orItsFirst(
      'column',
      z.strictObject({
        column: text,
        prefix: z.string().max(100).optional(),
        /** Zeros are put in front until the id has this many characters. */
        padTo: z.int().min(1).max(64).optional(),
      }),
    ),
    sex: field.optional(),
    ageYears: field.optional(),
    diagnosis: field.optional(),
    group: field.optional(),
    site: field.optional(),
  }),
  /** Column → variable. */
  variables: z.record(text, variable),
  /** Columns that are left out on purpose. */
  skip: z.array(text).default([]),
});

/** A validated mapping. */
export type Mapping = z.infer<typeof mappingSchema>;
export type VariableMapping = Mapping['variables'][string];
export type FieldMapping = z.infer<typeof field>;

/**
 * Reads a mapping file.
 * @throws InvalidInputError that says where in the file what is wrong
 */
export async function readMapping(path: string): Promise<Mapping> {
  let raw: unknown;
  try {
    raw = parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new InvalidInputError(
      `The mapping ${path} cannot be read: ${messageOf(error).split('\n')[0] ?? ''}`,
      {},
      { cause: error },
    );
  }
  return parseMapping(raw, path);
}

/**
 * Checks a mapping.
 * @param place - what the mapping is called in an error
 * @throws InvalidInputError that says what is wrong
 */
export function parseMapping(raw: unknown, place: string): Mapping {
  const parsed = mappingSchema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues
    .slice(0, 10)
    .map((issue) => `${issue.path.join('.') || 'the whole'}: ${issue.message}`);
  throw new InvalidInputError(`The mapping ${place} is not right: ${faults.join('; ')}.`, { faults });
}
