import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { retireSubjects } from '../../../src/catalog/index.ts';
import { datasetIdOf } from '../../../src/kernel/ids.ts';
import { eventTypes, record, session, subject, takeRecords, takeRows } from '../../kit/intake.ts';
import { startTestCatalog, type TestCatalog } from '../../kit/test-catalog.ts';

let catalog: TestCatalog;
beforeAll(async () => {
  catalog = await startTestCatalog('empty');
});
beforeEach(async () => {
  await catalog.app.db.query('TRUNCATE dataset, source, catalog_event CASCADE');
  await takeRecords(catalog, [record('d', { slug: 'd' })], { publish: true });
});
afterAll(async () => {
  await catalog.close();
});

const form = { label: 'MoCA-1', xsiType: 'moca:form', date: '2020-01-02', content: { total: 27 } };
const qc = { label: 'QC', xsiType: 'xnat:qcManualAssessment' };
const p1 = (assessors?: readonly unknown[]) =>
  subject('P1', [{ ...session('1.1', []), assessors: [qc] }], assessors && { assessors });

async function read(): Promise<unknown> {
  const { data, errors } = await catalog.ask(
    `{ dataset(slug: "d") { subjects { nodes { assessors { label xsiType date content }
       sessions { nodes { assessors { label xsiType } } } } } } }`,
  );
  expect(errors).toBeUndefined();
  const [one] = data.dataset.subjects.nodes;
  return { ofSubject: one.assessors, ofSessions: one.sessions.nodes.map((each: any) => each.assessors) };
}

describe('assessors of subjects', () => {
  it('are kept whole, beside those of sessions', async () => {
    await takeRows(catalog, 'd', [p1([form])]);
    expect(await read()).toEqual({ ofSubject: [form], ofSessions: [[qc]] });
  });

  it('of a subject that is there already are added, changed and taken back', async () => {
    await takeRows(catalog, 'd', [p1()]);
    expect(await read()).toEqual({ ofSubject: [], ofSessions: [[qc]] });
    const before = await eventTypes(catalog);
    await takeRows(catalog, 'd', [p1([form])]);
    await takeRows(catalog, 'd', [p1([form])]);
    const scored = { ...form, content: { total: 28 } };
    await takeRows(catalog, 'd', [p1([scored])]);
    expect(await read()).toEqual({ ofSubject: [scored], ofSessions: [[qc]] });
    await takeRows(catalog, 'd', [p1()]);
    expect(await read()).toEqual({ ofSubject: [], ofSessions: [[qc]] });
    expect(await eventTypes(catalog)).toEqual([...before, 'ROWS_CHANGED', 'ROWS_CHANGED', 'ROWS_CHANGED']);
  });

  it('keep a subject that another source takes back', async () => {
    await takeRows(catalog, 'd', [p1([form])]);
    const table = { source: 'clinic', kind: 'TABLE' } as const;
    await takeRows(catalog, 'd', [subject('P1', [])], table);
    const source = { name: 'clinic', kind: 'TABLE' } as const;
    await retireSubjects({ datasetId: datasetIdOf('d'), source, labels: ['P1'] }, catalog.app.rows);
    expect(await read()).toEqual({ ofSubject: [form], ofSessions: [[qc]] });
  });

  it('go with the words of their source', async () => {
    const table = { source: 'clinic', kind: 'TABLE' } as const;
    await takeRows(catalog, 'd', [p1([form])]);
    await takeRows(catalog, 'd', [subject('P1', [])], table);
    const source = { name: 'hospital-xnat', kind: 'XNAT' } as const;
    await retireSubjects({ datasetId: datasetIdOf('d'), source, labels: ['P1'] }, catalog.app.rows);
    expect(await read()).toEqual({ ofSubject: [], ofSessions: [] });
  });

  it('reject their subject where one of them is bad', async () => {
    const report = await takeRows(catalog, 'd', [p1([{ label: 'no type' }])]);
    expect(report).toMatchObject({ accepted: 0, rejected: [{ sourceId: 'P1', error: expect.any(String) }] });
  });
});
