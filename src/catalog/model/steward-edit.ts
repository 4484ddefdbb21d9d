import { z } from 'zod';
import { canonicalJson } from '../../kernel/canonical-json.ts';
import { InvalidInputError } from '../../kernel/errors.ts';
import { withoutNulls } from '../../kernel/without-nulls.ts';
import { type DatasetStatement, type DescriptiveField, datasetRecordSchema } from './dataset-record.ts';
import type { MergedRecord } from './merge-records.ts';
import { projectRecord } from './project-record.ts';
import type { VocabularyIndex } from './vocabulary.ts';

/** The source under which the words of all stewards stand. No other kind of source may take its name. */
export const stewardSource = { name: 'steward', kind: 'STEWARD' } as const;

/** Every field a steward edits, by the name of the API's enum. */
export const editableFields = {
  TITLE: 'title',
  ACRONYM: 'acronym',
  ALTERNATIVE_TITLES: 'alternativeTitles',
  DESCRIPTION: 'description',
  KEYWORDS: 'keywords',
  CONDITIONS: 'conditions',
  BODY_PARTS: 'bodyParts',
  MODALITIES: 'modalities',
  COUNTS: 'counts',
  ACCESS_CLASS: 'accessClass',
  ACCESS_NOTE: 'accessNote',
  ACCESS_URL: 'accessUrl',
  DATA_USE_TERMS: 'dataUseTerms',
  LICENSE: 'license',
  PUBLISHER: 'publisher',
  CREATORS: 'creators',
  IDENTIFIERS: 'identifiers',
  LANDING_PAGE: 'url',
  YEAR: 'year',
  SPECIES: 'species',
  SIMULATED: 'simulated',
  DISTRIBUTIONS: 'distributions',
  PUBLICATIONS: 'publications',
  RELATIONS: 'relations',
  UNCONFIRMED: 'unconfirmed',
} as const satisfies Record<string, DescriptiveField>;
export type EditableField = keyof typeof editableFields;

/** Fields that a record cannot be without. */
export const requiredFields = ['title', 'description', 'accessClass'] as const satisfies readonly DescriptiveField[];

/** What a steward says of some fields (null: there is none), and of which fields the sources are to be heard again. */
export interface StewardEdit {
  readonly set: DatasetStatement;
  readonly reset: readonly DescriptiveField[];
}

/** The name a field has in the API. */
export function patchName(field: string): string {
  return field === 'url' ? 'landingPage' : field;
}

const {
  sourceId: _sourceId,
  slug: slugSchema,
  subjectCount: _subjectCount,
  ...fieldSchemas
} = datasetRecordSchema.shape;

/** The rule for slugs: records handed in and datasets made by hand have the same. */
export const newSlugSchema = slugSchema.unwrap();

const doiIdentifiers = 'must be a bare DOI such as 10.1038/mp.2013.78';
const patchSchema = z
  .strictObject(
    Object.fromEntries(Object.entries(fieldSchemas).map(([name, schema]) => [patchName(name), schema.nullish()])),
  )
  .superRefine((patch, context) => {
    for (const field of requiredFields)
      if (patch[field] === null)
        context.addIssue({ code: 'custom', path: [field], message: 'is required and cannot be cleared' });
    for (const [index, identifier] of Object.entries(patch['identifiers'] ?? {})) {
      const { scheme, value } = z.object({ scheme: z.string(), value: z.string() }).parse(identifier);
      if (scheme.toUpperCase() === 'DOI' && !/^10\.\d{4,9}\/\S+$/.test(value))
        context.addIssue({ code: 'custom', path: ['identifiers', Number(index), 'value'], message: doiIdentifiers });
    }
  });

/**
 * Reads an edit as a client gives it: absent is "leave it", null is "there is none", lists are whole. Inside a value null is the
 * same as absent.
 * @param place - where the input has these fields, such as `patch`; empty for the input itself
 * @throws InvalidInputError that names every field at fault
 */
