import type { ArticleAuthor, ArticleGrant, ArticleRecord, DataBank, MeshHeading } from '../../src/literature/index.ts';
import { dateOf, orcidOf } from '../kit/article-fields.ts';
import { childOf, childrenOf, textOf, type XmlElement } from '../kit/xml-tree.ts';

/** The texts of an element's children of a name; empty ones are left out. */
export function textsOf(element: XmlElement | undefined, name: string): readonly string[] {
  return childrenOf(element, name).flatMap((child) => textOf(child) ?? []);
}

/** An abstract's parts as paragraphs, each after its label. */
export function abstractOf(abstract: XmlElement | undefined): string | undefined {
  const parts = childrenOf(abstract, 'AbstractText').flatMap((part) => {
    const text = textOf(part);
    const label = part.attributes['Label']?.trim();
    if (text === undefined) return [];
    return label === undefined || label === '' || label === 'UNLABELLED' ? text : `${label}: ${text}`;
  });
  return parts.length === 0 ? undefined : parts.join('\n');
}

/** Day of publication: of the issue, or else of the electronic article; a MedlineDate such as `1998 Dec-1999 Jan` is when it begins. */
export function datesOf(
  issue: XmlElement | undefined,
  electronic: XmlElement | undefined,
): Pick<ArticleRecord, 'year' | 'published'> {
  const published = dateIn(issue) ?? dateIn(electronic);
  return { year: published === undefined ? undefined : Number(published.slice(0, 4)), published };
}

function dateIn(element: XmlElement | undefined): string | undefined {
  const text = (name: string): string | undefined => textOf(childOf(element, name));
  const loose = /\b((?:1[4-9]|20)\d\d)\b(?: ([A-Z][a-z]{2})[a-z]*(?: (\d{1,2})\b)?)?/.exec(text('MedlineDate') ?? '');
  return dateOf(text('Year'), text('Month'), text('Day')) ?? dateOf(loose?.[1], loose?.[2], loose?.[3]);
}

/** Persons and groups, in order; spellings that NLM marked as wrong (ValidYN) are left out. */
export function authorsOf(list: XmlElement | undefined): readonly ArticleAuthor[] {
  return childrenOf(list, 'Author').flatMap((author) => {
    const text = (name: string): string | undefined => textOf(childOf(author, name));
    const family = text('LastName') ?? text('CollectiveName') ?? text('ForeName');
    if (family === undefined || author.attributes['ValidYN'] === 'N') return [];
    const suffix = text('Suffix');
    const identifiers = childrenOf(author, 'Identifier').filter(({ attributes }) => attributes['Source'] === 'ORCID');
    const placed = childrenOf(author, 'AffiliationInfo').flatMap((place) => textsOf(place, 'Affiliation'));
    return {
      family: suffix === undefined ? family : `${family} ${suffix}`,
      given: text('LastName') === undefined ? undefined : (text('ForeName') ?? text('Initials')),
      orcid: identifiers.map((identifier) => orcidOf(textOf(identifier))).find((orcid) => orcid !== undefined),
      affiliations: [...placed, ...textsOf(author, 'Affiliation')],
    };
  });
}

/** Headings with their qualifiers. */
export function meshOf(list: XmlElement | undefined): readonly MeshHeading[] {
  return childrenOf(list, 'MeshHeading').flatMap((heading) => {
    const descriptor = termOf(childOf(heading, 'DescriptorName'));
    if (descriptor === undefined) return [];
    return { ...descriptor, qualifiers: childrenOf(heading, 'QualifierName').flatMap((one) => termOf(one) ?? []) };
  });
}

function termOf(element: XmlElement | undefined): Omit<MeshHeading, 'qualifiers'> | undefined {
  const label = textOf(element);
  const ui = element?.attributes['UI'];
  return label === undefined || ui === undefined
    ? undefined
    : { ui, label, major: element?.attributes['MajorTopicYN'] === 'Y' };
}

/** Data banks with the accession numbers that MEDLINE's indexers found. */
export function dataBanksOf(list: XmlElement | undefined): readonly DataBank[] {
  return childrenOf(list, 'DataBank').flatMap((bank) => {
    const name = textOf(childOf(bank, 'DataBankName'));
    const accessions = textsOf(childOf(bank, 'AccessionNumberList'), 'AccessionNumber');
    return name === undefined ? [] : { name, accessions };
  });
}

/** Grants as they are named. */
export function grantsOf(list: XmlElement | undefined): readonly ArticleGrant[] {
  return childrenOf(list, 'Grant').map((grant) => ({
    id: textOf(childOf(grant, 'GrantID')),
    agency: textOf(childOf(grant, 'Agency')),
    country: textOf(childOf(grant, 'Country')),
  }));
}
