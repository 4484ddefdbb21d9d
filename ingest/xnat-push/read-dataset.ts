import type { ReadScope } from '../../src/access/index.ts';
import type { CatalogReader, Dataset, License, RowKind, RowOf, RowParent, Variable } from '../../src/catalog/index.ts';
import type { CursorKey } from '../../src/kernel/page.ts';
import type { CatalogSubject } from './map-subject.ts';

/** Rows of one parent that come in one page; a parent with more is asked again. */
const pageSize = 1_000;

/** The catalog as one reader may see it. */
export interface Reading {
  readonly reader: CatalogReader;
  readonly scope: ReadScope;
}

/** All live rows of one kind below each of some parents. */
async function rowsOf<K extends RowKind>(
  { reader, scope }: Reading,
  kind: K,
  parents: RowParent,
): Promise<ReadonlyMap<string, readonly RowOf<K>[]>> {
  const found = new Map<string, RowOf<K>[]>(parents.ids.map((id) => [id, []]));
  let open: readonly { readonly id: string; readonly after?: CursorKey }[] = parents.ids.map((id) => ({ id }));
  while (open.length > 0) {
    const next: { id: string; after: CursorKey }[] = [];
    // All first pages in one statement; the rare parents with more, one by one.
    const groups = open[0]?.after === undefined ? [open] : open.map((one) => [one]);
    for (const group of groups) {
      const after = group[0]?.after;
      const page = { first: pageSize, ...(after !== undefined && { after }) };
      const ids = group.map((one) => one.id);
      const pages = await reader.rows({ kind, where: {}, page }, { kind: parents.kind, ids }, scope);
      for (const [id, { items, hasNextPage, keyAt }] of pages) {
        found.get(id)?.push(...items);
        if (hasNextPage) next.push({ id, after: keyAt(items.length - 1) });
      }
    }
    open = next;
  }
  return found;
}

/** Subjects of a dataset with everything below them, some at a time, in order of their labels. */
export async function* subjectBatches(
  reading: Reading,
  dataset: Dataset,
  batchSize: number,
): AsyncGenerator<readonly CatalogSubject[]> {
  let after: CursorKey | undefined;
  for (;;) {
    const page = { first: batchSize, ...(after !== undefined && { after }) };
    const parent = { kind: 'dataset', ids: [dataset.id] } as const;
    const pages = await reading.reader.rows({ kind: 'subject', where: {}, page }, parent, reading.scope);
    const found = pages.get(dataset.id);
    if (found === undefined || found.items.length === 0) return;
    const ids = found.items.map((subject) => subject.id);
    const sessions = await rowsOf(reading, 'session', { kind: 'subject', ids });
    const sessionIds = [...sessions.values()].flatMap((rows) => rows.map((row) => row.id));
    const scans = await rowsOf(reading, 'scan', { kind: 'session', ids: sessionIds });
    const values = await reading.reader.values({ kind: 'subject', ids }, undefined, reading.scope);
    yield found.items.map((subject) => ({
      subject,
      sessions: (sessions.get(subject.id) ?? []).map((session) => ({ session, scans: scans.get(session.id) ?? [] })),
      values: values.get(subject.id) ?? [],
    }));
    if (!found.hasNextPage) return;
    after = found.keyAt(found.items.length - 1);
  }
}

/** All variables of a dataset. */
export async function variablesOf(reading: Reading, dataset: Dataset): Promise<readonly Variable[]> {
  return (await rowsOf(reading, 'variable', { kind: 'dataset', ids: [dataset.id] })).get(dataset.id) ?? [];
}

/** Licences by id. */
export async function licensesById({ reader }: Reading): Promise<ReadonlyMap<string, License>> {
  const { licenses } = await reader.vocabulary();
  return new Map(licenses.map((license) => [license.id, license]));
}
