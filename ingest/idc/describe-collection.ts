import type { RawRecord } from '../../src/catalog/index.ts';
import type { CollectionSummary, IdcIndex } from './open-idc-index.ts';

/** The slug of the dataset that holds a collection: `upenn_gbm` → `upenn-gbm`. */
export function slugOfCollection(collectionId: string): string {
  return collectionId
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
}

/** What the index itself says of its collections, as records; curated records of the same datasets take precedence. */
export async function describeCollections(index: IdcIndex, collectionIds: readonly string[]): Promise<RawRecord[]> {
  const wanted = new Set(collectionIds);
  const summaries = (await index.collections()).filter((summary) => wanted.has(summary.collectionId));
  return summaries.map((summary) => ({ place: summary.collectionId, value: describe(summary) }));
}

function describe(summary: CollectionSummary): unknown {
  const { collectionId, modalities, licenses, dois, patients, studies, series } = summary;
  const title = collectionId.replaceAll('_', '-').toUpperCase();
  const only = licenses.length === 1 ? licenses[0] : undefined;
  return {
    sourceId: collectionId,
    slug: slugOfCollection(collectionId),
    title,
    acronym: title,
    description:
      `Collection ${title} of the NCI Imaging Data Commons. Its index lists ${patients} patients, ${studies} imaging studies and ${series} series ` +
      `(${modalities.join(', ')}).`,
    modalities,
    accessClass: licenses.some((license) => /\bNC\b/.test(license)) ? 'OPEN_NON_COMMERCIAL' : 'OPEN',
    ...(only !== undefined && { license: only }),
    publisher: { name: 'NCI Imaging Data Commons', homepage: 'https://imaging.datacommons.cancer.gov/' },
    identifiers: [
      { scheme: 'IDC', value: collectionId },
      ...dois.map((value) => ({ scheme: 'DOI', value, iri: `https://doi.org/${value}` })),
    ],
  };
}
