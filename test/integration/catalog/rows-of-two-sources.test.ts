import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { everything } from '../../../src/access/index.ts';
import { retireSubjects } from '../../../src/catalog/index.ts';
import { datasetIdOf } from '../../../src/kernel/ids.ts';
import { eventTypes, record, scan, session, subject, takeRecords, takeRows } from '../../kit/intake.ts';
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

const idc = { source: 'idc', kind: 'IDC' } as const;
const xnat = { source: 'hospital-xnat', kind: 'XNAT' } as const;
const paper = { source: 'a paper', kind: 'PAPER' } as const;
const known = {
  seriesDescription: 'AX T1',
  license: 'CC-BY-4.0',
  sourceDoi: '10.1/idc',
  byteSize: 100,
  instanceCount: 7,
  bodyPart: 'BRAIN',
};
const bare = { seriesDescription: 'T1 ax', byteSize: undefined, modality: 'MR' };
const p1 = (scans: readonly unknown[], fields = {}) => subject('P1', [{ ...session('1.1', scans), ...fields }]);

const shown = `label source modality { code } seriesDescription byteSize instanceCount bodyPart sourceDoi license { spdxId }`;

/** The scans a guest sees, with the session they are in. The counts beside the dataset are checked against them. */
async function scans(): Promise<any[]> {
  const { data, errors } = await catalog.ask(
    `{ dataset(slug: "d") { byteSize sessionCount { ... on ExactCount { value } } scanCount { ... on ExactCount { value } }
       sessions(first: 9) { nodes { scans(first: 9) { nodes { ${shown} session { source date description } } } } } } }`,
  );
  expect(errors).toBeUndefined();
  const { dataset } = data;
  const found = dataset.sessions.nodes.flatMap((one: any) => one.scans.nodes);
  expect(dataset.sessionCount.value).toBe(dataset.sessions.nodes.length);
  expect(dataset.scanCount.value).toBe(found.length);
  expect(dataset.byteSize ?? 0).toBe(found.reduce((sum: number, one: any) => sum + Number(one.byteSize), 0));
  return found;
}

