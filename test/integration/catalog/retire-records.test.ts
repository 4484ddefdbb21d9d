import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { retireRecords } from '../../../src/catalog/index.ts';
import { nodeIdOf, stateOf, tryTo } from '../../kit/curate.ts';
import { eventTypes, record, takeRecords } from '../../kit/intake.ts';
import { startTestCatalog, type TestCatalog } from '../../kit/test-catalog.ts';

let catalog: TestCatalog;
beforeAll(async () => {
  catalog = await startTestCatalog('empty');
});
afterAll(async () => {
  await catalog.close();
});

const xnat = { source: 'hospital-xnat', kind: 'XNAT' } as const;

const retire = async (...sourceRecordIds: readonly string[]) =>
  await retireRecords({ source: { name: xnat.source, kind: xnat.kind }, sourceRecordIds }, catalog.app.records);

async function read(slug: string, token?: string): Promise<any> {
  const { data } = await catalog.ask(
    `{ dataset(slug: "${slug}") { title year status withdrawal { reason } origins { field source } versions { nodes { number } } } }`,
    {},
    token,
  );
  return data.dataset;
}

describe('taking back what a source said of datasets', () => {
  it('leaves the record to the other sources, and announces it once', async () => {
    await takeRecords(catalog, [record('h', { slug: 'both', title: 'Of the hospital' })], { publish: true });
    await takeRecords(catalog, [record('p1', { slug: 'both', title: 'Of XNAT', year: 2020 })], xnat);
    expect(await read('both')).toMatchObject({ title: 'Of XNAT', year: 2020 });
    const before = await eventTypes(catalog);
    expect(await retire('p1')).toEqual({ retired: 1, withdrawn: 0 });
    const after = await read('both');
    expect(after).toMatchObject({ title: 'Of the hospital', year: null, status: 'PUBLISHED' });
    expect(after.origins.map((origin: any) => origin.source)).not.toContain('hospital-xnat');
    expect(await eventTypes(catalog)).toEqual([...before, 'DATASET_CHANGED']);
    expect(await retire('p1')).toEqual({ retired: 0, withdrawn: 0 });
    expect(await eventTypes(catalog)).toEqual([...before, 'DATASET_CHANGED']);
  });

  it('makes a tombstone of a published dataset that nobody else describes, and says why', async () => {
    await takeRecords(catalog, [record('p2', { slug: 'only' })], { ...xnat, publish: true });
    expect(await retire('p2', 'never heard of')).toEqual({ retired: 1, withdrawn: 1 });
    expect(await read('only')).toMatchObject({
      title: 'Title of p2',
      status: 'WITHDRAWN',
      withdrawal: { reason: 'the source no longer has it' },
      versions: { nodes: [{ number: 1 }] },
    });
    const state = await stateOf(catalog, 'only');
    expect(await retire('p2')).toEqual({ retired: 0, withdrawn: 0 });
    expect(await stateOf(catalog, 'only')).toEqual(state);
  });

  it('counts a steward who edited one field of it as nobody who describes it', async () => {
    const steward = await catalog.token('STEWARD');
    await takeRecords(catalog, [record('p3', { slug: 'edited' })], { ...xnat, publish: true });
    const patch = { id: nodeIdOf('edited'), expectedVersion: 1, patch: { year: 1999 } };
    expect((await tryTo(catalog, 'updateDataset', patch, steward)).errors).toBeUndefined();
    expect(await retire('p3')).toEqual({ retired: 1, withdrawn: 1 });
    expect(await read('edited')).toMatchObject({ title: 'Title of p3', year: 1999, status: 'WITHDRAWN' });
  });

  it('keeps a draft as it was last described, for its steward to decide', async () => {
    const steward = await catalog.token('STEWARD');
    await takeRecords(catalog, [record('p4', { slug: 'draft' })], xnat);
    const state = await stateOf(catalog, 'draft');
    expect(await retire('p4')).toEqual({ retired: 0, withdrawn: 0 });
    expect(await stateOf(catalog, 'draft')).toEqual(state);
    expect(await read('draft', steward)).toMatchObject({ title: 'Title of p4', status: 'DRAFT' });
    const review = { id: nodeIdOf('draft'), expectedVersion: 1 };
    expect((await tryTo(catalog, 'submitDatasetForReview', review, steward)).errors).toBeUndefined();
    expect(await retire('p4')).toEqual({ retired: 1, withdrawn: 0 });
    expect(await read('draft', steward)).toMatchObject({ title: 'Title of p4', status: 'DRAFT' });
  });

  it('leaves a draft withdrawn that a steward withdrew', async () => {
    const steward = await catalog.token('STEWARD');
    await takeRecords(catalog, [record('p5', { slug: 'refused' })], xnat);
    const withdrawal = { id: nodeIdOf('refused'), reason: 'A mistake.' };
    expect((await tryTo(catalog, 'withdrawDataset', withdrawal, steward)).errors).toBeUndefined();
    expect(await retire('p5')).toEqual({ retired: 0, withdrawn: 0 });
    expect(await read('refused', steward)).toMatchObject({ status: 'WITHDRAWN', withdrawal: { reason: 'A mistake.' } });
  });

  it('leaves a dataset alone that another project of the same source feeds', async () => {
    await takeRecords(
      catalog,
      [record('a', { slug: 'fed', title: 'Part A' }), record('b', { slug: 'fed', title: 'Part B', year: 2001 })],
      { ...xnat, publish: true },
    );
    expect(await retire('b')).toEqual({ retired: 1, withdrawn: 0 });
    expect(await read('fed')).toMatchObject({ title: 'Part A', year: null, status: 'PUBLISHED' });
  });

  it('is in the audit trail', async () => {
    const admin = await catalog.token('ADMIN');
    const { data } = await catalog.ask(
      `{ auditEntries(where: { action: "records.retire" }, first: 1) { nodes { actorName facts } } }`,
      {},
      admin,
    );
    expect(data.auditEntries.nodes).toEqual([
      { actorName: expect.any(String), facts: { source: 'hospital-xnat', retired: 1, withdrawn: 0 } },
    ]);
  });
});
