import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { intakeVariables } from '../../src/catalog/index.ts';
import { datasetIdOf } from '../../src/kernel/ids.ts';
import { mustDo, mustFail, nodeIdOf, tokenFor, tryTo } from '../kit/curate.ts';
import { eventTypes, subject, takeRows } from '../kit/intake.ts';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

let catalog: TestCatalog;
let steward: string;
beforeAll(async () => {
  catalog = await startTestCatalog('empty');
  steward = await catalog.token('STEWARD');
});
afterAll(async () => {
  await catalog.close();
});

let count = 0;
async function dataset(): Promise<{ slug: string; datasetId: string }> {
  const slug = `import-${(count += 1)}`;
  await mustDo(catalog, 'createDataset', { slug, title: 't', description: 'd', accessClass: 'OPEN' }, steward);
  return { slug, datasetId: nodeIdOf(slug) };
}

const take = async (datasetId: string, rows: readonly object[], more: object = {}): Promise<any> => {
  const { dataset: _dataset, ...report } = await mustDo(
    catalog,
    'importSubjects',
    { datasetId, rows, ...more },
    steward,
  );
  return report;
};

/** All subjects with their values, by label. */
async function held(slug: string): Promise<any[]> {
  const { data } = await catalog.ask(
    `query ($slug: String!) { dataset(slug: $slug) { subjects(first: 1000) { nodes {
      label sex ageYears diagnosis group site source values { name text number label missing } } } } }`,
    { slug },
    steward,
  );
  return data.dataset.subjects.nodes;
}

const full = {
  label: 'P1',
  sex: 'F',
  ageYears: 31.5,
  diagnosis: 'ASD',
  group: 'case',
  site: 'A',
  values: [
    { name: 'IQ', number: 101 },
    { name: 'note', text: 'left-handed' },
  ],
};

