import type { ReadScope } from '../access/index.ts';
import { type Connection, toConnection } from '../kernel/connection.ts';
import { type Count, type ExactCount, exactly } from '../kernel/count.ts';
import { InvalidInputError } from '../kernel/errors.ts';
import { type CursorKey, type CursorShape, decodeCursor, type PageRequest, pageSize } from '../kernel/page.ts';
import type { CountStatement, Dataset, DatasetOrder, Properties } from './model/dataset.ts';
import type { DatasetWhere } from './model/where.ts';
import type { CatalogReader } from './ports.ts';

/** Paging arguments of a connection as a client gives them. */
export interface PageArguments {
  readonly first?: number | null;
  readonly after?: string | null;
}

/**
 * Paging arguments, checked.
 * @param order - name of the list's order, part of its cursors
 * @param shape - what the values in a cursor of that order are
 * @throws InvalidInputError when `first` is out of range or `after` is not a cursor of this list
 */
export function pageRequest(args: PageArguments, order: string, shape: CursorShape, defaultFirst = 20): PageRequest {
  const first = pageSize(args.first ?? defaultFirst);
  const after: CursorKey | undefined = args.after == null ? undefined : decodeCursor(order, shape, args.after);
  return after === undefined ? { first } : { first, after };
}

/** Datasets that a reader may see, as a connection. */
export async function listDatasets(
  args: PageArguments & { readonly where: DatasetWhere; readonly order: DatasetOrder; readonly properties: Properties },
  reader: CatalogReader,
  scope: ReadScope,
): Promise<Connection<Dataset>> {
  const { where, order, properties } = args;
  const orderName = `datasets:${order.field}:${order.direction}`;
  const shape: CursorShape = [order.field === 'TITLE' || order.field === 'SLUG' ? 'text' : 'number', 'text'];
  const page = await reader.datasets({ where, order, properties, page: pageRequest(args, orderName, shape) }, scope);
  return toConnection(orderName, page, async () => exactly(await reader.countDatasets(where, scope)));
}

/**
 * Which dataset is meant.
 * @throws InvalidInputError unless exactly one of id and slug is given
 */
export function datasetKey(args: {
  readonly id?: string | null;
  readonly slug?: string | null;
}): { readonly id: string } | { readonly slug: string } {
  if (args.id != null && args.slug == null) return { id: args.id };
  if (args.slug != null && args.id == null) return { slug: args.slug };
  throw new InvalidInputError('Give exactly one of `id` and `slug`.', { fields: ['id', 'slug'] });
}

/** A stated number as a count. */
export function toCount(statement: CountStatement): ExactCount {
  const { value, qualifier, unit, asOf, source, confirmed } = statement;
  return {
    __typename: 'ExactCount',
    value,
    qualifier,
    source,
    confirmed,
    ...(unit !== undefined && { unit }),
    ...(asOf !== undefined && { asOf }),
  };
}

/** A number of rows this catalog holds. */
export function heldCount(value: number, unit: string, asOf: Date | undefined): ExactCount {
  const day = asOf?.toISOString().slice(0, 10);
  return { ...exactly(value, unit), source: 'rows held here', ...(day !== undefined && { asOf: day }) };
}

/** The headline number of subjects: the statement marked so, else the rows the reader may see, else any statement, else an unconfirmed 0 without a source. */
export function headlineSubjects(dataset: Dataset, counts: readonly CountStatement[]): Count {
  const stated = counts.filter((count) => count.measure === 'SUBJECTS');
  const headline = stated.find((count) => count.headline);
  if (headline !== undefined) return toCount(headline);
  const any = stated[0];
  if (dataset.held.subjects === 0) {
    // Nobody said a number, and filters by it do not find the dataset: a zero of nobody's, not a counted one.
    return any === undefined ? { ...exactly(0, 'subjects'), confirmed: false } : toCount(any);
  }
  return heldCount(dataset.held.subjects, 'subjects', dataset.rowsUpdatedAt);
}

/** Every number stated about a dataset, and what this catalog holds of it where the reader may see that. */
export function allCounts(dataset: Dataset, stated: readonly CountStatement[]): readonly CountStatement[] {
  const { held, rowsUpdatedAt } = dataset;
  if (!dataset.rowsVisible || held.subjects === 0) return stated;
  const counted = (measure: CountStatement['measure'], value: number): CountStatement => ({
    measure,
    value,
    qualifier: 'EXACT',
    source: 'rows held here',
    confirmed: true,
    headline: false,
    ...(rowsUpdatedAt !== undefined && { asOf: rowsUpdatedAt.toISOString().slice(0, 10) }),
  });
  return [
    ...stated,
    counted('SUBJECTS', held.subjects),
    counted('SESSIONS', held.sessions),
    counted('SCANS', held.scans),
  ];
}
