import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { datasetIdOf } from '../../src/kernel/ids.ts';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

let catalog: TestCatalog;
beforeAll(async () => {
  catalog = await startTestCatalog('shipped');
  await catalog.app.db.query(
    `INSERT INTO variable (id, dataset_id, source_id, position, name, type)
     SELECT gen_random_uuid(), $1, id, 1, 'age', 'INTEGER' FROM source WHERE name = 'idc'`,
    [datasetIdOf('upenn-gbm')],
  );
});
afterAll(async () => {
  await catalog.close();
});

async function dataset(args: string): Promise<any> {
  return await catalog.ask(`{ dataset${args} { id slug } }`);
}

describe('dataset(id, slug)', () => {
  it('finds a dataset by slug and by its id', async () => {
    const bySlug = (await dataset('(slug: "abide")')).data.dataset;
    expect(bySlug).toMatchObject({ slug: 'abide' });
    expect((await dataset(`(id: "${bySlug.id}")`)).data.dataset).toEqual(bySlug);
    expect((await dataset(`(id: "${bySlug.id}", slug: null)`)).data.dataset).toEqual(bySlug);
  });

  it.each(['', '(slug: null)', '(id: "x", slug: "abide")'])(
    'refuses %j: exactly one of the two is needed',
    async (args) => {
      const { data, errors } = await dataset(args);
      expect(data.dataset).toBeNull();
      expect(errors[0].extensions).toEqual({ code: 'BAD_USER_INPUT', details: { fields: ['id', 'slug'] } });
    },
  );

  it.each([
    '(slug: "nowhere")',
    '(slug: "ABIDE")',
    '(slug: "")',
    '(slug: "\\u0000")',
    '(id: "x")',
    '(id: "Dataset:x")',
  ])('gives null for %j', async (args) => {
    const answer = await dataset(args);
    expect(answer.errors).toBeUndefined();
    expect(answer.data.dataset).toBeNull();
  });
});

describe('node(id)', () => {
  it('gives every type of node back under its own id', async () => {
    const { data } = await catalog.ask(`{ dataset(slug: "upenn-gbm") { id versions { nodes { id } }
      subjects(first: 1) { nodes { id } } sessions(first: 1) { nodes { id } } scans(first: 1) { nodes { id } } variables { nodes { id } } } }`);
    const found = data.dataset;
    const ids: [string, string][] = [
      ['Dataset', found.id],
      ['DatasetVersion', found.versions.nodes[0].id],
      ['Subject', found.subjects.nodes[0].id],
      ['ImagingSession', found.sessions.nodes[0].id],
      ['Scan', found.scans.nodes[0].id],
      ['Variable', found.variables.nodes[0].id],
    ];
    for (const [type, id] of ids) {
      const { data: again } = await catalog.ask('query ($id: ID!) { node(id: $id) { __typename id } }', { id });
      expect(again.node).toEqual({ __typename: type, id });
    }
  });

  it.each([
    '',
    'x',
    ':',
    'Dataset:',
    'Dataset:1',
    `Dataset:${datasetIdOf('nowhere')}`,
    `Subject:${datasetIdOf('abide')}`,
    `dataset:${datasetIdOf('abide')}`,
    `Dataset:${datasetIdOf('abide').toUpperCase()}`,
    `Dataset:${datasetIdOf('abide')} OR 1=1`,
    `Concept:${datasetIdOf('abide')}`,
    `__proto__:${datasetIdOf('abide')}`,
    'Dataset:\0',
    'x'.repeat(200),
  ])('gives null for %j', async (id) => {
    const { data, errors } = await catalog.ask('query ($id: ID!) { node(id: $id) { id } }', { id });
    expect(errors).toBeUndefined();
    expect(data.node).toBeNull();
  });
});
