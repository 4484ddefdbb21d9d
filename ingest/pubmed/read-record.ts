import { messageOf } from '../../src/kernel/errors.ts';
import type { LiteratureItem } from '../../src/literature/index.ts';
import { pmidOf } from '../kit/article-fields.ts';
import { XmlTreeReader } from '../kit/xml-tree.ts';
import { deletedPmids, mapBook, mapCitation, unreadElements } from './map-citation.ts';
import type { RecordSlice } from './slice-records.ts';

/** Reads slices of a file into items; one of these per thread. */
export class RecordReader {
  readonly #trees = new XmlTreeReader(unreadElements);

  /** The items of a record: one, except that a DeleteCitation has one for each PMID. */
  read(slice: RecordSlice): readonly LiteratureItem[] {
    if (slice.broken !== undefined) return [rejection(slice, slice.broken)];
    try {
      const record = this.#trees.read(slice.bytes.toString('utf8'));
      if (slice.name.startsWith('Delete')) return deletedPmids(record).map((pmid) => ({ kind: 'deletion', pmid }));
      const article = slice.name === 'PubmedBookArticle' ? mapBook(record) : mapCitation(record);
      if (article?.pmid === undefined) return [rejection(slice, 'has no PMID or no Article')];
      return [{ kind: 'article', sourceId: article.pmid, article }];
    } catch (error) {
      return [rejection(slice, messageOf(error))];
    }
  }
}

/** How many items a slice has, without reading it. */
export function countItems(slice: RecordSlice): number {
  if (!slice.name.startsWith('Delete') || slice.broken !== undefined) return 1;
  return new RecordReader().read(slice).length;
}

function rejection(slice: RecordSlice, reason: string): LiteratureItem {
  const head = slice.bytes.toString('latin1', 0, 2_000);
  const pmid = pmidOf(/<PMID[^>]*>\s*(\d+)\s*<\/PMID>/.exec(head)?.[1]);
  const place = `byte ${slice.offset}`;
  return {
    kind: 'rejection',
    sourceId: pmid ?? place,
    error: `${slice.name} at ${place}${pmid === undefined ? '' : ` (PMID ${pmid})`} ${reason}.`,
  };
}
