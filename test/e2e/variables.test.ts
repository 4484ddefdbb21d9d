import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ingestTable } from '../../ingest/table/ingest-table.ts';
import { intakeRecords } from '../../src/catalog/index.ts';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

let catalog: TestCatalog;
let folder: string;
let researcher: string;

const mapping = `missingCodes: [-9999]
subject: { id: ID, sex: SEX, ageYears: AGE, diagnosis: DX }
variables:
  AGE: { type: DECIMAL, label: Age at scan, unit: a }
  IQ: { type: INTEGER, label: Intelligence quotient }
  DX: { type: CATEGORICAL, categories: { 1: { label: Glioblastoma, concept: "MESH:D005909" }, 2: Control }, concept: "MESH:D005909" }
  VISIT: { type: DATE }
`;
const table =
  'ID,SEX,AGE,DX,IQ,VISIT\nA,M,30,1,101,2020-01-05\nB,F,40,1,-9999,2020-01-05\nC,F,50,2,99.0,2021-03-04\nD,M,61,2,,\n';

beforeAll(async () => {
  catalog = await startTestCatalog('empty');
  folder = await mkdtemp(join(tmpdir(), 'mia-variables-'));
  researcher = await catalog.token('RESEARCHER');
  await writeFile(join(folder, 't.csv'), table);
  await writeFile(join(folder, 't.yaml'), mapping);
  const record = (slug: string, accessClass: string) => ({
    place: slug,
    value: { sourceId: slug, slug, title: slug, description: slug, accessClass },
  });
  await intakeRecords(
    {
      source: { name: 'test', kind: 'HARVEST' },
      records: [
        record('open', 'OPEN'),
        record('non-commercial', 'OPEN_NON_COMMERCIAL'),
        record('restricted', 'RESTRICTED'),
      ],
      publish: true,
      actor: 'test',
    },
    catalog.app.records,
  );
  for (const dataset of ['open', 'non-commercial', 'restricted']) {
    await ingestTable({ file: join(folder, 't.csv'), dataset, mapping: join(folder, 't.yaml') }, catalog.app);
  }
});
afterAll(async () => {
  await catalog.close();
  await rm(folder, { recursive: true });
});

async function labels(where: string, slug = 'open', token?: string): Promise<string[]> {
  const { data, errors } = await catalog.ask(
    `{ dataset(slug: "${slug}") { subjects(where: ${where}) { nodes { label } totalCount { ... on ExactCount { value } } } } }`,
    {},
    token,
  );
  expect(errors).toBeUndefined();
  const { nodes, totalCount } = data.dataset.subjects;
  expect(totalCount.value).toBe(nodes.length);
  return nodes.map((node: any) => node.label);
}

describe('the variables of a dataset', () => {
  it('are typed, in the order of the table, and say what they mean', async () => {
    const { data } = await catalog.ask(
      `{ dataset(slug: "open") { variables { nodes { name label unit type categories missingCodes source concept { code } minimum } } } }`,
    );
    expect(data.dataset.variables.nodes).toMatchObject([
      {
        name: 'AGE',
        label: 'Age at scan',
        unit: 'a',
        type: 'DECIMAL',
        missingCodes: ['-9999'],
        source: 'table:t',
        minimum: null,
      },
      { name: 'IQ', type: 'INTEGER' },
      {
        name: 'DX',
        type: 'CATEGORICAL',
        categories: { 1: 'Glioblastoma', 2: 'Control' },
        concept: { code: 'D005909' },
      },
      { name: 'VISIT', type: 'DATE' },
    ]);
  });

  it.each([
    ['{ name: { eq: "IQ" } }', ['IQ']],
    ['{ label: { contains: "age" } }', ['AGE']],
    ['{ text: { contains: "i" } }', ['IQ', 'VISIT']],
    ['{ type: { in: [INTEGER, DECIMAL] } }', ['AGE', 'IQ']],
    ['{ unit: { eq: "a" } }', ['AGE']],
    ['{ concept: { anyOf: ["glioblastoma"] } }', ['DX']],
    ['{ not: { type: { eq: CATEGORICAL } } }', ['AGE', 'IQ', 'VISIT']],
  ])('are found by %s', async (where, names) => {
    const { data } = await catalog.ask(
      `{ dataset(slug: "open") { variables(where: ${where}, first: 10) { nodes { name } totalCount { ... on ExactCount { value } } } } }`,
    );
    expect(data.dataset.variables.nodes.map((node: any) => node.name)).toEqual(names);
    expect(data.dataset.variables.totalCount.value).toBe(names.length);
  });

  it('are summed up for those who may see the rows, and for nobody else', async () => {
    const query = `{ datasets(orderBy: { field: SLUG }) { nodes { slug variables { nodes { name summary { n missing min median mean max topValues { value count } } } } } } }`;
    const asGuest = (await catalog.ask(query)).data.datasets.nodes;
    const asResearcher = (await catalog.ask(query, {}, researcher)).data.datasets.nodes;
    const seen = (nodes: any[]) =>
      nodes.map((node) => [
        node.slug,
        node.variables.nodes.every((variable: any) => variable.summary !== null),
        node.variables.nodes.length,
      ]);
    expect(seen(asGuest)).toEqual([
      ['non-commercial', false, 4],
      ['open', true, 4],
      ['restricted', false, 4],
    ]);
    expect(seen(asResearcher)).toEqual([
      ['non-commercial', true, 4],
      ['open', true, 4],
      ['restricted', false, 4],
    ]);
    expect(asGuest[0].variables.nodes.map((variable: any) => variable.summary)).toEqual([null, null, null, null]);
    expect(asGuest[1].variables.nodes.map((variable: any) => variable.summary)).toEqual([
      { n: 4, missing: 0, min: 30, median: 45, mean: 45.25, max: 61, topValues: [] },
      { n: 2, missing: 2, min: 99, median: 100, mean: 100, max: 101, topValues: [] },
      {
        n: 4,
        missing: 0,
        min: null,
        median: null,
        mean: null,
        max: null,
        topValues: [
          { value: 'Control', count: 2 },
          { value: 'Glioblastoma', count: 2 },
        ],
      },
      {
        n: 3,
        missing: 1,
        min: null,
        median: null,
        mean: null,
        max: null,
        topValues: [
          { value: '2020-01-05', count: 2 },
          { value: '2021-03-04', count: 1 },
        ],
      },
    ]);
  });
});

