import { type Connection, toConnection } from '../kernel/connection.ts';
import { exactly } from '../kernel/count.ts';
import { NotFoundError } from '../kernel/errors.ts';
import type { Page, PageRequest } from '../kernel/page.ts';
import type { DatasetVersion, RowKind, RowOf, RowParent, RowQuery } from './model/dataset.ts';
import type { Modality } from './model/vocabulary.ts';
import { type PageArguments, pageRequest } from './read-catalog.ts';

/** Batched reads of rows, as a request offers them. */
export interface RowLoaders {
  readonly rowPage: <K extends RowKind>(
    query: RowQuery<K>,
    page: PageRequest,
    parent: RowParent['kind'],
  ) => Loader<Page<RowOf<K>>>;
  readonly rowCount: <K extends RowKind>(query: RowQuery<K>, parent: RowParent['kind']) => Loader<number>;
  readonly versions: (page: PageRequest) => Loader<Page<DatasetVersion>>;
}

interface Loader<T> {
  load(key: string): Promise<T>;
}

/** Most items of a list that is not paged: the files of one scan, the assessments of one session. */
const listLimit = 1_000;

/** The rows of one parent as a connection, batched with those of its siblings. */
export async function rowConnection<K extends RowKind>(
  query: RowQuery<K>,
  parent: { readonly kind: RowParent['kind']; readonly id: string },
  args: PageArguments,
  loaders: RowLoaders,
): Promise<Connection<RowOf<K>>> {
  const order = `${query.kind}s`;
  const page = await loaders
    .rowPage(query, pageRequest(args, order, [query.kind === 'variable' ? 'integer' : 'text', 'uuid']), parent.kind)
    .load(parent.id);
  return toConnection(order, page, async () => exactly(await loaders.rowCount(query, parent.kind).load(parent.id)));
}

/** The rows of one parent as a plain list, at most 1,000. */
export async function rowList<K extends 'resource' | 'assessor'>(
  kind: K,
  parent: { readonly kind: RowParent['kind']; readonly id: string },
  loaders: RowLoaders,
): Promise<readonly RowOf<K>[]> {
  const page = await loaders.rowPage({ kind, where: {} }, { first: listLimit }, parent.kind).load(parent.id);
  return page.items;
}

/** The published versions of a dataset, latest first. */
export async function versionConnection(
  datasetId: string,
  total: number,
  args: PageArguments,
  loaders: RowLoaders,
): Promise<Connection<DatasetVersion>> {
  const page = await loaders.versions(pageRequest(args, 'versions', ['integer'])).load(datasetId);
  return toConnection('versions', page, () => Promise.resolve(exactly(total)));
}

/** The modality of a code; one that only a source knows is its own label. */
export function modalityOf(code: string, known: ReadonlyMap<string, Modality>): Modality {
  return known.get(code) ?? { code, label: code, scheme: 'LOCAL', synonyms: [] };
}

/** What each item stands for, left out where there is nothing. */
export function listOf<T, V>(items: readonly T[], find: (item: T) => V | undefined): V[] {
  return items.map(find).filter((value) => value !== undefined);
}

/**
 * What a row points to.
 * @throws NotFoundError when it vanished between two reads of one request
 */
export function present<T>(value: T | null): T {
  if (value === null) throw new NotFoundError('This row was removed while it was being read: ask again.');
  return value;
}
