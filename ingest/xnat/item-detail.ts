import { z } from 'zod';

/** A resource with its statistics: count and size where the server gave them, a digest where files were read. */
const resource = z.object({
  label: z.string(),
  format: z.string().optional(),
  fileCount: z.number().optional(),
  byteSize: z.number().optional(),
  /** SHA-256 over the sorted paths and MD5s of its files. */
  digest: z.string().optional(),
});

const texts = z.record(z.string(), z.string());
/** Form UUID → key → value. */
const forms = z.record(z.string(), z.record(z.string(), z.unknown()));

const subject = z.object({
  type: z.literal('subject'),
  sex: z.string().optional(),
  age: z.string().optional(),
  group: z.string().optional(),
  /** Further demographics by XNAT's name. */
  demographics: texts,
  /** Custom variables by the name they are declared with. */
  fields: texts,
  forms,
  resources: z.array(resource),
});

const scan = z.object({
  id: z.string(),
  type: z.string().optional(),
  uid: z.string().optional(),
  modality: z.string().optional(),
  seriesDescription: z.string().optional(),
  date: z.string().optional(),
  bodyPart: z.string().optional(),
  manufacturer: z.string().optional(),
  model: z.string().optional(),
  quality: z.string().optional(),
  note: z.string().optional(),
  resources: z.array(resource),
});

const session = z.object({
  type: z.literal('session'),
  xsiType: z.string(),
  /** Label of its subject in the project that holds the session. */
  subjectLabel: z.string().optional(),
  date: z.string().optional(),
  note: z.string().optional(),
  modality: z.string().optional(),
  fields: texts,
  forms,
  scans: z.array(scan),
  resources: z.array(resource),
  /** Resources of its assessors, by their accession number. */
  assessorResources: z.record(z.string(), z.array(resource)),
  /** The whole item, where its type is not of XNAT's own schema. */
  whole: z.unknown().optional(),
});

const assessor = z.object({
  type: z.literal('assessor'),
  xsiType: z.string(),
  subjectLabel: z.string().optional(),
  date: z.string().optional(),
  fields: texts,
  forms,
  resources: z.array(resource),
  /** The item as XNAT gives it: its values differ from type to type. */
  whole: z.unknown(),
});

/** What the mirror remembers of a subject, an imaging session, or an assessor of either. */
export const itemDetail = z.discriminatedUnion('type', [subject, session, assessor]);

export type ItemDetail = z.infer<typeof itemDetail>;
export type SubjectDetail = z.infer<typeof subject>;
export type SessionDetail = z.infer<typeof session>;
export type AssessorDetail = z.infer<typeof assessor>;
export type ScanDetail = z.infer<typeof scan>;
export type ResourceDetail = z.infer<typeof resource>;

/** Grows with every change of what is read or how it is remembered: all is then read anew. */
export const detailVersion = 1;
