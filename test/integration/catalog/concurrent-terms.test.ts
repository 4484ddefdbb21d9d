import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { intakeVariables } from '../../../src/catalog/index.ts';
import { datasetIdOf } from '../../../src/kernel/ids.ts';
import { record, scan, session, subject, takeRecords, takeRows } from '../../kit/intake.ts';
import { startTestCatalog, type TestCatalog } from '../../kit/test-catalog.ts';

let catalog: TestCatalog;
beforeAll(async () => {
  catalog = await startTestCatalog('empty');
});
afterAll(async () => {
  await catalog.close();
});

describe('terms that two writers meet first at the same time', () => {
  it('lock neither writer out: records and rows of one dataset, with one unknown licence', async () => {
    await takeRecords(catalog, [record('d', { slug: 'd' })]);
    for (let round = 0; round < 15; round += 1) {
      const license = `Terms of round ${round}`;
      const source = `source-${round}`;
      const rows = Array.from({ length: 3 }, (_, n) =>
        subject(`P${n}`, [session(`1.${round}.${n}`, [scan(`1.${round}.${n}.1`, { license })])]),
      );
      const [records, taken] = await Promise.all([
        takeRecords(catalog, [record('d', { slug: 'd', license, title: `Title ${round}` })], {
          source,
          kind: 'HARVEST',
        }),
        takeRows(catalog, 'd', rows, { source, kind: 'HARVEST' }),
      ]);
      expect([records.rejected, taken.rejected]).toEqual([[], []]);
    }
  });

  it('lock neither writer out: records and variables, with one unknown concept', async () => {
    await takeRecords(catalog, [record('v', { slug: 'v' })]);
    for (let round = 0; round < 15; round += 1) {
      const concept = `Condition of round ${round}`;
      await Promise.all([
        takeRecords(catalog, [record('v', { slug: 'v', conditions: [concept] })]),
        intakeVariables(
          {
            datasetId: datasetIdOf('v'),
            source: { name: 'desk', kind: 'TABLE' },
            variables: [{ name: `V${round}`, type: 'TEXT', concept }],
          },
          catalog.app.rows,
        ),
      ]);
    }
    const rows: unknown = await catalog.app.db.query(
      `SELECT count(*) AS n FROM concept WHERE label LIKE 'Condition of round%'`,
    );
    expect(rows).toEqual([{ n: 15 }]);
  });
});