describe('the values of a subject', () => {
  it('keep what was written beside what it means', async () => {
    const { data } = await catalog.ask(
      `{ dataset(slug: "open") { subjects(where: { label: { eq: "B" } }) { nodes { values { name text number label missing concept { label } } } } } }`,
    );
    expect(data.dataset.subjects.nodes[0].values).toEqual([
      { name: 'AGE', text: '40', number: 40, label: null, missing: false, concept: null },
      { name: 'IQ', text: '-9999', number: null, label: null, missing: true, concept: null },
      {
        name: 'DX',
        text: '1',
        number: null,
        label: 'Glioblastoma',
        missing: false,
        concept: { label: 'Glioblastoma' },
      },
      { name: 'VISIT', text: '2020-01-05', number: null, label: '2020-01-05', missing: false, concept: null },
    ]);
  });
});

describe('subjects', () => {
  it.each([
    ['{ hasValue: { variable: "IQ" } }', ['A', 'C']],
    ['{ not: { hasValue: { variable: "IQ" } } }', ['B', 'D']],
    ['{ hasValue: { variable: "IQ", gte: 100 } }', ['A']],
    ['{ hasValue: { variable: "AGE", gte: 40, lte: 50 } }', ['B', 'C']],
    ['{ hasValue: { variable: "IQ", eq: "99" } }', ['C']],
    ['{ hasValue: { variable: "DX", eq: "Glioblastoma" } }', ['A', 'B']],
    ['{ hasValue: { variable: "DX", in: ["2", "3"] } }', ['C', 'D']],
    ['{ hasValue: { variable: "DX", in: [] } }', []],
    ['{ hasValue: { variable: "DX", contains: "blast" } }', ['A', 'B']],
    ['{ hasValue: { variable: "IQ", eq: "-9999" } }', []],
    ['{ hasValue: { variable: "VISIT", eq: "2020-01-05" }, sex: { eq: "F" } }', ['B']],
    ['{ hasValue: [{ variable: "IQ" }, { variable: "AGE", gte: 45 }] }', ['C']],
    ['{ or: [{ hasValue: { variable: "IQ", gte: 100 } }, { ageYears: { gte: 60 } }] }', ['A', 'D']],
    ['{ hasValue: { variable: "no such variable" } }', []],
    ['{ hasValue: { variable: "DX", eq: "x\' OR TRUE --" } }', []],
  ])('are found by %s', async (where, expected) => {
    expect(await labels(where)).toEqual(expected);
  });

  it('that are hidden are not found out by their values, through any path', async () => {
    for (const where of ['{ hasValue: { variable: "IQ" } }', '{ not: { hasValue: { variable: "IQ" } } }', '{}']) {
      expect(await labels(where, 'non-commercial')).toEqual([]);
      expect(await labels(where, 'restricted', researcher)).toEqual([]);
    }
    expect(await labels('{ hasValue: { variable: "IQ" } }', 'non-commercial', researcher)).toEqual(['A', 'C']);
  });

  it('are filtered by their values along an index', async () => {
    const rows: { plan: string }[] = await catalog.app.db.transaction(async (tx) => {
      await tx.query('SET LOCAL enable_seqscan = off');
      const plan: Record<string, string>[] = await tx.query(
        `EXPLAIN SELECT 1 FROM value x WHERE x.variable_id = '00000000-0000-0000-0000-000000000000' AND x.number >= 100`,
      );
      return plan.map((row) => ({ plan: String(row['QUERY PLAN']) }));
    });
    expect(rows.map((row) => row.plan).join('\n')).toMatch(/Index (?:Cond|Scan)|Bitmap Index Scan/);
  });
});
