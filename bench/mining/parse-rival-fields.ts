import { z } from 'zod';
import type { ArticleRecord } from '../../src/literature/index.ts';
import type { Figure } from '../figure.ts';

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
/** Whether texts stand in others in the same order. */
const stand = (texts: readonly string[], others: readonly string[]): boolean => {
  let at = 0;
  for (const other of others) if (other === texts[at]) at += 1;
  return at === texts.length;
};
const ourPersons = ({ authors }: ArticleRecord): readonly string[] =>
  authors
    .filter(({ given }) => given !== undefined)
    .map(({ family, given }) =>
      words(`${family.replace(/ (?:Jr|Sr|[1-9](?:st|nd|rd|th)|I{2,3})$/, '')}, ${given ?? ''}`),
    );
const theirPersons = ({ authors }: Rival): readonly string[] =>
  authors.map(({ lastname, forename }) => words(`${lastname}, ${forename}`));

/** A field as both say it, in one form, and which differences are known. */
interface Field {
  readonly name: string;
  readonly ours: (article: ArticleRecord) => string;
  readonly theirs: (rival: Rival) => string;
  readonly known?: {
    readonly why: string;
    readonly explains: (article: ArticleRecord, rival: Rival) => boolean;
  };
}

const ids: readonly Field[] = [
  { name: 'pmid', ours: ({ pmid }) => words(pmid), theirs: ({ pmid }) => words(pmid) },
  {
    name: 'pmc',
    ours: ({ pmcid }) => words(pmcid),
    theirs: ({ pmc }) => words(pmc),
    known: {
      why: 'it keeps the version and does not read OtherID',
      explains: ({ pmcid }, { pmc }) => pmc === '' || pmc.replace(/\.\d+$/, '') === pmcid,
    },
  },
  {
    name: 'doi',
    ours: ({ doi }) => words(doi),
    theirs: ({ doi }) => words(doi).toLowerCase(),
    known: { why: 'it does not read ELocationID where PubmedData has none', explains: (_, { doi }) => doi === '' },
  },
];

const texts: readonly Field[] = [
  {
    name: 'title',
    ours: ({ title }) => words(title),
    theirs: ({ title }) => words(title),
    known: {
      why: 'ours is the vernacular title where there is no other',
      explains: ({ title, vernacularTitle }, rival) => title === vernacularTitle && words(rival.title).length < 20,
    },
  },
  {
    name: 'vernacular title',
    ours: ({ vernacularTitle }) => words(vernacularTitle),
    theirs: (rival) => words(rival.vernacular_title),
  },
  {
    name: 'abstract',
    ours: ({ abstract }) => words(abstract),
    theirs: ({ abstract }) => words(abstract),
    known: {
      why: 'it has no colon after labels, and no label where there is one part',
      explains: ({ abstract }, rival) => {
        const bare = (text: string | undefined): string => words(text).replaceAll(':', '');
        return bare(abstract) === bare(rival.abstract) || words(abstract).endsWith(`: ${words(rival.abstract)}`);
      },
    },
  },
  { name: 'journal', ours: ({ journal }) => words(journal?.title), theirs: ({ journal }) => words(journal) },
  {
    name: 'date',
    ours: ({ published }) => words(published),
    theirs: ({ pubdate }) => words(pubdate),
    known: {
      why: 'it takes the year only of a MedlineDate',
      explains: ({ published }, { pubdate }) => words(published).startsWith(`${pubdate}-`),
    },
  },
];

const lists: readonly Field[] = [
  { name: 'languages', ours: ({ languages }) => list(languages), theirs: (rival) => list(rival.languages.split(';')) },
  {
    name: 'keywords',
    ours: ({ keywords }) => list(keywords),
    theirs: (rival) => list(rival.keywords === '' ? [] : rival.keywords.split(';')),
  },
  {
    name: 'publication types',
    ours: ({ publicationTypes }) => list(publicationTypes),
    theirs: (rival) => list(rival.publication_types.split(';').map((type) => type.replace(/^\s*(?:D\d+)?:/, ''))),
  },
  {
    name: 'MeSH headings',
    ours: ({ mesh }) => list(mesh.map(({ ui, label }) => `${ui}:${label}`)),
    theirs: (rival) => words(rival.mesh_terms),
  },
  {
    name: 'authors',
    ours: (article) => list(ourPersons(article)),
    theirs: (rival) => list(theirPersons(rival)),
    known: {
      why: 'it leaves groups empty and keeps spellings that NLM marks as wrong',
      explains: (article, rival) => stand(ourPersons(article), theirPersons(rival)),
    },
  },
  {
    name: 'affiliations',
    ours: ({ authors }) => list(authors.flatMap(({ affiliations }) => affiliations)),
    theirs: ({ authors }) => list(authors.flatMap(({ affiliation }) => (affiliation === '' ? [] : [affiliation]))),
    known: {
      why: 'it keeps the first place of an author only',
      explains: ({ authors }, rival) =>
        list(authors.flatMap(({ affiliations }) => affiliations.slice(0, 1))) ===
        list(rival.authors.flatMap(({ affiliation }) => (affiliation === '' ? [] : [affiliation]))),
    },
  },
  {
    name: 'grants',
    ours: ({ grants }) => list(grants.map(({ id, agency, country }) => `${id ?? ''}/${agency ?? ''}/${country ?? ''}`)),
    theirs: (rival) => list(rival.grant_ids.map((grant) => `${grant.grant_id}/${grant.agency}/${grant.country}`)),
  },
  {
    name: 'references',
    ours: ({ references }) => list(references.map(({ text, pmid }) => `${text}/${pmid ?? ''}`)),
    theirs: (rival) => list(rival.references.map(({ citation, pmid }) => `${citation}/${pmid}`)),
    known: {
      why: 'it does not read citations among corrections',
      explains: (_, { references }) => references.length === 0,
    },
  },
];

/** Our fields beside pubmed_parser's: differences that no rule above explains must be none. */
export function besideRival(ours: readonly ArticleRecord[], lines: readonly unknown[]): readonly Figure[] {
  const rivals = new Map(lines.map((line) => rivalShape.parse(line)).map((one) => [one.pmid.trim(), one] as const));
  return [...ids, ...texts, ...lists].map((field) => {
    let explained = 0;
    let unexplained = 0;
    for (const article of ours) {
      const rival = rivals.get(article.pmid ?? '');
      if (rival !== undefined && field.ours(article) === field.theirs(rival)) continue;
      if (rival !== undefined && field.known?.explains(article, rival) === true) explained += 1;
      else {
        unexplained += 1;
        const theirs = rival === undefined ? 'nothing' : field.theirs(rival);
        process.stderr.write(
          `${field.name} of ${article.pmid ?? ''}: ours ${field.ours(article)} | theirs ${theirs}\n`,
        );
      }
    }
    const known = explained === 0 ? '' : ` (${explained} explained: ${field.known?.why ?? ''})`;
    const name = `${field.name}: unexplained differences from pubmed_parser${known}`;
    return { name, value: unexplained, unit: `of ${ours.length}`, target: '= 0', met: unexplained === 0 };
  });
}
