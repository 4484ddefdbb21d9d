import { z } from 'zod';
import { fitsSubjectTree } from './fits-row-tree.ts';
import { isStorable, isStorableJson } from './storable-text.ts';

const notStorable = 'must be well-formed text without U+0000';
/** One check each: a million scans have a dozen texts. */
const text = z
  .string()
  .refine(
    (value) => value.length > 0 && value.length <= 4_000 && isStorable(value),
    'must be 1 to 4000 characters of well-formed text without U+0000',
  );
const uid = z.string().regex(/^[0-9.]{1,64}$/, 'must be a DICOM UID of at most 64 characters');
/** SQL has no year 0. */
const day = z.iso.date().refine((date) => date >= '0001', 'must be a day from 0001-01-01 on');
const wholeNumber = z.int().min(0);

const resource = z.strictObject({
  label: text,
  format: text.optional(),
  fileCount: wholeNumber.max(2_147_483_647).optional(),
  byteSize: wholeNumber.optional(),
  digest: text.optional(),
});

const scan = z.strictObject({
  label: text,
  seriesInstanceUid: uid.optional(),
  modality: text.optional(),
  seriesDescription: text.optional(),
  date: day.optional(),
  bodyPart: text.optional(),
  manufacturer: text.optional(),
  manufacturerModelName: text.optional(),
  sopClassUid: text.optional(),
  instanceCount: wholeNumber.max(2_147_483_647).optional(),
  byteSize: wholeNumber.optional(),
  /** As the source writes it: SPDX id, name or IRI. */
  license: text.optional(),
  sourceDoi: text.optional(),
  derived: z.boolean(),
  derivedBy: text.optional(),
  resources: z.array(resource).readonly(),
});

const assessor = z.strictObject({
  label: text,
  xsiType: text,
  date: day.optional(),
  content: z.json().refine(isStorableJson, notStorable).optional(),
});

const value = z
  .strictObject({
    /** Name of a variable of the dataset. */
    variable: text,
    /** What was written. */
    text,
    number: z.number().optional(),
    /** A category's label, a day (ISO 8601), `true` or `false`. */
    label: text.max(500).optional(),
    /** What was written stands for "no value". */
    missing: z.boolean().default(false),
  })
  .refine(
    ({ missing, number, label }) => !missing || (number === undefined && label === undefined),
    'is marked as missing and means something',
  );

const values = z
  .array(value)
  .readonly()
  .refine((list) => new Set(list.map((item) => item.variable)).size === list.length, 'name a variable twice')
  .optional();

const session = z.strictObject({
  label: text,
  studyInstanceUid: uid.optional(),
  date: day.optional(),
  description: text.optional(),
  scans: z.array(scan).readonly(),
  resources: z.array(resource).readonly(),
  assessors: z.array(assessor).readonly(),
  /** Of variables that are recorded per session; absent is silent. */
  values,
});

/**
 * A subject with everything one source says of it: sessions, scans, files, assessors, values. What the same source said earlier and
 * no longer says is retired; without `values` the source is silent about them, here and in each session. `treeHash` is the source's own digest (hex) of the whole, by which an unchanged subject is passed over.
 */
export const subjectTreeSchema = z.strictObject({
  label: text,
  sex: z.enum(['M', 'F', 'O']).optional(),
  ageYears: z.number().min(0).max(150).optional(),
  diagnosis: text.optional(),
  group: text.optional(),
  site: text.optional(),
  treeHash: z
    .string()
    .regex(/^(?:[0-9a-f]{2}){16,32}$/, 'must be 16 to 32 bytes in hex')
    .optional(),
  sessions: z.array(session).readonly(),
  resources: z.array(resource).readonly(),
  /** Of the subject itself (XNAT subject assessors that are no imaging session); absent is none. */
  assessors: z.array(assessor).readonly().optional(),
  values,
});

export type SubjectTree = z.infer<typeof subjectTreeSchema>;
export type SessionTree = SubjectTree['sessions'][number];
export type ScanTree = SessionTree['scans'][number];
export type AssessorTree = SessionTree['assessors'][number];
export type ResourceTree = ScanTree['resources'][number];
export type ValueTree = NonNullable<SubjectTree['values']>[number];

/** Checks what a source hands in as a subject; what is plainly right is taken as it is. */
export function parseSubjectTree(raw: unknown): z.ZodSafeParseResult<SubjectTree> {
  // A fit is what the schema would give back.
  return fitsSubjectTree(raw) ? { success: true, data: raw as SubjectTree } : subjectTreeSchema.safeParse(raw);
}
