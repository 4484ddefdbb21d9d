import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mustDo, mustFail, nodeIdOf, stateOf, tryTo } from '../kit/curate.ts';
import { record, scan, session, subject, takeRecords, takeRows } from '../kit/intake.ts';
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

/** A published open dataset with a subject, a session and a scan. */
async function published(slug: string): Promise<string> {
  await takeRecords(catalog, [record(slug, { slug })], { publish: true });
  await takeRows(catalog, slug, [subject(`P-${slug}`, [session(`1.${slug.length}`, [scan(`1.${slug.length}.1`)])])]);
  return nodeIdOf(slug);
}

const look = `query ($slug: String!, $id: ID!) {
  dataset(slug: $slug) { slug title status withdrawal { reason at } rowAccess subjects { nodes { label } totalCount { ... on ExactCount { value } } }
    scans { nodes { id } } scanCount { ... on ExactCount { value } } versions { nodes { number snapshot } } }
  node(id: $id) { ... on Dataset { status withdrawal { reason } } }
  datasets { nodes { slug } }
  asked: datasets(where: { status: { eq: WITHDRAWN } }) { nodes { slug } } }`;

describe('a withdrawn dataset', () => {
  it('stays as a tombstone with reason and day; lists leave it out, its rows are gone, its versions stay', async () => {
    const id = await published('gone');
    const before = await catalog.ask(look, { slug: 'gone', id });
    expect(before.data.dataset).toMatchObject({
      status: 'PUBLISHED',
      withdrawal: null,
      subjects: { nodes: [{ label: 'P-gone' }] },
    });
    const start = Date.now();
    const { dataset } = await mustDo(catalog, 'withdrawDataset', { id, reason: ' Consent was taken back. ' }, steward);
    expect(dataset).toMatchObject({
      status: 'WITHDRAWN',
      version: 2,
      withdrawal: { reason: 'Consent was taken back.' },
    });
    expect(Math.abs(Date.parse(dataset.withdrawal.at) - start)).toBeLessThan(60_000);
    for (const token of [undefined, await catalog.token('RESEARCHER'), steward]) {
      const { data, errors } = await catalog.ask(look, { slug: 'gone', id }, token);
      expect(errors).toBeUndefined();
      expect(data.dataset).toMatchObject({
        status: 'WITHDRAWN',
        withdrawal: { reason: 'Consent was taken back.' },
        subjects: { nodes: [], totalCount: { value: 0 } },
        scans: { nodes: [] },
        scanCount: { value: 0 },
      });
      expect(data.dataset.versions).toEqual(before.data.dataset.versions);
      expect(data.node).toEqual({ status: 'WITHDRAWN', withdrawal: { reason: 'Consent was taken back.' } });
      expect(data.datasets.nodes).not.toContainEqual({ slug: 'gone' });
      expect(data.asked.nodes).toContainEqual({ slug: 'gone' });
    }
    const events = await catalog.app.db.query(
      `SELECT type FROM catalog_event WHERE payload->>'slug' = 'gone' ORDER BY id`,
    );
    expect(events).toEqual([{ type: 'DATASET_PUBLISHED' }, { type: 'DATASET_WITHDRAWN' }]);
  });

  it('is not brought back by its source, whatever it says and however it is handed in', async () => {
    const id = await published('stays');
    await mustDo(catalog, 'withdrawDataset', { id, reason: 'r' }, steward);
    for (const title of ['Title of stays', 'New title']) {
      for (const publish of [false, true])
        await takeRecords(catalog, [record('stays', { slug: 'stays', title })], { publish });
      await takeRecords(catalog, [record('other', { slug: 'stays', title })], { source: 'another', publish: true });
    }
    await takeRows(catalog, 'stays', [subject('P-new', [])]);
    const { data } = await catalog.ask(look, { slug: 'stays', id });
    expect(data.dataset).toMatchObject({ status: 'WITHDRAWN', withdrawal: { reason: 'r' }, subjects: { nodes: [] } });
    expect(data.dataset.versions.nodes).toHaveLength(1);
  });

  it('is neither edited nor reviewed nor published nor given rows', async () => {
    const id = await published('fixed');
    const { dataset } = await mustDo(catalog, 'withdrawDataset', { id, reason: 'r' }, steward);
    const before = await stateOf(catalog, 'fixed');
    const expectedVersion = dataset.version;
    const acts = {
      updateDataset: { id, expectedVersion, patch: { title: 'x' } },
      submitDatasetForReview: { id, expectedVersion },
      publishDataset: { id, expectedVersion },
      importSubjects: { datasetId: id, rows: [{ label: 'P' }] },
    } as const;
    for (const [act, input] of Object.entries(acts)) {
      const { message } = await mustFail(catalog, act as keyof typeof acts, input, {
        code: 'CONFLICT',
        token: steward,
      });
      expect(message, act).toContain('was withdrawn and stays a tombstone');
    }
    expect(await stateOf(catalog, 'fixed')).toEqual(before);
  });

  it('that was never public stays unseen', async () => {
    const made = { slug: 'never', title: 't', description: 'd' };
    const { dataset } = await mustDo(catalog, 'createDataset', made, steward);
    await mustDo(catalog, 'withdrawDataset', { id: dataset.id, reason: 'r' }, steward);
    const { data } = await catalog.ask(
      '{ dataset(slug: "never") { slug } datasets(where: { status: { eq: WITHDRAWN } }) { nodes { slug } } }',
    );
    expect(data.dataset).toBeNull();
    expect(data.datasets.nodes).not.toContainEqual({ slug: 'never' });
    expect((await catalog.ask('{ dataset(slug: "never") { status } }', {}, steward)).data.dataset).toEqual({
      status: 'WITHDRAWN',
    });
  });
});

describe('withdrawing', () => {
  it('again changes nothing for the same reason, and is a conflict for another', async () => {
    const id = await published('again');
    await mustDo(catalog, 'withdrawDataset', { id, reason: 'r' }, steward);
    const before = await stateOf(catalog, 'again');
    await mustDo(catalog, 'withdrawDataset', { id, reason: 'r', expectedVersion: 1 }, steward);
    await mustFail(catalog, 'withdrawDataset', { id, reason: 'another' }, { code: 'CONFLICT', token: steward });
    expect(await stateOf(catalog, 'again')).toEqual(before);
  });

  it('goes by the version where one is given', async () => {
    const id = await published('versioned');
    await mustFail(
      catalog,
      'withdrawDataset',
      { id, reason: 'r', expectedVersion: 7 },
      { code: 'CONFLICT', token: steward },
    );
    await mustDo(catalog, 'withdrawDataset', { id, reason: 'r', expectedVersion: 1 }, steward);
  });

  it.each(['', '  ', 'a\0b', '\udc00', 'x'.repeat(2_001), 'x'.repeat(900_000)])(
    'needs a reason: %#',
    async (reason) => {
      await published('reasons');
      const input = { id: nodeIdOf('reasons'), reason };
      const { details } = await mustFail(catalog, 'withdrawDataset', input, { code: 'BAD_USER_INPUT', token: steward });
      expect(details.fields).toEqual(['reason']);
      expect((await tryTo(catalog, 'withdrawDataset', { ...input, reason: 'r' })).errors?.[0]?.extensions.code).toBe(
        'UNAUTHENTICATED',
      );
    },
  );
});