describe('importSubjects', () => {
  it('stores subjects with fields and values, and makes the variables it needs', async () => {
    const { slug, datasetId } = await dataset();
    expect(await take(datasetId, [full, { label: 'P2' }])).toEqual({ accepted: 2, unchanged: 0, rejected: [] });
    const value = { label: null, missing: false };
    expect(await held(slug)).toEqual([
      {
        ...full,
        source: 'import:subjects',
        values: [
          { name: 'IQ', text: '101', number: 101, ...value },
          { name: 'note', text: 'left-handed', number: null, ...value },
        ],
      },
      {
        label: 'P2',
        sex: null,
        ageYears: null,
        diagnosis: null,
        group: null,
        site: null,
        source: 'import:subjects',
        values: [],
      },
    ]);
    const { data } = await catalog.ask(
      'query ($slug: String) { dataset(slug: $slug) { variables { nodes { name type } } } }',
      { slug },
      steward,
    );
    expect(data.dataset.variables.nodes).toEqual([
      { name: 'IQ', type: 'DECIMAL' },
      { name: 'note', type: 'TEXT' },
    ]);
  });

  it('changes and announces nothing when the same comes again', async () => {
    const { slug, datasetId } = await dataset();
    await take(datasetId, [full, { label: 'P2' }]);
    const before = [await held(slug), await eventTypes(catalog)];
    expect(await take(datasetId, [full, { label: 'P2' }])).toEqual({ accepted: 0, unchanged: 2, rejected: [] });
    expect([await held(slug), await eventTypes(catalog)]).toEqual(before);
  });

  it('leaves subjects and variables alone that are not named', async () => {
    const { slug, datasetId } = await dataset();
    await take(datasetId, [full]);
    await take(datasetId, [{ label: 'P2', values: [{ name: 'height', number: 1.8 }] }]);
    expect((await held(slug)).map(({ label, values }) => [label, values.map((value: any) => value.name)])).toEqual([
      ['P1', ['IQ', 'note']],
      ['P2', ['height']],
    ]);
    const { data } = await catalog.ask(
      'query ($slug: String) { dataset(slug: $slug) { variables { nodes { name } } } }',
      { slug },
      steward,
    );
    expect(data.dataset.variables.nodes.map((node: any) => node.name)).toEqual(['IQ', 'note', 'height']);
  });

  it('replaces what the same table said of a subject, and stands beside other tables', async () => {
    const { slug, datasetId } = await dataset();
    await take(datasetId, [full]);
    await take(datasetId, [{ label: 'P1', values: [{ name: 'lab', number: 5 }] }], { table: 'lab.2026' });
    await take(datasetId, [{ label: 'P1', ageYears: 32 }]);
    const [kept] = await held(slug);
    expect([kept.ageYears, kept.sex, kept.values.map((value: any) => value.name)]).toEqual([
      32,
      null,
      ['IQ', 'note', 'lab'],
    ]);
    await take(datasetId, [{ label: 'P1', ageYears: 32, values: [{ name: 'IQ', number: 102 }] }]);
    const [changed] = await held(slug);
    expect(changed.values.map((value: any) => [value.name, value.number])).toEqual([
      ['IQ', 102],
      ['lab', 5],
    ]);
  });

  it('fills what an XNAT leaves empty and overrides nothing of it', async () => {
    const { slug, datasetId } = await dataset();
    await takeRows(catalog, slug, [subject('P1', [], { sex: 'M' })]);
    expect(await take(datasetId, [full])).toMatchObject({ accepted: 1, rejected: [] });
    expect((await held(slug))[0]).toMatchObject({ sex: 'M', diagnosis: 'ASD', source: 'hospital-xnat' });
  });

  it('rejects bad rows with place and reason, without repeating what was written, and takes the others', async () => {
    const { slug, datasetId } = await dataset();
    await take(datasetId, [full]);
    const secret = 'Jane Doe, 1 Main Street';
    const rows = [
      { label: 'P1', sex: secret },
      { label: 'P2', ageYears: 151 },
      { label: ' ' },
      { label: 'P3', values: [{ name: 'IQ', text: secret }] },
      { label: 'P4', values: [{ name: 'IQ' }] },
      { label: 'P5', values: [{ name: 'IQ', number: 1, text: '1' }] },
      {
        label: 'P6',
        values: [
          { name: 'IQ', number: 1 },
          { name: ' IQ ', number: 2 },
        ],
      },
      { label: 'P7', diagnosis: 'a\0b' },
      { label: '\ud800' },
      { label: 'x'.repeat(5_000) },
      { label: 'P8' },
      { label: 'P8', sex: 'F' },
      { label: 'P9', values: [{ name: 'n'.repeat(600), number: 1 }] },
      { label: 'P10', values: [{ name: '\0', number: 1 }] },
      { label: 'P11', ageYears: -1 },
      { label: 'P12', ageYears: 1e308 },
    ];
    const report = await take(datasetId, rows);
    expect([report.accepted, report.unchanged]).toEqual([1, 0]);
    expect(report.rejected.map(({ index }: any) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15]);
    expect(report.rejected.map(({ sourceId }: any) => sourceId).slice(0, 4)).toEqual(['P1', 'P2', 'row 3', 'P3']);
    expect(report.rejected.map(({ error }: any) => error.split(':')[0]).slice(0, 9)).toEqual([
      'sex',
      'ageYears',
      'label',
      'IQ',
      'IQ',
      'IQ',
      'values',
      'diagnosis',
      'label',
    ]);
    expect(JSON.stringify(report)).not.toContain('Main Street');
    expect((await held(slug)).map(({ label, sex }) => [label, sex])).toEqual([
      ['P1', 'F'],
      ['P8', null],
    ]);
  });

  it('makes no variable for a row that it rejects', async () => {
    const { slug, datasetId } = await dataset();
    await take(datasetId, [{ label: 'P1', sex: 'no', values: [{ name: 'never', number: 1 }] }]);
    const { data } = await catalog.ask(
      'query ($slug: String) { dataset(slug: $slug) { variables { nodes { name } } } }',
      { slug },
      steward,
    );
    expect(data.dataset.variables.nodes).toEqual([]);
  });

  it('holds values to the definitions of a clinical table', async () => {
    const { slug, datasetId } = await dataset();
    const variables = [
      { name: 'age', type: 'INTEGER', minimum: 0, maximum: 120, missingCodes: ['-9999'] },
      { name: 'dx', type: 'CATEGORICAL', categories: { '1': 'Autism', '2': 'Control' } },
      { name: 'smoker', type: 'BOOLEAN' },
      { name: 'visit', type: 'DATE' },
    ];
    await intakeVariables(
      { datasetId: datasetIdOf(slug), source: { name: 'table:clinic', kind: 'TABLE' }, variables },
      catalog.app.rows,
    );
    const row = (label: string, name: string, value: object): object => ({ label, values: [{ name, ...value }] });
    const report = await take(datasetId, [
      row('a1', 'age', { number: 12 }),
      row('a2', 'age', { text: '12' }),
      row('a3', 'age', { number: -9999 }),
      row('a4', 'age', { number: 12.5 }),
      row('a5', 'age', { number: 121 }),
      row('a6', 'age', { text: '0x10' }),
      row('d1', 'dx', { number: 1 }),
      row('d2', 'dx', { text: 'CONTROL' }),
      row('d3', 'dx', { text: '3' }),
      row('s1', 'smoker', { text: 'Yes' }),
      row('s2', 'smoker', { text: 'maybe' }),
      row('v1', 'visit', { text: '2026-02-28' }),
      row('v2', 'visit', { text: '2026-02-30' }),
    ]);
    expect(report.rejected.map(({ sourceId }: any) => sourceId)).toEqual(['a4', 'a5', 'a6', 'd3', 's2', 'v2']);
    const stored = Object.fromEntries(
      (await held(slug)).map(({ label, values: [value] }) => [label, [value.number, value.label, value.missing]]),
    );
    expect(stored).toEqual({
      a1: [12, null, false],
      a2: [12, null, false],
      a3: [null, null, true],
      d1: [null, 'Autism', false],
      d2: [null, 'Control', false],
      s1: [null, 'true', false],
      v1: [null, '2026-02-28', false],
    });
  });

  it('takes a thousand rows at once, and no more', async () => {
    const { slug, datasetId } = await dataset();
    const rows = Array.from({ length: 1_001 }, (_, index) => ({
      label: `P${index}`,
      values: [{ name: 'n', number: index }],
    }));
    const { details } = await mustFail(
      catalog,
      'importSubjects',
      { datasetId, rows },
      { code: 'BAD_USER_INPUT', token: steward },
    );
    expect([details.fields, await held(slug)]).toEqual([['rows'], []]);
    expect(await take(datasetId, rows.slice(1))).toEqual({ accepted: 1_000, unchanged: 0, rejected: [] });
    expect(await take(datasetId, [])).toEqual({ accepted: 0, unchanged: 0, rejected: [] });
  });

  it.each(['', 'Upper', 'a b', '../x', 'a\0', 'x'.repeat(61)])('refuses a bad name of a table: %j', async (table) => {
    const { datasetId } = await dataset();
    const input = { datasetId, table, rows: [{ label: 'P' }] };
    const { details } = await mustFail(catalog, 'importSubjects', input, { code: 'BAD_USER_INPUT', token: steward });
    expect(details.fields).toEqual(['table']);
  });

  it('by several at once loses nothing', async () => {
    const { slug, datasetId } = await dataset();
    const rowsOf = (who: number): object[] =>
      Array.from({ length: 20 }, (_, index) => ({
        label: `${who}-${index}`,
        values: [{ name: `v${who % 2}`, number: index }],
      }));
    const answers = await Promise.all(
      [0, 1, 2, 3].map((who) => tryTo(catalog, 'importSubjects', { datasetId, rows: rowsOf(who) }, steward)),
    );
    expect(answers.map(({ data }) => data?.importSubjects.accepted)).toEqual([20, 20, 20, 20]);
    expect((await held(slug)).map(({ values }) => values.length)).toEqual(Array.from({ length: 80 }, () => 1));
  });
});

describe('who may import', () => {
  it('is a steward of the catalog or of the dataset', async () => {
    const { slug, datasetId } = await dataset();
    const input = { datasetId, rows: [{ label: 'P' }] };
    const researcher = await catalog.token('RESEARCHER');
    await mustFail(catalog, 'importSubjects', input, { code: 'UNAUTHENTICATED' });
    await mustFail(catalog, 'importSubjects', input, { code: 'NOT_FOUND', token: researcher });
    await mustDo(catalog, 'publishDataset', { id: datasetId, expectedVersion: 1 }, steward);
    await mustFail(catalog, 'importSubjects', input, { code: 'FORBIDDEN', token: researcher });
    expect(await held(slug)).toEqual([]);
    await mustDo(catalog, 'importSubjects', input, await tokenFor(catalog, 'STEWARD', slug));
    expect(await held(slug)).toHaveLength(1);
  });
});
