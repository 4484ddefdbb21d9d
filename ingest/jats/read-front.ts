import type { ArticleAuthor, ArticleGrant } from '../../src/literature/index.ts';
import { dateOf, orcidOf } from '../kit/article-fields.ts';
import { childOf, childrenOf, descendantsOf, textOf, type XmlElement } from '../kit/xml-tree.ts';
import { blockText } from './read-text.ts';

/** Which of an article's dates is told: the day it could first be read, as exactly as it is known. */
const dateOrder = ['epub', 'epub-ppub', 'ppub', 'collection', 'pub'];

/** Date of publication. */
export function publishedOf(meta: XmlElement): string | undefined {
  const dates = childrenOf(meta, 'pub-date').flatMap((date) => {
    const type =
      date.attributes['pub-type'] ?? (date.attributes['publication-format'] === 'electronic' ? 'epub' : 'pub');
    const text = (name: string): string | undefined => textOf(childOf(date, name));
    const day = dateOf(text('year'), text('month'), text('day'));
    return day === undefined || (date.attributes['date-type'] ?? 'pub') === 'retracted' ? [] : [{ type, day }];
  });
  for (const type of dateOrder) {
    const found = dates.find((date) => date.type === type);
    if (found !== undefined) return found.day;
  }
  return dates[0]?.day;
}

/** Authors, with the places that their cross references name. */
export function authorsOf(meta: XmlElement): readonly ArticleAuthor[] {
  const places = new Map(
    [...descendantsOf(meta, 'aff')].map((aff) => [aff.attributes['id'] ?? '', affiliationOf(aff)] as const),
  );
  const groups = childrenOf(meta, 'contrib-group');
  const contributors = groups.flatMap((group) => childrenOf(group, 'contrib'));
  return contributors
    .filter(({ attributes }) => (attributes['contrib-type'] ?? 'author') === 'author')
    .flatMap((contributor) => {
      const name = childOf(contributor, 'name') ?? [...descendantsOf(contributor, 'name')][0];
      const family =
        textOf(childOf(name, 'surname')) ??
        textOf(childOf(contributor, 'string-name')) ??
        blockText(childOf(contributor, 'collab'));
      if (family === undefined) return [];
      const own = childrenOf(contributor, 'aff').flatMap((aff) => affiliationOf(aff) ?? []);
      const named = childrenOf(contributor, 'xref')
        .filter(({ attributes }) => attributes['ref-type'] === 'aff')
        .flatMap(({ attributes }) => (attributes['rid'] ?? '').split(/\s+/))
        .flatMap((id) => places.get(id) ?? []);
      const ids = [...childrenOf(contributor, 'contrib-id'), ...childrenOf(contributor, 'uri')];
      const orcid = ids
        .map((id) => textOf(id) ?? id.attributes['xlink:href'])
        .find((id) => /orcid|^\d{4}-/.test(id ?? ''));
      return {
        family,
        given: textOf(childOf(name, 'given-names')),
        orcid: orcidOf(orcid),
        affiliations: [...own, ...named],
      };
    });
}

function affiliationOf(aff: XmlElement): string | undefined {
  return blockText(aff, new Set(['label', 'sup', 'institution-id']))?.replaceAll(' ,', ',');
}

/** Awards of the funding group. */
export function grantsOf(meta: XmlElement): readonly ArticleGrant[] {
  return childrenOf(meta, 'funding-group').flatMap((group) =>
    childrenOf(group, 'award-group').flatMap((award) => {
      const source = childOf(award, 'funding-source');
      const agency = blockText(source, new Set(['institution-id']));
      const ids = childrenOf(award, 'award-id').flatMap((id) => textOf(id) ?? []);
      return (ids.length === 0 ? [undefined] : ids).map((id) => ({ id, agency, country: undefined }));
    }),
  );
}

/** The licence's address, or else its words. */
export function licenseOf(meta: XmlElement): string | undefined {
  const license = childOf(childOf(meta, 'permissions'), 'license') ?? childOf(meta, 'license');
  if (license === undefined) return undefined;
  const linked = [...descendantsOf(license, 'ext-link'), ...descendantsOf(license, 'ali:license_ref')].map(
    (link) => link.attributes['xlink:href'] ?? textOf(link),
  );
  const addresses = [license.attributes['xlink:href'], ...linked].filter((href) => href !== undefined);
  return addresses.find((href) => href.includes('creativecommons.org')) ?? addresses[0] ?? blockText(license);
}
