import { InvalidInputError } from '../../src/kernel/errors.ts';
import type { ArticleRecord, ArticleReference } from '../../src/literature/index.ts';
import { doiOf, pmcidOf, pmidOf } from '../kit/article-fields.ts';
import {
  childOf,
  childrenOf,
  descendantsOf,
  elementAt,
  textOf,
  type XmlElement,
  XmlTreeReader,
} from '../kit/xml-tree.ts';
import { characterEntities } from './character-entities.ts';
import { authorsOf, grantsOf, licenseOf, publishedOf } from './read-front.ts';
import { abstractsOf, sectionsOf } from './read-sections.ts';
import { blockText } from './read-text.ts';

const reader = new XmlTreeReader(new Set(), characterEntities);

/**
 * The article of a JATS or NLM full text (`article`, alone or as the only one of a `pmc-articleset`).
 * Nothing is fetched: a document type is passed over, entities that are no characters are errors.
 * @throws InvalidInputError when the text is no such XML, or the article has no title
 */
export function readJats(xml: string): ArticleRecord {
  const root = reader.read(xml.replace(/^\uFEFF/, ''));
  const article = root.name === 'article' ? root : [...descendantsOf(root, 'article')][0];
  if (article === undefined) throw new InvalidInputError(`is no JATS article: its root is <${root.name.slice(0, 60)}>`);
  const front = childOf(article, 'front');
  const meta = childOf(front, 'article-meta') ?? childOf(article, 'front-stub');
  const journal = childOf(front, 'journal-meta');
  const title = blockText(elementAt(meta, 'title-group', 'article-title'));
  if (meta === undefined || title === undefined) throw new InvalidInputError('has no article-title');
  const published = publishedOf(meta);
  const id = (
    read: (text: string | undefined) => string | undefined,
    ...types: readonly string[]
  ): string | undefined =>
    childrenOf(meta, 'article-id')
      .filter(({ attributes }) => types.includes(attributes['pub-id-type'] ?? ''))
      .map((element) => read(textOf(element)))
      .find((known) => known !== undefined);
  return {
    pmid: id(pmidOf, 'pmid'),
    pmcid: id(pmcidOf, 'pmc', 'pmcid', 'pmcaid'),
    doi: id(doiOf, 'doi'),
    version: 1,
    title,
    ...abstractsOf(meta),
    sections: sectionsOf(article),
    journal: journalOf(journal),
    year: published === undefined ? undefined : Number(published.slice(0, 4)),
    published,
    authors: authorsOf(meta),
    publicationTypes: article.attributes['article-type'] === undefined ? [] : [article.attributes['article-type']],
    languages: languagesOf(article),
    mesh: [],
    keywords: keywordsOf(meta),
    dataBanks: [],
    grants: grantsOf(meta),
    notices: childrenOf(meta, 'related-article').map(({ attributes, ...related }) => ({
      kind: attributes['related-article-type'] ?? 'related-article',
      pmid: attributes['ext-link-type'] === 'pmid' ? pmidOf(attributes['xlink:href']) : undefined,
      citation: textOf({ attributes, ...related }) ?? attributes['xlink:href'],
    })),
    references: [...descendantsOf(article, 'ref')].flatMap(referenceOf),
    license: licenseOf(meta),
  };
}

function journalOf(journal: XmlElement | undefined): ArticleRecord['journal'] {
  const title =
    textOf(elementAt(journal, 'journal-title-group', 'journal-title')) ?? textOf(childOf(journal, 'journal-title'));
  const ids = childrenOf(journal, 'journal-id');
  const byType = (type: string) => textOf(ids.find(({ attributes }) => attributes['journal-id-type'] === type));
  const abbreviation = byType('iso-abbrev') ?? byType('nlm-ta');
  const name = title ?? abbreviation;
  return name === undefined ? undefined : { title: name, abbreviation, issn: textOf(childOf(journal, 'issn')) };
}

/** ISO 639-2 from the two letters that JATS gives; other codes as they are. */
const iso6392: Readonly<Record<string, string>> = {
  en: 'eng',
  de: 'ger',
  fr: 'fre',
  es: 'spa',
  pt: 'por',
  it: 'ita',
  nl: 'dut',
  ru: 'rus',
  zh: 'chi',
  ja: 'jpn',
  ko: 'kor',
  pl: 'pol',
};

function languagesOf(article: XmlElement): readonly string[] {
  const code = article.attributes['xml:lang']?.toLowerCase().split('-')[0];
  return code === undefined || code === '' ? [] : [iso6392[code] ?? code];
}

function keywordsOf(meta: XmlElement): readonly string[] {
  const groups = childrenOf(meta, 'kwd-group').filter(
    ({ attributes }) => attributes['kwd-group-type'] !== 'abbreviations',
  );
  return [...new Set(groups.flatMap((group) => [...descendantsOf(group, 'kwd')].flatMap((kwd) => textOf(kwd) ?? [])))];
}

/** The words of a reference, and the ids of its first work. */
function referenceOf(ref: XmlElement): readonly ArticleReference[] {
  const citations = childrenOf(ref).filter(({ name }) => /citation$|^citation-alternatives$|^nlm-citation$/.test(name));
  return citations.slice(0, 1).map((citation) => {
    const ids = [...descendantsOf(citation, 'pub-id'), ...descendantsOf(citation, 'ext-link')];
    const id = (type: string): string | undefined =>
      textOf(ids.find(({ attributes }) => attributes['pub-id-type'] === type || attributes['ext-link-type'] === type));
    const linked = ids.map((element) => element.attributes['xlink:href']).find((href) => doiOf(href) !== undefined);
    return { text: blockText(citation) ?? '', pmid: pmidOf(id('pmid')), doi: doiOf(id('doi')) ?? doiOf(linked) };
  });
}
