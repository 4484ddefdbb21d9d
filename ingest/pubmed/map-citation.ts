import type { ArticleNotice, ArticleRecord, ArticleReference } from '../../src/literature/index.ts';
import { doiOf, pmcidOf, pmidOf } from '../kit/article-fields.ts';
import { childOf, childrenOf, descendantsOf, elementAt, textOf, type XmlElement } from '../kit/xml-tree.ts';
import { abstractOf, authorsOf, dataBanksOf, datesOf, grantsOf, meshOf, textsOf } from './map-parts.ts';

/** Elements of a citation that no field is made of. */
export const unreadElements: ReadonlySet<string> = new Set([
  'DateCompleted',
  'DateRevised',
  'DateCreated',
  'Pagination',
  'ChemicalList',
  'SupplMeshList',
  'GeneSymbolList',
  'InvestigatorList',
  'PersonalNameSubjectList',
  'History',
]);

/** What MEDLINE prints where an article has no title in English, or none at all. */
const noTitle = '[Not Available].';

/**
 * An article of a PubmedArticle, or of a MedlineCitation that stands alone (files until 2016), by the elements of NLM's DTD.
 * @returns undefined where the record has no PMID
 */
export function mapCitation(record: XmlElement): ArticleRecord | undefined {
  const citation = record.name === 'MedlineCitation' ? record : childOf(record, 'MedlineCitation');
  const pmid = pmidOf(textOf(childOf(citation, 'PMID')));
  const article = childOf(citation, 'Article');
  if (citation === undefined || article === undefined || pmid === undefined) return undefined;
  const history = childOf(record, 'PubmedData');
  const vernacularTitle = textOf(childOf(article, 'VernacularTitle'));
  const corrections = childrenOf(childOf(citation, 'CommentsCorrectionsList'), 'CommentsCorrections');
  return {
    pmid,
    ...idsOf(citation, article, childOf(history, 'ArticleIdList')),
    version: versionOf(childOf(citation, 'PMID')),
    title: titleOf(textOf(childOf(article, 'ArticleTitle')), vernacularTitle),
    abstract: abstractOf(childOf(article, 'Abstract')),
    sections: [],
    journal: journalOf(citation, childOf(article, 'Journal')),
    ...datesOf(elementAt(article, 'Journal', 'JournalIssue', 'PubDate'), childOf(article, 'ArticleDate')),
    authors: authorsOf(childOf(article, 'AuthorList')),
    publicationTypes: textsOf(childOf(article, 'PublicationTypeList'), 'PublicationType'),
    languages: textsOf(article, 'Language'),
    mesh: meshOf(childOf(citation, 'MeshHeadingList')),
    keywords: childrenOf(citation, 'KeywordList').flatMap((list) => textsOf(list, 'Keyword')),
    dataBanks: dataBanksOf(childOf(article, 'DataBankList')),
    grants: grantsOf(childOf(article, 'GrantList')),
    notices: corrections.filter((one) => !isCitation(one)).map(noticeOf),
    references: referencesOf(corrections.filter(isCitation), history),
    license: undefined,
    ...(vernacularTitle !== undefined && { vernacularTitle }),
    ...otherAbstractsOf(citation),
  };
}

/** An article of a PubmedBookArticle: a chapter, or a whole book, of NCBI's Bookshelf. */
export function mapBook(record: XmlElement): ArticleRecord | undefined {
  const document = childOf(record, 'BookDocument');
  const book = childOf(document, 'Book');
  const pmid = pmidOf(textOf(childOf(document, 'PMID')));
  const bookTitle = textOf(childOf(book, 'BookTitle'));
  if (document === undefined || pmid === undefined) return undefined;
  const title = textOf(childOf(document, 'ArticleTitle')) ?? bookTitle;
  const lists = [...childrenOf(document, 'AuthorList'), ...childrenOf(book, 'AuthorList')];
  return {
    pmid,
    ...idsOf(document, document, childOf(document, 'ArticleIdList')),
    version: versionOf(childOf(document, 'PMID')),
    title: titleOf(title, undefined),
    abstract: abstractOf(childOf(document, 'Abstract')),
    sections: [],
    journal: bookTitle === undefined ? undefined : { title: bookTitle, abbreviation: undefined, issn: undefined },
    ...datesOf(childOf(book, 'PubDate'), childOf(document, 'ContributionDate')),
    authors: authorsOf(lists.find(({ attributes }) => attributes['Type'] !== 'editors') ?? lists[0]),
    publicationTypes: textsOf(document, 'PublicationType'),
    languages: textsOf(document, 'Language'),
    mesh: [],
    keywords: childrenOf(document, 'KeywordList').flatMap((list) => textsOf(list, 'Keyword')),
    dataBanks: [],
    grants: grantsOf(childOf(document, 'GrantList')),
    notices: [],
    references: referencesOf([], document),
    license: undefined,
  };
}

