import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/kernel/canonical-json.ts';
import { mustDo, mustFail, nodeIdOf, stateOf, tryTo } from '../kit/curate.ts';
import { record, subject, takeRecords, takeRows } from '../kit/intake.ts';
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

async function draft(slug: string): Promise<{ id: string; version: number }> {
  const made = { slug, title: `Title of ${slug}`, description: 'd', accessClass: 'OPEN' };
  return (await mustDo(catalog, 'createDataset', made, steward)).dataset;
}

const publish = async (id: string, expectedVersion: number): Promise<any> =>
  (await mustDo(catalog, 'publishDataset', { id, expectedVersion }, steward)).dataset;

async function seenByGuests(slug: string): Promise<any> {
  return (await catalog.ask('query ($slug: String) { dataset(slug: $slug) { title status } }', { slug })).data.dataset;
}

describe('publishing', () => {
  it('shows a draft to everybody and makes an immutable version with its digest', async () => {
    const { id, version } = await draft('first');
    expect(await seenByGuests('first')).toBeNull();
    const dataset = await publish(id, version);
    expect(dataset).toMatchObject({ status: 'PUBLISHED', publishedVersion: 1, version: version + 1 });
    expect(await seenByGuests('first')).toEqual({ title: 'Title of first', status: 'PUBLISHED' });
    const [{ number, snapshot, sha256 }] = dataset.versions.nodes;
    expect([number, snapshot.record.title]).toEqual([1, 'Title of first']);
    expect(sha256).toBe(createHash('sha256').update(canonicalJson(snapshot)).digest('hex'));
  });

  it('what was changed since makes the next version; the one before stays', async () => {
    const { id, version } = await draft('twice');
    const one = await publish(id, version);
    const edit = { id, expectedVersion: one.version, patch: { title: 'Second title' } };
    const edited = (await mustDo(catalog, 'updateDataset', edit, steward)).dataset;
    expect([edited.publishedVersion, edited.versions.nodes]).toEqual([1, one.versions.nodes]);
    const two = await publish(id, edited.version);
    expect(two.versions.nodes.map((node: any) => [node.number, node.snapshot.record.title])).toEqual([
      [2, 'Second title'],
      [1, 'Title of twice'],
    ]);
    expect(two.versions.nodes[1]).toEqual(one.versions.nodes[0]);
  });

  it('what is as it was published last changes nothing: no version, no event', async () => {
    const { id, version } = await draft('same');
    const one = await publish(id, version);
    const before = await stateOf(catalog, 'same');
    expect(await publish(id, one.version)).toEqual(one);
    expect(await stateOf(catalog, 'same')).toEqual(before);
  });

  it('an edit that was taken back leaves nothing to publish', async () => {
    await takeRecords(catalog, [record('back', { slug: 'back' })], { publish: true });
    const id = nodeIdOf('back');
    const edited = await mustDo(catalog, 'updateDataset', { id, expectedVersion: 1, patch: { title: 'New' } }, steward);
    const reset = { id, expectedVersion: edited.dataset.version, patch: { reset: ['TITLE'] } };
    const { dataset } = await mustDo(catalog, 'updateDataset', reset, steward);
    expect((await publish(id, dataset.version)).publishedVersion).toBe(1);
  });

  it('new rows of an open dataset are something new to publish', async () => {
    const { id, version } = await draft('rows');
    const one = await publish(id, version);
    await takeRows(catalog, 'rows', [subject('P1', [])]);
    const two = await publish(id, one.version);
    expect(two.versions.nodes.map((node: any) => node.snapshot.rowsHeld.subjects)).toEqual([1, 0]);
  });

  it('is announced, and counts as a change of the record', async () => {
    const { id, version } = await draft('told');
    await publish(id, version);
    const events = await catalog.app.db.query(
      `SELECT type FROM catalog_event WHERE payload->>'slug' = 'told' ORDER BY id`,
    );
    expect(events).toEqual([{ type: 'DATASET_CHANGED' }, { type: 'DATASET_PUBLISHED' }]);
    const { details } = await mustFail(
      catalog,
      'updateDataset',
      { id, expectedVersion: version, patch: { title: 'Meant for a draft' } },
      { code: 'CONFLICT', token: steward },
    );
    expect(details.currentVersion).toBe(version + 1);
  });

  it('of a version that has moved on is a conflict', async () => {
    const { id, version } = await draft('moved');
    await mustDo(catalog, 'updateDataset', { id, expectedVersion: version, patch: { title: 'Not reviewed' } }, steward);
    const before = await stateOf(catalog, 'moved');
    const late = { id, expectedVersion: version };
    const { details } = await mustFail(catalog, 'publishDataset', late, { code: 'CONFLICT', token: steward });
    expect(details).toMatchObject({ expectedVersion: version, currentVersion: version + 1 });
    expect(await stateOf(catalog, 'moved')).toEqual(before);
  });

  it('by two at once makes one version', async () => {
    const { id, version } = await draft('both');
    const answers = await Promise.all(
      [1, 2, 3].map(() => tryTo(catalog, 'publishDataset', { id, expectedVersion: version }, steward)),
    );
    expect(answers.map(({ errors }) => errors?.[0]?.extensions.code ?? 'DONE').sort()).toEqual([
      'CONFLICT',
      'CONFLICT',
      'DONE',
    ]);
    expect((await publish(id, version + 1)).versions.nodes).toHaveLength(1);
  });
});

describe('review', () => {
  it('lies between draft and publication, and is seen by stewards only', async () => {
    const { id, version } = await draft('reviewed');
    const { dataset } = await mustDo(catalog, 'submitDatasetForReview', { id, expectedVersion: version }, steward);
    expect([dataset.status, dataset.version]).toEqual(['IN_REVIEW', version + 1]);
    expect(await seenByGuests('reviewed')).toBeNull();
    const before = await stateOf(catalog, 'reviewed');
    await mustDo(catalog, 'submitDatasetForReview', { id, expectedVersion: version + 1 }, steward);
    expect(await stateOf(catalog, 'reviewed')).toEqual(before);
    expect((await publish(id, version + 1)).status).toBe('PUBLISHED');
  });

  it('is not for what is published, nor for a version that has moved on', async () => {
    const { id, version } = await draft('late');
    await mustFail(
      catalog,
      'submitDatasetForReview',
      { id, expectedVersion: version + 1 },
      { code: 'CONFLICT', token: steward },
    );
    await publish(id, version);
    const again = { id, expectedVersion: version + 1 };
    const { details } = await mustFail(catalog, 'submitDatasetForReview', again, { code: 'CONFLICT', token: steward });
    expect(details).toEqual({ status: 'PUBLISHED' });
  });
});
