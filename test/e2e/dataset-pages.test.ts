import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { intakeRecords } from '../../src/catalog/index.ts';
import { encodeCursor } from '../../src/kernel/page.ts';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

let catalog: TestCatalog;
beforeAll(async () => {
  catalog = await startTestCatalog('shipped');
  // Ties: the same title, no year, no count; and titles that differ by case only.
  await publish(
    ['Twin', 'twin', 'TWIN', 'Ähre', 'zebra'].map((title, index) => record(`t${index}`, `tie-${index}`, title)),
  );
});
afterAll(async () => {
  await catalog.close();
});

function record(sourceId: string, slug: string, title: string) {
  return { sourceId, slug, title, description: title, accessClass: 'OPEN' };
}

async function publish(records: readonly unknown[]): Promise<void> {
  await intakeRecords(
    {
      source: { name: 'pages', kind: 'HARVEST' },
      records: records.map((value, index) => ({ place: `line ${index + 1}`, value })),
      publish: true,
      actor: 'test',
    },
    catalog.app.records,
  );
}

interface Page {
  readonly slugs: readonly string[];
  readonly cursors: readonly string[];
  readonly info: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}

async function page(orderBy: unknown, first: number | null, after?: string | null): Promise<Page> {
  const { data, errors } = await catalog.ask(
    `query ($orderBy: DatasetOrder, $first: Int, $after: String) { datasets(orderBy: $orderBy, first: $first, after: $after) {
       edges { cursor node { slug } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`,
    { orderBy, first, after: after ?? null },
  );
  expect(errors).toBeUndefined();
  const { edges, pageInfo } = data.datasets;
  return {
    slugs: edges.map((edge: any) => edge.node.slug),
    cursors: edges.map((edge: any) => edge.cursor),
    info: pageInfo,
  };
}

async function everyPage(orderBy: unknown, first: number): Promise<string[]> {
  const slugs: string[] = [];
  for (let after: string | null = null; ; ) {
    const { slugs: next, info } = await page(orderBy, first, after);
    slugs.push(...next);
    if (!info.hasNextPage) return slugs;
    expect(next).toHaveLength(first);
    after = info.endCursor;
  }
}

const orders = ['TITLE', 'SLUG', 'CREATED_AT', 'UPDATED_AT', 'SUBJECT_COUNT', 'YEAR'].flatMap((field) =>
  ['ASC', 'DESC'].map((direction) => ({ field, direction })),
);

describe('pages of datasets', () => {
  it.each(orders)('by $field $direction have neither gaps nor duplicates', async (orderBy) => {
    const whole = (await page(orderBy, 1_000)).slugs;
    expect(new Set(whole).size).toBe(16);
    for (const size of [1, 3, 16]) expect(await everyPage(orderBy, size)).toEqual(whole);
  });

  it('put records without a year last in either direction', async () => {
    for (const direction of ['ASC', 'DESC']) {
      const { data } = await catalog.ask(
        `{ datasets(first: 1000, orderBy: { field: YEAR, direction: ${direction} }) { nodes { year } } }`,
      );
      const years: (number | null)[] = data.datasets.nodes.map((node: any) => node.year);
      const known = years.filter((year) => year !== null);
      expect(years.slice(0, known.length)).toEqual(known);
      expect(known).toEqual(known.toSorted((a, b) => (direction === 'ASC' ? a - b : b - a)));
    }
  });

  it('stay valid when datasets are inserted before and after the cursor', async () => {
    const orderBy = { field: 'SLUG', direction: 'ASC' };
    const before = (await page(orderBy, 1_000)).slugs;
    const first = await page(orderBy, 4);
    await publish([record('i1', 'aaa', 'Before'), record('i2', 'zzz', 'After')]);
    const rest = await page(orderBy, 1_000, first.info.endCursor);
    expect([...first.slugs, ...rest.slugs]).toEqual([...before, 'zzz']);
  });

  it('tell where they stand', async () => {
    const first = await page(null, 2);
    expect(first.info).toEqual({
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: first.cursors[0],
      endCursor: first.cursors[1],
    });
    expect((await page(null, 2, first.info.endCursor)).info.hasPreviousPage).toBe(true);
    expect((await page(null, 0)).info).toMatchObject({ startCursor: null, endCursor: null });
  });

  it('hold 20 where nothing else is asked for', async () => {
    expect((await page(null, null)).slugs.length).toBeLessThanOrEqual(20);
  });

  it.each([-1, 1_001, 2_147_483_647])('are refused with first: %i', async (first) => {
    const { errors } = await catalog.ask(`{ datasets(first: ${first}) { nodes { slug } } }`);
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', details: { fields: ['first'] } });
  });

  it.each([
    ['empty', ''],
    ['not base64', '%%%'],
    ['of another order', encodeCursor('datasets:SLUG:ASC', ['a', 'a'])],
    ['too short', encodeCursor('datasets:TITLE:ASC', ['a'])],
    ['a number for a title', encodeCursor('datasets:TITLE:ASC', [1, 'a'])],
    ['null for a slug', encodeCursor('datasets:TITLE:ASC', ['a', null])],
    ['with U+0000', encodeCursor('datasets:TITLE:ASC', ['\0', 'a'])],
  ])('are refused with a cursor that is %s', async (_name, after) => {
    const { errors } = await catalog.ask('query ($after: String) { datasets(after: $after) { nodes { slug } } }', {
      after,
    });
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', details: { fields: ['after'] } });
  });

  it.each([
    ['datasets(orderBy: { field: YEAR }, after: $after) { nodes { slug } }', 'datasets:YEAR:ASC', ['soon', 'a']],
    ['dataset(slug: "upenn-gbm") { versions(after: $after) { nodes { id } } }', 'versions', ['x']],
    ['dataset(slug: "upenn-gbm") { subjects(after: $after) { nodes { id } } }', 'subjects', ['a', 'not-a-uuid']],
    ['dataset(slug: "upenn-gbm") { variables(after: $after) { nodes { id } } }', 'variables', ['x', 'y']],
  ])('of %s are refused with a forged cursor', async (field, order, key) => {
    const { errors } = await catalog.ask(`query ($after: String) { ${field} }`, { after: encodeCursor(order, key) });
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });
});