export function parseEdit(
  input: object & { readonly reset?: readonly EditableField[] | null },
  place: string,
): StewardEdit {
  const { reset, ...patch } = input;
  const given = Object.entries(patch).filter(([, value]) => value !== undefined);
  const cleaned = given.map(([name, value]: [string, unknown]) => [name, value === null ? null : withoutNulls(value)]);
  const parsed = patchSchema.safeParse(Object.fromEntries(cleaned));
  if (!parsed.success) {
    refuse(
      place,
      parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })),
    );
  }
  const fields = [...new Set(reset ?? [])].map((name) => editableFields[name]);
  const both = fields.filter((field) => patchName(field) in parsed.data);
  if (both.length > 0)
    refuse(
      place,
      both.map((field) => ({ path: patchName(field), message: 'is both given and reset: do one of the two' })),
    );
  const set = Object.entries(parsed.data).map(([name, value]) => [name === 'landingPage' ? 'url' : name, value]);
  // Each value passed the schema of its field.
  return { set: Object.fromEntries(set) as DatasetStatement, reset: fields };
}

/**
 * Refuses what only a hand can get wrong: a modality or licence no vocabulary knows (sources bring theirs as LOCAL terms, a typing
 * error must not), and a dataset that is related to itself.
 */
export function checkEdit(
  { set }: StewardEdit,
  place: string,
  known: { readonly slug: string; readonly vocabulary: VocabularyIndex },
): void {
  const { vocabulary } = known;
  const license = 'is no licence known here: give its SPDX identifier or the address of its text';
  const knowsLicense = (name: unknown): boolean =>
    typeof name !== 'string' || /^https?:\/\/\S+$/i.test(name) || vocabulary.findLicense(name) !== undefined;
  const faults = [
    ...(set.modalities ?? []).map((name, index) => ({
      path: `modalities.${index}`,
      message: 'is no modality known here: give a code such as MR, or the name of one',
      good: vocabulary.findModality(name) !== undefined,
    })),
    { path: 'license', message: license, good: knowsLicense(set.license) },
    ...(set.distributions ?? []).map((part, index) => ({
      path: `distributions.${index}.license`,
      message: license,
      good: knowsLicense(part.license),
    })),
    ...(set.relations ?? []).map((relation, index) => ({
      path: `relations.${index}.dataset`,
      message: 'is this dataset itself',
      good: relation.dataset !== known.slug,
    })),
  ].filter((fault) => !fault.good);
  if (faults.length > 0) refuse(place, faults);
}

/**
 * The fields of an edit that change what a record shows. What it shows already is no statement: a form that sends every field
 * must not take all of them from the sources.
 */
export function newsOf(set: DatasetStatement, record: MergedRecord, vocabulary: VocabularyIndex): DatasetStatement {
  const shown = canonicalJson(projectRecord(record, vocabulary));
  const news = Object.entries(set).filter(
    ([field, value]) => canonicalJson(projectRecord({ ...record, [field]: value ?? undefined }, vocabulary)) !== shown,
  );
  return Object.fromEntries(news);
}

/** The fields of an edit as they are, under the API's names, for a caller who has to reconcile two edits. */
export function membersOf(record: object, fields: readonly string[]): Readonly<Record<string, unknown>> {
  const members = new Map<string, unknown>(Object.entries(record));
  return Object.fromEntries(fields.map((field) => [patchName(field), members.get(field) ?? null]));
}

/** Most faults that one sentence tells, and that `details.fields` lists. */
const told = 5;
const listed = 50;

/** @throws InvalidInputError with a sentence for the caller, and the paths of the fields at fault */
export function refuse(place: string, faults: readonly { readonly path: string; readonly message: string }[]): never {
  const placed = faults.map(({ path, message }) => ({ path: [place, path].filter(Boolean).join('.'), message }));
  const sentence = placed.slice(0, told).map(({ path, message }) => `${path}: ${message}`);
  const more = placed.length > told ? `; and ${placed.length - told} more` : '';
  throw new InvalidInputError(`${sentence.join('; ')}${more}`, {
    fields: [...new Set(placed.map(({ path }) => path))].slice(0, listed),
  });
}
