import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { everything } from '../../../src/access/index.ts';
import { datasetIdOf } from '../../../src/kernel/ids.ts';
import { record, scan, session, subject, takeRecords, takeRows } from '../../kit/intake.ts';
import { startTestCatalog, type TestCatalog } from '../../kit/test-catalog.ts';

let catalog: TestCatalog;
beforeAll(async () => {
  catalog = await startTestCatalog('empty');
  await takeRecords(catalog, [record('rows', { slug: 'rows' })]);
});
afterAll(async () => {
  await catalog.close();
});

const part = (more: Readonly<Record<string, unknown>>) => ({ title: 'Part', accessUrl: 'https://a.test/', ...more });

describe('a batch of records never dies of one that PostgreSQL could not store', () => {
  it.each([
    ['U+0000 in its id', { sourceId: 'a\0b' }],
    ['U+0000 in the name of a field', { 'a\0b': 1 }],
    ['half a surrogate pair in the name of a field', { 'a\ud800b': 1 }],
    ['half a surrogate pair in its id', { sourceId: 'a\ud800b' }],
    ['U+0000 in an address', { url: 'https://a.test/\0' }],
    ['half a surrogate pair in an address', { url: 'https://a.test/\ud800' }],
    ['a fraction of a byte', { distributions: [part({ byteSize: 1.5 })] }],
    ['more bytes than there are', { distributions: [part({ byteSize: 1e30 })] }],
    ['a day of the year 0', { counts: [{ measure: 'SUBJECTS', value: 1, source: 'x', asOf: '0000-01-01' }] }],
  ])('such as one with %s', async (name, fields) => {
    const good = `good beside ${name}`;
    const report = await takeRecords(catalog, [{ ...record('bad'), ...fields }, record(good)]);
    expect(report.accepted).toBe(1);
    expect(report.rejected).toHaveLength(1);
    expect(report.rejected[0]?.error).toMatch(/^line 1: \S/);
  });
});

describe('a batch of rows never dies of a subject that PostgreSQL could not store', () => {
  const p = (fields: Readonly<Record<string, unknown>>, more = {}) =>
    subject('bad', [{ ...session('1.9', [scan('1.9.1', fields)]), ...more }]);
  it.each([
    ['more files than an integer holds', p({ resources: [{ label: 'DICOM', fileCount: 3_000_000_000 }] })],
    ['a day of the year 0', p({ date: '0000-01-01' })],
    ['a day of a session in the year 0', p({}, { date: '0000-12-31' })],
    ['a digest of an odd number of digits', { ...p({}), treeHash: 'a'.repeat(33) }],
    ['U+0000 in an assessment', p({}, { assessors: [{ label: 'a', xsiType: 'x:y', content: { deep: ['a\0'] } }] })],
    [
      'U+0000 in the name of a field of an assessment',
      p({}, { assessors: [{ label: 'a', xsiType: 'x:y', content: { 'a\0': 1 } }] }),
    ],
  ])('such as one with %s', async (name, bad) => {
    const report = await takeRows(catalog, 'rows', [bad, subject(`good beside ${name}`, [])]);
    expect(report).toMatchObject({ accepted: 1, rejected: [{ sourceId: 'bad' }] });
  });
});

describe('the report', () => {
  it('counts a record as accepted only when it, and not another one of its dataset, changed', async () => {
    const one = record('one', { slug: 'shared' });
    await takeRecords(catalog, [one, record('two', { slug: 'shared' })]);
    const report = await takeRecords(catalog, [one, record('two', { slug: 'shared', title: 'New' })]);
    expect(report).toMatchObject({ accepted: 1, unchanged: 1 });
    const [dataset] = await catalog.app.reader.datasetsByIds([datasetIdOf('shared')], everything);
    expect(dataset?.version).toBe(2);
  });
});
