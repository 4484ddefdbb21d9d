import { Readable } from 'node:stream';
import { parseRecords } from '../../ingest/pubmed/parse-records.ts';
import type { ArticleRecord, LiteratureItem } from '../../src/literature/index.ts';

/** A PubmedArticle; parts of it are given as XML. */
export function pubmedArticle(
  pmid: number | string,
  parts: {
    readonly title?: string;
    readonly article?: string;
    readonly citation?: string;
    readonly data?: string;
    readonly version?: number;
  } = {},
): string {
  const { title = `Title ${pmid}`, article = '', citation = '', data = '', version = 1 } = parts;
  return `<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM"><PMID Version="${version}">${pmid}</PMID>
    <Article PubModel="Print"><Journal><ISSN>1234-5678</ISSN><JournalIssue><PubDate><Year>2019</Year><Month>Mar</Month></PubDate></JournalIssue>
    <Title>Journal of Examples</Title><ISOAbbreviation>J Ex</ISOAbbreviation></Journal><ArticleTitle>${title}</ArticleTitle>${article}</Article>
    ${citation}</MedlineCitation><PubmedData>${data}</PubmedData></PubmedArticle>`;
}

/** A file of records. */
export function pubmedSet(...records: readonly string[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle//EN" "https://example.org/none.dtd">\n<PubmedArticleSet>\n${records.join('\n')}\n</PubmedArticleSet>\n`;
}

/** The items of a file that comes in pieces of so many bytes. */
export async function itemsOf(
  xml: string | Buffer,
  options: { readonly pieces?: number; readonly threads?: number; readonly skip?: number } = {},
): Promise<readonly LiteratureItem[]> {
  const bytes = Buffer.from(xml);
  const { pieces = bytes.length, threads = 0, skip = 0 } = options;
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieces) parts.push(bytes.subarray(at, at + pieces));
  const items: LiteratureItem[] = [];
  for await (const some of parseRecords(Readable.from(parts), { threads, skip })) items.push(...some);
  return items;
}

/** The only article of a file with this one record. */
export async function articleOf(record: string): Promise<ArticleRecord> {
  const [item] = await itemsOf(pubmedSet(record));
  if (item?.kind !== 'article') throw new Error(`no article: ${JSON.stringify(item)}`);
  return item.article;
}
