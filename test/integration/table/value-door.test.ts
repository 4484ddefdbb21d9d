import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { intakeRecords, intakeRows, intakeVariables, type SubjectTree } from '../../../src/catalog/index.ts';
import { type DatasetId, datasetIdOf } from '../../../src/kernel/ids.ts';
import { startTestCatalog, type TestCatalog } from '../../kit/test-catalog.ts';

let catalog: TestCatalog;
let counter = 0;
let datasetId: DatasetId;
beforeAll(async () => {
  catalog = await startTestCatalog('empty');
});
afterAll(async () => {
  await catalog.close();
});
beforeEach(async () => {
  counter += 1;
  const slug = `door-${counter}`;
  datasetId = datasetIdOf(slug);
  await intakeRecords(
    {
      source: { name: 'test', kind: 'HARVEST' },
      records: [{ place: slug, value: { sourceId: slug, slug, title: slug, description: slug, accessClass: 'OPEN' } }],
      publish: true,
      actor: 'test',
    },
    catalog.app.records,
  );
});

function subject(label: string, fields: Partial<SubjectTree> = {}): SubjectTree {
  return { label, sessions: [], resources: [], ...fields };
}

const values = async () =>
  (
    await catalog.app.db.query<{ v: string }[]>(
      `SELECT concat(t.label, ' ', v.name, ' ', x.text, '|', x.number) AS v FROM value x JOIN variable v ON v.id = x.variable_id
       JOIN subject t ON t.id = x.subject_id WHERE v.dataset_id = $1 ORDER BY 1`,
      [datasetId],
    )
  ).map((row) => row.v);

describe('the door for variables and values', () => {
  const source = { name: 'desk', kind: 'TABLE' } as const;

  it('rejects values that do not fit their variable, subject by subject', async () => {
    await intakeVariables({ datasetId, source, variables: [{ name: 'IQ', type: 'INTEGER' }] }, catalog.app.rows);
    const of = (variable: string, number?: number) => [
      { variable, text: '1', missing: false, ...(number !== undefined && { number }) },
    ];
    const report = await intakeRows(
      {
        datasetId,
        source,
        subjects: [
          subject('A', { values: of('IQ', 1.5) }),
          subject('B', { values: of('EQ', 1) }),
          subject('C', { values: of('IQ', 1) }),
        ],
      },
      catalog.app.rows,
    );
    expect(report).toEqual({
      accepted: 1,
      unchanged: 0,
      rejected: [
        { sourceId: 'A', error: 'IQ: "1" is not a whole number' },
        { sourceId: 'B', error: 'EQ: "1" is no variable of this dataset' },
      ],
    });
  });

  it('leaves values alone of a source that is silent about them, and of one of higher precedence', async () => {
    const curated = { name: `curated-${counter}`, kind: 'CURATED' } as const;
    const iq = (number: number) => [{ variable: 'IQ', text: String(number), number, missing: false }];
    await intakeVariables(
      { datasetId, source: curated, variables: [{ name: 'IQ', type: 'INTEGER' }] },
      catalog.app.rows,
    );
    await intakeRows({ datasetId, source: curated, subjects: [subject('A', { values: iq(100) })] }, catalog.app.rows);
    await intakeRows({ datasetId, source: { name: 'idc', kind: 'IDC' }, subjects: [subject('A')] }, catalog.app.rows);
    await intakeVariables({ datasetId, source, variables: [{ name: 'IQ', type: 'INTEGER' }] }, catalog.app.rows);
    await intakeRows(
      { datasetId, source, subjects: [subject('A', { values: iq(90) }), subject('B', { values: iq(80) })] },
      catalog.app.rows,
    );
    expect(await values()).toEqual(['A IQ 100|100', 'B IQ 80|80']);
    await intakeVariables({ datasetId, source, variables: [] }, catalog.app.rows);
    expect(await values()).toEqual(['A IQ 100|100']);
  });

  it('rejects a definition that is not right, and one given twice', async () => {
    const report = await intakeVariables(
      {
        datasetId,
        source,
        variables: [
          { name: 'A', type: 'COLOUR' },
          { name: 'B', type: 'TEXT' },
          { name: 'B', type: 'TEXT' },
        ],
      },
      catalog.app.rows,
    );
    expect(report).toMatchObject({
      accepted: 1,
      unchanged: 0,
      rejected: [{ sourceId: 'variable 1' }, { sourceId: 'B' }],
    });
  });
});
