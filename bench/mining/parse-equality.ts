import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { fileSource, unpacked } from '../../ingest/kit/open-bytes.ts';
import { parseRecords } from '../../ingest/pubmed/parse-records.ts';
import type { ArticleRecord } from '../../src/literature/index.ts';
import type { Figure } from '../figure.ts';

const execute = promisify(execFile);

/** Our fields of both files beside the oracle's (lxml), and those of the first beside pubmed_parser's. */
export async function equalityFigures(python: string, folder: string): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const name of ['pubmedsample18n0001.xml.gz', 'medline16n0902.sample.xml.gz']) {
    const file = join(folder, name);
    const ours = await articlesOf(file);
    const oracle = await linesOf(python, ['oracle_pubmed.py', file]);
    const differ = ours.filter((article, index) => plain(article) !== plain(oracle[index])).length;
    const unequal = differ + Math.abs(ours.length - oracle.length);
    figures.push({
      name: `${name}: citations that differ from the lxml oracle in any field`,
      value: unequal,
      unit: `of ${oracle.length}`,
      target: '= 0',
      met: unequal === 0,
    });
    if (name.startsWith('pubmed')) {
      figures.push(...besideRival(ours, await linesOf(python, ['parse_pubmed.py', 'fields', file])));
    }
  }
  return figures;
}

async function articlesOf(file: string): Promise<readonly ArticleRecord[]> {
  const articles: ArticleRecord[] = [];
  for await (const items of parseRecords(unpacked(await fileSource(file)), { threads: 0 })) {
    for (const item of items) if (item.kind === 'article') articles.push(item.article);
  }
  return articles;
}

async function linesOf(python: string, [name = '', ...args]: readonly string[]): Promise<readonly unknown[]> {
  const { stdout } = await execute(python, [join(import.meta.dirname, name), ...args], { maxBuffer: 1 << 28 });
  return stdout
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
}

/** A value as text, its keys in order, absent and null alike. */
function plain(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    return Object.fromEntries(
      Object.entries(inner)
        .filter(([, one]) => one !== null && one !== undefined)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  });
}

const person = z.object({ lastname: z.string(), forename: z.string(), affiliation: z.string() });
/** What pubmed_parser says of a citation, as far as it has what we have. */
const rivalShape = z.object({
  pmid: z.string(),
  pmc: z.string(),
  doi: z.string(),
  title: z.string(),
  abstract: z.string(),
  journal: z.string(),
  pubdate: z.string(),
  medline_ta: z.string(),
  issn_linking: z.string(),
  country: z.string(),
  mesh_terms: z.string(),
  publication_types: z.string(),
  keywords: z.string(),
  languages: z.string(),
  vernacular_title: z.string(),
  authors: z.array(person),
  references: z.array(z.object({ citation: z.string(), pmid: z.string() })),
  grant_ids: z.array(z.object({ grant_id: z.string(), agency: z.string(), country: z.string() })),
});
type Rival = z.infer<typeof rivalShape>;

const words = (text: string | undefined): string => (text ?? '').replace(/\s+/g, ' ').trim();
const list = (texts: readonly (string | undefined)[]): string => texts.map(words).join('; ');

/** Each field as both say it, in one form, and why the two may differ. */
const fields: readonly {
  readonly name: string;
  readonly ours: (article: ArticleRecord) => string;
  readonly theirs: (rival: Rival) => string;
}[] = [
  { name: 'pmid', ours: ({ pmid }) => words(pmid), theirs: ({ pmid }) => words(pmid) },
  { name: 'pmc', ours: ({ pmcid }) => words(pmcid), theirs: ({ pmc }) => words(pmc) },
  { name: 'doi', ours: ({ doi }) => words(doi), theirs: ({ doi }) => words(doi).toLowerCase() },
  { name: 'title', ours: ({ title }) => words(title), theirs: ({ title }) => words(title) },
  {
    name: 'vernacular title',
    ours: ({ vernacularTitle }) => words(vernacularTitle),
    theirs: (one) => words(one.vernacular_title),
  },
  { name: 'abstract', ours: ({ abstract }) => words(abstract), theirs: ({ abstract }) => words(abstract) },
  { name: 'journal', ours: ({ journal }) => words(journal?.title), theirs: ({ journal }) => words(journal) },
  { name: 'date', ours: ({ published }) => words(published), theirs: ({ pubdate }) => words(pubdate) },
  {
    name: 'languages',
    ours: ({ languages }) => list(languages),
    theirs: ({ languages }) => list(languages.split(';')),
  },
  {
    name: 'keywords',
    ours: ({ keywords }) => list(keywords),
    theirs: ({ keywords }) => list(keywords === '' ? [] : keywords.split(';')),
  },
  {
    name: 'publication types',
    ours: ({ publicationTypes }) => list(publicationTypes),
    theirs: (one) => list(one.publication_types.split(';').map((type) => type.replace(/^\s*D\d+:/, ''))),
  },
  {
    name: 'MeSH headings',
    ours: ({ mesh }) => list(mesh.map(({ ui, label }) => `${ui}:${label}`)),
    theirs: ({ mesh_terms: terms }) => words(terms),
  },
  {
    name: 'authors',
    ours: ({ authors }) => list(authors.map(({ family, given }) => `${family}, ${given ?? ''}`)),
    theirs: ({ authors }) => list(authors.map(({ lastname, forename }) => `${lastname}, ${forename}`)),
  },
  {
    name: 'affiliations',
    ours: ({ authors }) => list(authors.map(({ affiliations }) => affiliations.join(' '))),
    theirs: ({ authors }) => list(authors.map(({ affiliation }) => affiliation)),
  },
  {
    name: 'grants',
    ours: ({ grants }) => list(grants.map(({ id, agency, country }) => `${id ?? ''}/${agency ?? ''}/${country ?? ''}`)),
    theirs: (one) => list(one.grant_ids.map((grant) => `${grant.grant_id}/${grant.agency}/${grant.country}`)),
  },
  {
    name: 'references',
    ours: ({ references }) => list(references.map(({ text, pmid }) => `${text}/${pmid ?? ''}`)),
    theirs: (one) => list(one.references.map(({ citation, pmid }) => `${citation}/${pmid}`)),
  },
];

function besideRival(ours: readonly ArticleRecord[], lines: readonly unknown[]): readonly Figure[] {
  const rivals = new Map(lines.map((line) => rivalShape.parse(line)).map((one) => [one.pmid.trim(), one] as const));
  return fields.map(({ name, ours: our, theirs }) => {
    const differing = ours.flatMap((article) => {
      const rival = rivals.get(article.pmid ?? '');
      if (rival === undefined) return [`${article.pmid ?? ''} is missing there`];
      return our(article) === theirs(rival)
        ? []
        : [`PMID ${article.pmid ?? ''}: ours ${our(article)} | theirs ${theirs(rival)}`];
    });
    for (const one of differing.slice(0, 3)) process.stderr.write(`${name}: ${one.slice(0, 700)}\n`);
    return {
      name: `${name}: citations that differ from pubmed_parser`,
      value: differing.length,
      unit: `of ${ours.length}`,
    };
  });
}
