import type { EntityManager } from 'typeorm';
import type { ArticleId } from '../../kernel/ids.ts';
import { ArticleIdentities, type IdentifiedItem } from '../identify-articles.ts';
import { mergeArticles, type SourcedArticle } from '../merge-articles.ts';
import { mergeStored } from './merge-stored.ts';
import {
  findIdentities,
  findStatements,
  findTombstones,
  type PriorStatement,
  readStatements,
} from './prior-articles.ts';
import { writeRecord } from './stored-record.ts';
import { enqueueSlice, type VectorSlice } from './vector-queue.ts';
import { type FoldedArticle, type NewStatement, writeArticles, writeStatements } from './write-articles.ts';

/** What became of some items. */
export interface StoredItems {
  readonly accepted: number;
  readonly unchanged: number;
}

/** Stores articles of one source, a set at a time; the articles must be locked. */
export async function storeItems(
  tx: EntityManager,
  items: readonly IdentifiedItem[],
  slice: VectorSlice,
): Promise<StoredItems> {
  if (items.length === 0) return { accepted: 0, unchanged: 0 };
  const identities = new ArticleIdentities(await findIdentities(tx, items));
  const pmids = items.flatMap(({ record }) => record.pmid ?? []);
  const tombstones = await findTombstones(tx, pmids);
  const living = items.filter(({ record: { pmid, version } }) => version > (tombstones.get(pmid ?? '') ?? 0));
  const assigned = living.map((item) => ({ item, id: identities.assign(item) }));
  const { merged } = identities;
  await mergeStored(tx, merged);
  const ids = [...new Set(assigned.map(({ id }) => identities.current(id)))];
  const prior = await findStatements(
    tx,
    ids.filter((id) => identities.isStored(id)),
  );
  const newest = newestOfEach(
    assigned.map(({ item, id }) => ({ ...item, id: identities.current(id) })),
    prior,
  );
  await writeAll(tx, { newest, prior, identities, slice, survivors: [...merged.values()] });
  return { accepted: newest.length, unchanged: items.length - newest.length };
}

type NewItem = IdentifiedItem & { readonly id: ArticleId; readonly written: NewStatement['written'] };

/** Of each article the newest version that this source brings, unless it said the same, or a newer one, before. */
function newestOfEach(
  items: readonly (IdentifiedItem & { readonly id: ArticleId })[],
  prior: ReadonlyMap<ArticleId, ReadonlyMap<string, PriorStatement>>,
): readonly NewItem[] {
  const newest = new Map<ArticleId, IdentifiedItem & { readonly id: ArticleId }>();
  for (const item of items) {
    if ((newest.get(item.id)?.record.version ?? -1) <= item.record.version) newest.set(item.id, item);
  }
  return [...newest.values()].flatMap((item): NewItem[] => {
    const before = prior.get(item.id)?.get(item.source);
    if (before !== undefined && before.version > item.record.version) return [];
    const written = writeRecord(item.record);
    return before?.hash === written.hash ? [] : [{ ...item, written }];
  });
}

async function writeAll(
  tx: EntityManager,
  parts: {
    readonly newest: readonly NewItem[];
    readonly prior: ReadonlyMap<ArticleId, ReadonlyMap<string, PriorStatement>>;
    readonly identities: ArticleIdentities;
    readonly slice: VectorSlice;
    readonly survivors: readonly ArticleId[];
  },
): Promise<void> {
  const { newest, prior, identities, slice } = parts;
  const changed = new Map<ArticleId, NewItem | undefined>(parts.survivors.map((id) => [id, undefined]));
  for (const item of newest) changed.set(item.id, item);
  const hasOthers = (id: ArticleId): boolean =>
    [...(prior.get(id)?.keys() ?? [])].some((source) => source !== changed.get(id)?.source);
  const others = await readStatements(tx, [...changed.keys()].filter(hasOthers));
  const folded = [...changed].flatMap(([id, item]) => fold(id, item, others.get(id) ?? []));
  const articles = folded.map(({ id, record }): FoldedArticle => {
    const { pmcid } = record;
    return { id, record, pmcid: pmcid !== undefined && identities.owns(id, pmcid) ? pmcid : undefined };
  });
  await writeArticles(tx, articles);
  await writeStatements(
    tx,
    newest.map(({ id, source, sourceId, record, written }) => ({
      id,
      source,
      sourceId,
      version: record.version,
      written,
    })),
  );
  await enqueueSlice(tx, articles, slice);
}

function fold(
  id: ArticleId,
  item: NewItem | undefined,
  others: readonly SourcedArticle[],
): readonly { readonly id: ArticleId; readonly record: SourcedArticle['record'] }[] {
  const said = [...(item === undefined ? [] : [item]), ...others.filter(({ source }) => source !== item?.source)];
  const [first, ...rest] = said;
  return first === undefined ? [] : [{ id, record: mergeArticles([first, ...rest]) }];
}
