import { z } from 'zod';
import { isStorable } from './storable-text.ts';
import { accessClasses, agentKinds, countMeasures, countQualifiers, publicationRoles, relationTypes } from './terms.ts';

const notStorable = 'must be well-formed text without U+0000';
const storable = z.string().refine(isStorable, notStorable).trim();
const shortText = storable.min(1).max(500);
const longText = storable.min(1).max(20_000);
const webUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http or https address' })
  .max(2_000)
  .refine(isStorable, notStorable);
const iri = storable.max(2_000).regex(/^[a-z][a-z0-9+.-]*:\S+$/i, 'must be an absolute IRI');
const slug = z
  .string()
  .max(80)
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'must be lower-case letters and digits, joined by single hyphens');
const doi = storable.regex(/^10\.\d{4,9}\/\S+$/, 'must be a bare DOI such as 10.1038/mp.2013.78');

/** A term of a vocabulary, by IRI when known; a bare string is looked up by IRI, code, label or synonym. */
const conceptRef = z.union([
  shortText,
  z.strictObject({
    iri: iri.optional(),
    scheme: shortText.optional(),
    code: shortText.optional(),
    label: shortText.optional(),
  }),
]);

/** A licence: an SPDX identifier, a name or an IRI, or all three spelt out. */
const licenseRef = z.union([
  shortText,
  z.strictObject({ spdxId: shortText.optional(), iri: iri.optional(), label: shortText }),
]);

const agent = z.strictObject({
  name: shortText,
  kind: z.enum(agentKinds).default('ORGANISATION'),
  iri: iri.optional(),
  homepage: webUrl.optional(),
});

const countStatement = z.strictObject({
  measure: z.enum(countMeasures),
  value: z.int().min(0),
  qualifier: z.enum(countQualifiers).default('EXACT'),
  unit: shortText.optional(),
  // SQL has no year 0.
  asOf: z.iso
    .date()
    .refine((day) => day >= '0001', 'must be a day from 0001-01-01 on')
    .optional(),
  source: shortText,
  note: storable.max(2_000).optional(),
  confirmed: z.boolean().default(true),
  headline: z.boolean().default(false),
});

const distribution = z.strictObject({
  title: shortText,
  description: longText.optional(),
  accessUrl: webUrl,
  downloadUrl: webUrl.optional(),
  mediaType: shortText.optional(),
  format: shortText.optional(),
  byteSize: z.int().min(0).optional(),
  license: licenseRef.optional(),
  accessNote: longText.optional(),
});

const publication = z.strictObject({
  role: z.enum(publicationRoles).default('DESCRIBES'),
  title: shortText.optional(),
  citation: storable.min(1).max(2_000).optional(),
  doi: doi.optional(),
  pmid: z
    .string()
    .regex(/^\d{1,9}$/)
    .optional(),
  url: webUrl.optional(),
  year: z.int().min(1500).max(2200).optional(),
});

const relation = z
  .strictObject({
    type: z.enum(relationTypes),
    dataset: slug.optional(),
    iri: iri.optional(),
    label: shortText.optional(),
  })
  .refine((value) => value.dataset !== undefined || value.iri !== undefined, 'needs `dataset` (a slug) or `iri`');

const identifier = z.union([shortText, z.strictObject({ scheme: shortText, value: shortText, iri: iri.optional() })]);

/**
 * One dataset as a source describes it: a line of `mia ingest records`, or a file of `data/datasets`. A field that is absent
 * means that this source is silent about it; other sources may still fill it.
 */
export const datasetRecordSchema = z.strictObject({
  sourceId: shortText,
  slug: slug.optional(),
  title: shortText,
  acronym: shortText.optional(),
  alternativeTitles: z.array(shortText).max(50).optional(),
  description: longText,
  keywords: z.array(shortText).max(200).optional(),
  conditions: z.array(conceptRef).max(100).optional(),
  bodyParts: z.array(conceptRef).max(100).optional(),
  modalities: z.array(shortText).max(50).optional(),
  /** Shorthand for one SUBJECTS statement of this source. */
  subjectCount: z.int().min(0).max(2_000_000_000).optional(),
  counts: z.array(countStatement).max(100).optional(),
  accessClass: z.enum(accessClasses).optional(),
  accessNote: longText.optional(),
  /** Where access is asked for. */
  accessUrl: webUrl.optional(),
  /** GA4GH Data Use Ontology codes, such as DUO:0000018 (not for profit, non commercial use only). */
  dataUseTerms: z
    .array(z.string().regex(/^DUO:\d{7}$/, 'must be a DUO code such as DUO:0000042'))
    .max(30)
    .optional(),
  license: licenseRef.optional(),
  publisher: agent.optional(),
  creators: z.array(agent).max(500).optional(),
  identifiers: z.array(identifier).max(100).optional(),
  /** The landing page at the publisher. */
  url: webUrl.optional(),
  /** Year of first publication of the data. */
  year: z.int().min(1900).max(2200).optional(),
  species: shortText.optional(),
  simulated: z.boolean().optional(),
  distributions: z.array(distribution).max(200).optional(),
  publications: z.array(publication).max(500).optional(),
  relations: z.array(relation).max(200).optional(),
  /** Statements nobody has confirmed yet, shown as such beside the field they concern. */
  unconfirmed: z
    .array(z.strictObject({ field: shortText, statement: longText }))
    .max(50)
    .optional(),
});

/** A validated dataset record of one source. */
export type DatasetRecord = z.infer<typeof datasetRecordSchema>;
/** Fields of a record that describe the dataset (all but the source's own key and the slug). */
export type DescriptiveField = Exclude<keyof DatasetRecord, 'sourceId' | 'slug' | 'subjectCount'>;
/** What one source says of the descriptive fields: absent is silent, null is "there is none". */
export type DatasetStatement = { readonly [F in DescriptiveField]?: DatasetRecord[F] | null };
