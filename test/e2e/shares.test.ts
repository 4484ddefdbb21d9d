import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { intakeShares, retireSubjects, type Share, sessionRowId, subjectRowId } from '../../src/catalog/index.ts';
import { datasetIdOf } from '../../src/kernel/ids.ts';
import { eventTypes, record, scan, session, subject, takeRecords, takeRows } from '../kit/intake.ts';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

let catalog: TestCatalog;
beforeAll(async () => {
  catalog = await startTestCatalog('empty');
});
beforeEach(async () => {
  await catalog.app.db.query('TRUNCATE dataset, source, catalog_event CASCADE');
  await takeRecords(catalog, [record('home'), record('other'), record('third')].map(named), { publish: true });
  await takeRecords(catalog, [record('secret')].map(named));
  await takeRows(catalog, 'home', [subject('P1', [session('1.1', [scan('1.1.1')]), visit]), subject('P2', [])]);
});
afterAll(async () => {
  await catalog.close();
});

const named = (one: Record<string, unknown>) => ({ ...one, slug: one['sourceId'] });
const visit = { label: 'V2', scans: [], resources: [], assessors: [] };
const home = datasetIdOf('home');
const p1: Share = { kind: 'SUBJECT', itemId: subjectRowId(home, 'P1'), label: 'X-1' };
const byUid: Share = {
  kind: 'SESSION',
  itemId: sessionRowId(home, 'P1', { label: '1.1', studyInstanceUid: '1.1' }),
  label: 'X-1-a',
};
const byLabel: Share = { kind: 'SESSION', itemId: sessionRowId(home, 'P1', { label: 'V2' }), label: 'X-1-b' };

const share = async (slug: string, shares: readonly Share[], source = 'hospital-xnat') =>
  await intakeShares(
    { datasetId: datasetIdOf(slug), source: { name: source, kind: 'XNAT' }, shares },
    catalog.app.rows,
  );

/** Where the subjects and sessions of the home dataset are shown, too: `label in dataset`. */
async function shown(token?: string): Promise<Record<string, string[]>> {
  const { data, errors } = await catalog.ask(
    `{ dataset(slug: "home") { subjects { nodes { label sharedInto { label dataset { slug } }
       sessions { nodes { label sharedInto { label dataset { slug } } } } } } } }`,
    {},
    token,
  );
  expect(errors).toBeUndefined();
  const items = data.dataset.subjects.nodes.flatMap((one: any) => [one, ...one.sessions.nodes]);
  const edges = (item: any): string[] => item.sharedInto.map((edge: any) => `${edge.label} in ${edge.dataset.slug}`);
  return Object.fromEntries(items.map((item: any) => [item.label, edges(item)]));
}

describe('shares', () => {
  it('are edges from one row to other datasets, by identity and by label, and no copies', async () => {
    expect(await share('other', [p1, byUid, byLabel])).toEqual({ accepted: 3, unchanged: 0, removed: 0 });
    await share('third', [{ ...p1, label: 'Y-1' }]);
    expect(await shown()).toEqual({
      P1: ['X-1 in other', 'Y-1 in third'],
      '1.1': ['X-1-a in other'],
      V2: ['X-1-b in other'],
      P2: [],
    });
    const { data } = await catalog.ask(`{ dataset(slug: "other") { subjects { nodes { label } } } }`);
    expect(data.dataset.subjects.nodes).toEqual([]);
  });

  it('replace what the source said before, and announce only what changed', async () => {
    await share('other', [p1, byUid]);
    const before = await eventTypes(catalog);
    expect(await share('other', [p1, byUid])).toEqual({ accepted: 0, unchanged: 2, removed: 0 });
    expect(await eventTypes(catalog)).toEqual(before);
    const renamed = { ...p1, label: 'X-2' };
    expect(await share('other', [renamed, byLabel])).toEqual({ accepted: 2, unchanged: 0, removed: 1 });
    expect(await eventTypes(catalog)).toEqual([...before, 'ROWS_CHANGED']);
    expect(await shown()).toMatchObject({ P1: ['X-2 in other'], '1.1': [], V2: ['X-1-b in other'] });
    expect(await share('other', [])).toEqual({ accepted: 0, unchanged: 0, removed: 2 });
    expect(await shown()).toMatchObject({ P1: [], V2: [] });
  });

  it('of two sources are told once, and each takes back its own', async () => {
    await share('other', [p1]);
    await share('other', [p1], 'second-xnat');
    expect(await shown()).toMatchObject({ P1: ['X-1 in other'] });
    await share('other', []);
    expect(await shown()).toMatchObject({ P1: ['X-1 in other'] });
    await share('other', [], 'second-xnat');
    expect(await shown()).toMatchObject({ P1: [] });
  });

  it('into a dataset whose record the reader may not see are not there', async () => {
    await share('secret', [p1, byUid]);
    await share('other', [p1]);
    expect(await shown()).toMatchObject({ P1: ['X-1 in other'], '1.1': [] });
    expect(await shown(await catalog.token('ADMIN'))).toMatchObject({
      P1: ['X-1 in other', 'X-1 in secret'],
      '1.1': ['X-1-a in secret'],
    });
  });

  it('may come before their item, and outlive it', async () => {
    const later: Share = { kind: 'SUBJECT', itemId: subjectRowId(home, 'P9'), label: 'late' };
    await share('other', [later]);
    await takeRows(catalog, 'home', [subject('P9', [])]);
    expect(await shown()).toMatchObject({ P9: ['late in other'] });
    const source = { name: 'hospital-xnat', kind: 'XNAT' } as const;
    await retireSubjects({ datasetId: home, source, labels: ['P9'] }, catalog.app.rows);
    await takeRows(catalog, 'home', [subject('P9', [])]);
    expect(await shown()).toMatchObject({ P9: ['late in other'] });
  });

  it('are refused whole when one of them is wrong', async () => {
    await expect(share('other', [p1, { ...byUid, itemId: 'P1' }])).rejects.toThrow(/itemId.+subjectRowId/);
    await expect(share('other', [p1, p1])).rejects.toThrow(/named twice/);
    expect(await shown()).toMatchObject({ P1: [] });
  });
});
