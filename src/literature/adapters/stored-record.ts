import { hash } from 'node:crypto';
import { z } from 'zod';
import type { ArticleRecord } from '../model.ts';

const text = z.string();
const maybe = z
  .string()
  .optional()
  .transform((value) => value);
const flags = z.boolean();

const qualifier = z.object({ ui: text, label: text, major: flags });
const roles = z.enum([
  'INTRODUCTION',
  'METHODS',
  'RESULTS',
  'DISCUSSION',
  'DATA_AVAILABILITY',
  'CAPTIONS',
  'REFERENCES',
  'OTHER',
]);

/** Sections as they are kept in JSON. */
export const storedSections = z.array(
  z
    .object({ name: text, role: roles.optional(), text })
    .transform(({ name, role, text: words }) => ({ name, role, text: words })),
);

/** A record as it is kept in JSON, where what is undefined is absent. */
const storedRecord = z.object({
  pmid: maybe,
  pmcid: maybe,
  doi: maybe,
  version: z.number(),
  title: text,
  abstract: maybe,
  sections: storedSections,
  journal: z
    .object({ title: text, abbreviation: maybe, issn: maybe })
    .transform(({ title, abbreviation, issn }) => ({ title, abbreviation, issn }))
    .optional(),
  year: z.number().optional(),
  published: maybe,
  authors: z.array(
    z
      .object({ family: text, given: maybe, orcid: maybe, affiliations: z.array(text) })
      .transform(({ family, given, orcid, affiliations }) => ({ family, given, orcid, affiliations })),
  ),
  publicationTypes: z.array(text),
  languages: z.array(text),
  mesh: z.array(z.object({ ui: text, label: text, major: flags, qualifiers: z.array(qualifier) })),
  keywords: z.array(text),
  dataBanks: z.array(z.object({ name: text, accessions: z.array(text) })),
  grants: z.array(
    z
      .object({ id: maybe, agency: maybe, country: maybe })
      .transform(({ id, agency, country }) => ({ id, agency, country })),
  ),
  notices: z.array(
    z
      .object({ kind: text, pmid: maybe, citation: maybe })
      .transform(({ kind, pmid, citation }) => ({ kind, pmid, citation })),
  ),
  references: z.array(
    z.object({ text, pmid: maybe, doi: maybe }).transform(({ text: words, pmid, doi }) => ({ text: words, pmid, doi })),
  ),
  license: maybe,
});

/** Reads a record as it was stored. */
export function readRecord(json: unknown): ArticleRecord {
  const { pmid, pmcid, doi, abstract, journal, year, published, license, ...rest } = storedRecord.parse(json);
  return { pmid, pmcid, doi, abstract, journal, year, published, license, ...rest };
}

/** A record as JSON, and the SHA-256 of it by which it is known again, in hexadecimal. */
export function writeRecord(record: ArticleRecord): { readonly json: string; readonly hash: string } {
  const json = JSON.stringify(record);
  return { json, hash: hash('sha256', json, 'hex') };
}
