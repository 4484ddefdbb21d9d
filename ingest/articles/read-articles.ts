import { z } from 'zod';
import { type ArticleRecord, type LiteratureItem, roleOfHeading } from '../../src/literature/index.ts';
import { doiOf, pmcidOf, pmidOf } from '../kit/article-fields.ts';
import type { JsonLine } from '../kit/read-json-lines.ts';
import { singleSpaced } from '../kit/xml-tree.ts';

const text = z.string().max(20_000_000);
/** Spaces single, no U+0000 (PostgreSQL has none), no half of a surrogate pair. */
const plain = text.transform((value) => singleSpaced(value.replaceAll('\0', ' ').toWellFormed()));
/** The same, but paragraphs stay lines. */
const paragraphs = text.transform((value) =>
  value
    .replaceAll('\0', ' ')
    .toWellFormed()
    .split(/\r?\n/)
    .map(singleSpaced)
    .filter((line) => line !== '')
    .join('\n'),
);
const id = (read: (value: string) => string | undefined, shape: string) =>
  z
    .union([z.string(), z.number().int().transform(String)])
    .nullish()
    .transform((value, context) => {
      if (value === null || value === undefined || value.trim() === '') return undefined;
      const known = read(value);
      if (known === undefined) context.addIssue({ code: 'custom', message: `must be ${shape}` });
      return known;
    });

const line = z.object({
  id: z.union([z.string().min(1).max(500), z.number().transform(String)]),
  pmid: id(pmidOf, 'a PubMed id, digits'),
  pmcid: id(pmcidOf, 'PMC and digits'),
  doi: id(doiOf, 'a DOI, such as 10.1000/182'),
  title: plain.refine((title) => title !== '', 'must not be empty'),
  abstract: paragraphs.nullish(),
  sections: z
    .array(z.object({ name: plain.nullish(), text: paragraphs }))
    .max(10_000)
    .nullish(),
  year: z.number().int().min(1400).max(2100).nullish(),
});

/** The item of a line of an articles file (`docs/literature.md` has its fields): an article, or why it is none. */
export function readArticleLine(given: JsonLine): LiteratureItem {
  if ('unreadable' in given) {
    return { kind: 'rejection', sourceId: given.place, error: `${given.place} ${given.unreadable}.` };
  }
  const parsed = line.safeParse(given.value);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the line'}: ${message}`);
    return { kind: 'rejection', sourceId: given.place, error: `${given.place} is no article: ${faults.join('; ')}.` };
  }
  return { kind: 'article', sourceId: parsed.data.id, article: articleOf(parsed.data) };
}

function articleOf(values: z.infer<typeof line>): ArticleRecord {
  const { pmid, pmcid, doi, title, year } = values;
  return {
    pmid,
    pmcid,
    doi,
    version: 1,
    title,
    abstract: values.abstract === '' ? undefined : (values.abstract ?? undefined),
    sections: (values.sections ?? []).map(({ name, text: words }) => ({
      name: name ?? '',
      role: roleOfHeading(name ?? ''),
      text: words,
    })),
    journal: undefined,
    year: year ?? undefined,
    published: year === null || year === undefined ? undefined : String(year),
    authors: [],
    publicationTypes: [],
    languages: [],
    mesh: [],
    keywords: [],
    dataBanks: [],
    grants: [],
    notices: [],
    references: [],
    license: undefined,
  };
}
