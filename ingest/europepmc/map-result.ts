import { z } from 'zod';
import type { ArticleRecord } from '../../src/literature/index.ts';
import { dateOf, doiOf, orcidOf, pmcidOf, pmidOf } from '../kit/article-fields.ts';
import { singleSpaced } from '../kit/xml-tree.ts';

const text = z.string().optional();
const author = z.object({
  fullName: text,
  firstName: text,
  initials: text,
  lastName: text,
  collectiveName: text,
  authorId: z.object({ type: text, value: text }).optional(),
  authorAffiliationDetailsList: z
    .object({ authorAffiliation: z.array(z.object({ affiliation: text })).optional() })
    .optional(),
});
/** A result of Europe PMC's search, `resultType=core`, as far as it is read (RESTful Web Service reference, version 6). */
export const europePmcResult = z.object({
  id: z.string(),
  source: z.string(),
  pmid: text,
  pmcid: text,
  doi: text,
  title: text,
  abstractText: text,
  pubYear: text,
  firstPublicationDate: text,
  language: text,
  license: text,
  isOpenAccess: text,
  inEPMC: text,
  versionNumber: z.number().int().positive().optional(),
  authorList: z.object({ author: z.array(author).optional() }).optional(),
  journalInfo: z
    .object({
      yearOfPublication: z.number().optional(),
      printPublicationDate: text,
      journal: z
        .object({ title: text, medlineAbbreviation: text, isoabbreviation: text, issn: text, essn: text })
        .optional(),
    })
    .optional(),
  pubTypeList: z.object({ pubType: z.array(z.string()).optional() }).optional(),
  keywordList: z.object({ keyword: z.array(z.string()).optional() }).optional(),
  grantsList: z.object({ grant: z.array(z.object({ grantId: text, agency: text })).optional() }).optional(),
  commentCorrectionList: z
    .object({
      commentCorrection: z.array(z.object({ id: text, source: text, reference: text, type: text })).optional(),
    })
    .optional(),
});
type Result = z.infer<typeof europePmcResult>;

/**
 * The article of a result, without its full text. Europe PMC gives MeSH headings by name only, without the identifier that
 * they are known by here: they are left to PubMed's own record.
 */
export function mapResult(result: Result): ArticleRecord {
  const published = publishedOf(result);
  return {
    pmid: pmidOf(result.pmid),
    pmcid: pmcidOf(result.pmcid),
    doi: doiOf(result.doi),
    version: result.versionNumber ?? 1,
    title: plain(result.title) ?? '[Not Available].',
    abstract: abstractOf(result.abstractText),
    sections: [],
    journal: journalOf(result),
    year: published === undefined ? undefined : Number(published.slice(0, 4)),
    published,
    authors: authorsOf(result),
    publicationTypes: result.pubTypeList?.pubType ?? [],
    languages: result.language === undefined ? [] : [result.language],
    mesh: [],
    keywords: (result.keywordList?.keyword ?? []).flatMap((keyword) => plain(keyword) ?? []),
    dataBanks: [],
    grants: (result.grantsList?.grant ?? []).map(({ grantId, agency }) => ({
      id: grantId,
      agency,
      country: undefined,
    })),
    notices: (result.commentCorrectionList?.commentCorrection ?? []).map((one) => ({
      kind: noticeKind(one.type ?? 'Unknown'),
      pmid: one.source === 'MED' ? pmidOf(one.id) : undefined,
      citation: plain(one.reference),
    })),
    references: [],
    license: result.license,
  };
}

/** `Erratum for` → `ErratumFor`, as MEDLINE writes it. */
function noticeKind(type: string): string {
  return type
    .split(' ')
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('');
}

function publishedOf(result: Result): string | undefined {
  const [year, month, day] = (result.firstPublicationDate ?? '').split('-');
  return dateOf(year, month, day) ?? dateOf(result.pubYear ?? result.journalInfo?.yearOfPublication?.toString());
}

function journalOf({ journalInfo }: Result): ArticleRecord['journal'] {
  const journal = journalInfo?.journal;
  const title = journal?.title ?? journal?.medlineAbbreviation;
  if (title === undefined) return undefined;
  const abbreviation = journal?.isoabbreviation ?? journal?.medlineAbbreviation;
  return { title: singleSpaced(title), abbreviation, issn: journal?.issn ?? journal?.essn };
}

function authorsOf({ authorList }: Result): ArticleRecord['authors'] {
  return (authorList?.author ?? []).flatMap((one) => {
    const family = one.lastName ?? one.collectiveName ?? one.fullName;
    if (family === undefined) return [];
    const places = one.authorAffiliationDetailsList?.authorAffiliation ?? [];
    return {
      family,
      given: one.lastName === undefined ? undefined : (one.firstName ?? one.initials),
      orcid: one.authorId?.type === 'ORCID' ? orcidOf(one.authorId.value) : undefined,
      affiliations: places.flatMap(({ affiliation }) => plain(affiliation) ?? []),
    };
  });
}

/** Headings become labels of paragraphs: `<h4>Objective</h4>This …` → `Objective: This …`. */
function abstractOf(html: string | undefined): string | undefined {
  const paragraphs = (html ?? '').split(/(?=<h4>)|<\/p>\s*/i).flatMap((part) => {
    const [, label, body] = /^\s*<h4>(.*?)<\/h4>(.*)$/is.exec(part) ?? [undefined, undefined, part];
    const words = plain(body);
    const name = plain(label)?.replace(/:$/, '');
    return words === undefined ? [] : name === undefined ? words : `${name}: ${words}`;
  });
  return paragraphs.length === 0 ? undefined : paragraphs.join('\n');
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ' };
/** Inline markup of Europe PMC; anything else between angle brackets, such as `p < 0.05 and n > 3`, is text. */
const markup =
  /<\/?(?:b|i|u|em|strong|sub|sup|p|br|h[1-6]|ul|ol|li|span|div|a|small|math|m(?:ml:)?\w+)(?:\s[^<>]*)?\/?>/gi;

/** A text without markup and entities, spaces single; undefined where none is left. */
function plain(html: string | undefined): string | undefined {
  const bare = (html ?? '')
    .replace(/<\/?(?:p|br|li|h[1-6]|div)\b[^<>]*>/gi, ' ')
    .replace(markup, '')
    .replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]+));/gi, (all: string, decimal, hexadecimal, name) =>
      characterOf(all, { decimal, hexadecimal, name }),
    )
    .replaceAll('\0', ' ')
    .toWellFormed();
  const words = singleSpaced(bare);
  return words === '' ? undefined : words;
}

function characterOf(
  all: string,
  given: { readonly decimal: unknown; readonly hexadecimal: unknown; readonly name: unknown },
): string {
  if (typeof given.name === 'string') return named[given.name.toLowerCase()] ?? all;
  const code =
    typeof given.decimal === 'string' ? Number(given.decimal) : Number.parseInt(String(given.hexadecimal), 16);
  return code > 0 && code <= 0x10_ffff ? String.fromCodePoint(code) : ' ';
}