/** The PMIDs that a DeleteCitation withdraws. */
export function deletedPmids(record: XmlElement): readonly string[] {
  return childrenOf(record, 'PMID').flatMap((element) => pmidOf(textOf(element)) ?? []);
}

function titleOf(title: string | undefined, vernacular: string | undefined): string {
  if (title !== undefined && title !== noTitle) return title;
  return vernacular ?? title ?? noTitle;
}

function versionOf(pmid: XmlElement | undefined): number {
  const version = pmid?.attributes['Version'] ?? '';
  return /^[1-9]\d{0,5}$/.test(version) ? Number(version) : 1;
}

/** DOI and PMCID; a record without PubmedData has the latter in OtherID, with the day it opens behind it. */
function idsOf(
  citation: XmlElement,
  article: XmlElement,
  list: XmlElement | undefined,
): Pick<ArticleRecord, 'doi' | 'pmcid'> {
  const located = childrenOf(article, 'ELocationID')
    .filter(({ attributes }) => attributes['EIdType'] === 'doi' && attributes['ValidYN'] !== 'N')
    .map(textOf);
  const listed = (type: string): readonly (string | undefined)[] =>
    childrenOf(list, 'ArticleId')
      .filter(({ attributes }) => attributes['IdType'] === type)
      .map(textOf);
  const others = childrenOf(citation, 'OtherID').map((other) => /^PMC\d+/.exec(textOf(other) ?? '')?.[0]);
  const first = (texts: readonly (string | undefined)[], read: (text: string | undefined) => string | undefined) =>
    texts.map(read).find((id) => id !== undefined);
  return {
    doi: first([...listed('doi'), ...located], doiOf),
    pmcid: first([...listed('pmc'), ...others], pmcidOf),
  };
}

function journalOf(citation: XmlElement, journal: XmlElement | undefined): ArticleRecord['journal'] {
  const medline = childOf(citation, 'MedlineJournalInfo');
  const abbreviation = textOf(childOf(journal, 'ISOAbbreviation')) ?? textOf(childOf(medline, 'MedlineTA'));
  const title = textOf(childOf(journal, 'Title')) ?? abbreviation;
  if (title === undefined) return undefined;
  return { title, abbreviation, issn: textOf(childOf(journal, 'ISSN')) ?? textOf(childOf(medline, 'ISSNLinking')) };
}

/** Until 2016 what an article cites stood among its corrections. */
function isCitation(correction: XmlElement): boolean {
  return correction.attributes['RefType'] === 'Cites';
}

function noticeOf(correction: XmlElement): ArticleNotice {
  return {
    kind: correction.attributes['RefType'] ?? 'Unknown',
    pmid: pmidOf(textOf(childOf(correction, 'PMID'))),
    citation: textOf(childOf(correction, 'RefSource')),
  };
}

function referencesOf(cited: readonly XmlElement[], history: XmlElement | undefined): readonly ArticleReference[] {
  const references = cited.map((one) => ({
    text: textOf(childOf(one, 'RefSource')) ?? '',
    pmid: pmidOf(textOf(childOf(one, 'PMID'))),
    doi: undefined,
  }));
  const listed: ArticleReference[] = [];
  for (const list of childrenOf(history, 'ReferenceList')) {
    for (const reference of descendantsOf(list, 'Reference')) {
      const ids = childrenOf(childOf(reference, 'ArticleIdList'), 'ArticleId');
      const id = (type: string) => textOf(ids.find(({ attributes }) => attributes['IdType'] === type));
      const text = textOf(childOf(reference, 'Citation')) ?? '';
      listed.push({ text, pmid: pmidOf(id('pubmed')), doi: doiOf(id('doi')) });
    }
  }
  return [...references, ...listed];
}

function otherAbstractsOf(citation: XmlElement): Pick<ArticleRecord, 'otherAbstracts'> {
  const otherAbstracts = childrenOf(citation, 'OtherAbstract').flatMap((other) => {
    const text = abstractOf(other);
    return text === undefined ? [] : [{ language: other.attributes['Language'], text }];
  });
  return otherAbstracts.length === 0 ? {} : { otherAbstracts };
}