describe('a scan of which two sources speak', () => {
  it('keeps what the lower one says where the higher one says nothing', async () => {
    await takeRows(catalog, 'd', [p1([scan('1.1.1', known)], { date: '2020-01-02', description: 'Head' })], idc);
    await takeRows(catalog, 'd', [p1([scan('1.1.1', bare)], { date: '2021-01-02' })], xnat);
    expect(await scans()).toEqual([
      {
        label: '1.1.1',
        source: 'hospital-xnat',
        modality: { code: 'MR' },
        seriesDescription: 'T1 ax',
        byteSize: 100,
        instanceCount: 7,
        bodyPart: 'BRAIN',
        sourceDoi: '10.1/idc',
        license: { spdxId: 'CC-BY-4.0' },
        session: { source: 'hospital-xnat', date: '2021-01-02', description: 'Head' },
      },
    ]);
  });

  it('shows the same whichever of them comes first', async () => {
    await takeRows(catalog, 'd', [p1([scan('1.1.1', known)])], idc);
    await takeRows(catalog, 'd', [p1([scan('1.1.1', bare)])], xnat);
    const before = await scans();
    await catalog.app.db.query('TRUNCATE subject, catalog_event CASCADE');
    await catalog.app.db.query(
      'UPDATE dataset SET held_subjects = 0, held_sessions = 0, held_scans = 0, held_bytes = 0',
    );
    await takeRows(catalog, 'd', [p1([scan('1.1.1', bare)])], xnat);
    await takeRows(catalog, 'd', [p1([scan('1.1.1', known)])], idc);
    expect(await scans()).toEqual(before);
  });

  it('follows its owner, who may say more or less than before', async () => {
    await takeRows(catalog, 'd', [p1([scan('1.1.1', known)])], idc);
    await takeRows(catalog, 'd', [p1([scan('1.1.1', bare)])], xnat);
    await takeRows(catalog, 'd', [p1([scan('1.1.1', { ...bare, byteSize: 30, bodyPart: 'HEAD' })])], xnat);
    expect(await scans()).toMatchObject([{ byteSize: 30, bodyPart: 'HEAD', instanceCount: 7 }]);
    await takeRows(catalog, 'd', [p1([scan('1.1.1', bare)])], xnat);
    expect(await scans()).toMatchObject([{ byteSize: 100, bodyPart: 'BRAIN', instanceCount: 7 }]);
  });

  it('follows what the lower one says anew, and only where the owner is silent', async () => {
    await takeRows(catalog, 'd', [p1([scan('1.1.1', known)])], idc);
    await takeRows(catalog, 'd', [p1([scan('1.1.1', bare)])], xnat);
    const news = {
      ...known,
      seriesDescription: 'other',
      byteSize: 200,
      instanceCount: undefined,
      sourceDoi: '10.1/new',
    };
    const before = await eventTypes(catalog);
    expect(await takeRows(catalog, 'd', [p1([scan('1.1.1', news)])], idc)).toMatchObject({ accepted: 1, unchanged: 0 });
    expect(await eventTypes(catalog)).toEqual([...before, 'ROWS_CHANGED']);
    expect(await scans()).toMatchObject([
      {
        source: 'hospital-xnat',
        seriesDescription: 'T1 ax',
        byteSize: 200,
        instanceCount: null,
        sourceDoi: '10.1/new',
      },
    ]);
    expect(await takeRows(catalog, 'd', [p1([scan('1.1.1', news)])], idc)).toMatchObject({ accepted: 0, unchanged: 1 });
    await takeRows(catalog, 'd', [p1([])], xnat);
    expect(await scans()).toMatchObject([{ source: 'idc', seriesDescription: 'other', byteSize: 200 }]);
  });

  it('goes back to the lower one, with its session, when its owner no longer has it', async () => {
    await takeRows(catalog, 'd', [p1([scan('1.1.1', known)], { date: '2020-01-02' })], idc);
    const before = await scans();
    await takeRows(catalog, 'd', [p1([scan('1.1.1', { ...bare, byteSize: 5 })], { date: '2021-01-02' })], xnat);
    const events = await eventTypes(catalog);
    await takeRows(catalog, 'd', [subject('P1', [])], xnat);
    expect(await scans()).toEqual(before);
    expect(await eventTypes(catalog)).toEqual([...events, 'ROWS_CHANGED']);
    await takeRows(catalog, 'd', [subject('P1', [])], idc);
    expect(await scans()).toEqual([]);
  });

  it('goes back when its owner takes the whole subject back', async () => {
    await takeRows(catalog, 'd', [p1([scan('1.1.1', known)])], idc);
    const before = await scans();
    await takeRows(catalog, 'd', [p1([scan('1.1.1', { ...bare, byteSize: 5 })])], xnat);
    const source = { name: 'hospital-xnat', kind: 'XNAT' } as const;
    await retireSubjects({ datasetId: datasetIdOf('d'), source, labels: ['P1'] }, catalog.app.rows);
    expect(await scans()).toEqual(before);
  });

  it('goes back to the session the lower one has it in', async () => {
    await takeRows(catalog, 'd', [p1([scan('1.1.1', known)])], idc);
    const before = await scans();
    const elsewhere = { label: 'visit', scans: [scan('1.1.1', bare)], resources: [], assessors: [] };
    await takeRows(catalog, 'd', [subject('P1', [elsewhere])], xnat);
    expect(await scans()).toMatchObject([{ source: 'hospital-xnat', session: { source: 'hospital-xnat' } }]);
    await takeRows(catalog, 'd', [subject('P1', [])], xnat);
    expect(await scans()).toEqual(before);
  });

  it('loses what the lower one said when that one no longer has it', async () => {
    await takeRows(catalog, 'd', [p1([scan('1.1.1', known), scan('1.1.2')])], idc);
    await takeRows(catalog, 'd', [p1([scan('1.1.1', bare)])], xnat);
    await takeRows(catalog, 'd', [p1([scan('1.1.2')])], idc);
    expect(await scans()).toMatchObject([
      { label: '1.1.1', source: 'hospital-xnat', byteSize: null, license: null, sourceDoi: null },
      { label: '1.1.2', source: 'idc' },
    ]);
    await takeRows(catalog, 'd', [subject('P1', [])], xnat);
    expect(await scans()).toMatchObject([{ label: '1.1.2' }]);
    await retireSubjects(
      { datasetId: datasetIdOf('d'), source: { name: 'idc', kind: 'IDC' }, labels: ['P1'] },
      catalog.app.rows,
    );
    expect(await scans()).toEqual([]);
  });

  it('keeps the word of the best of several lower sources', async () => {
    await takeRows(catalog, 'd', [p1([scan('1.1.1', bare)])], xnat);
    await takeRows(catalog, 'd', [p1([scan('1.1.1', { ...known, sourceDoi: '10.1/paper' })])], paper);
    await takeRows(catalog, 'd', [p1([scan('1.1.1', known)])], idc);
    await takeRows(catalog, 'd', [p1([scan('1.1.1', { ...known, sourceDoi: '10.1/later' })])], paper);
    expect(await scans()).toMatchObject([{ source: 'hospital-xnat', sourceDoi: '10.1/idc' }]);
    await takeRows(catalog, 'd', [subject('P1', [])], xnat);
    expect(await scans()).toMatchObject([{ source: 'idc' }]);
  });

  it('is retired when only its owner had it, and stays what it is when nothing changed', async () => {
    await takeRows(catalog, 'd', [p1([scan('1.1.1', known), scan('1.1.2')])], idc);
    await takeRows(catalog, 'd', [p1([scan('1.1.1', bare), scan('1.1.3')])], xnat);
    const before = await scans();
    const again = await takeRows(catalog, 'd', [p1([scan('1.1.1', bare), scan('1.1.3')])], xnat);
    expect(again).toMatchObject({ accepted: 0, unchanged: 2 });
    expect(await scans()).toEqual(before);
    await takeRows(catalog, 'd', [subject('P1', [])], xnat);
    expect((await scans()).map((one) => one.label)).toEqual(['1.1.1', '1.1.2']);
    expect((await catalog.app.reader.datasetsByIds([datasetIdOf('d')], everything))[0]?.held).toMatchObject({
      scans: 2,
    });
  });
});
