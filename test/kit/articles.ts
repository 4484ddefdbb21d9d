import type { ArticleRecord, LiteratureItem } from '../../src/literature/index.ts';

/** An article that says nothing but what it is given. */
export function articleRecord(said: Partial<ArticleRecord>): ArticleRecord {
  return {
    pmid: undefined,
    pmcid: undefined,
    doi: undefined,
    version: 1,
    title: 'Untitled',
    abstract: undefined,
    sections: [],
    journal: undefined,
    year: undefined,
    published: undefined,
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
    ...said,
  };
}

/** The same as an item of a source's file. */
export function articleItem(said: Partial<ArticleRecord>, sourceId?: string): LiteratureItem {
  const article = articleRecord(said);
  return { kind: 'article', sourceId: sourceId ?? article.pmid ?? article.pmcid ?? article.doi ?? 'none', article };
}
