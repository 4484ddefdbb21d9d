import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

interface Event {
  readonly id: number;
  readonly datasetId: string;
  readonly type: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

async function eventsAfter(id: number): Promise<readonly Event[]> {
  return await catalog.app.db.query(
    'SELECT id, dataset_id AS "datasetId", type, payload FROM catalog_event WHERE id > $1 ORDER BY id',
    [id],
  );
}

describe('the outbox', () => {
  it('has one event per dataset and batch, of the type of what happened', async () => {
    const last = (await eventsAfter(0)).at(-1)?.id ?? 0;
    await takeRecords(catalog, [record('one', { slug: 'one' }), record('two', { slug: 'two' })]);
    await takeRecords(catalog, [record('one', { slug: 'one', title: 'Published' })], { publish: true });
    const events = await eventsAfter(last);
    expect(events.map(({ datasetId, type }) => [datasetId, type]).sort()).toEqual(
      [
        [datasetIdOf('one'), 'DATASET_CHANGED'],
        [datasetIdOf('two'), 'DATASET_CHANGED'],
        [datasetIdOf('one'), 'DATASET_PUBLISHED'],
      ].sort(),
    );
  });

  it('shows nothing of a batch that was rolled back', async () => {
    const last = (await eventsAfter(0)).at(-1)?.id ?? 0;
    await expect(
      catalog.app.records.transaction(async (tx) => {
        const datasetId = datasetIdOf('one');
        await tx.appendEvents([{ datasetId, type: 'DATASET_CHANGED', payload: {} }]);
        throw new Error('cut off');
      }),
    ).rejects.toThrow('cut off');
    expect(await eventsAfter(last)).toEqual([]);
  });

  it('is in the order of commit under concurrent writers, so that who remembers the last id misses nothing', async () => {
    const slugs = Array.from({ length: 6 }, (_, index) => `writer-${index}`);
    await takeRecords(
      catalog,
      slugs.map((slug) => record(slug, { slug })),
    );
    const before = (await eventsAfter(0)).at(-1)?.id ?? 0;
    const followed: Event[] = [];
    const writing = new AbortController();
    const follow = (async () => {
      for (let last = before, done = false; !done; ) {
        done = writing.signal.aborted;
        const seen = await eventsAfter(last);
        followed.push(...seen);
        last = seen.at(-1)?.id ?? last;
      }
    })();
    const rows = slugs.map(async (slug, writer) => {
      for (let round = 0; round < 8; round += 1) {
        const scans = Array.from({ length: 30 }, (_, index) => scan(`${writer}.${round}.${index}`));
        await takeRows(catalog, slug, [subject(`s${round}`, [session(`${writer}.${round}`, scans)])]);
      }
    });
    const records = slugs.map(async (slug, writer) => {
      for (let round = 0; round < 4; round += 1)
        await takeRecords(catalog, [record(slug, { slug, title: `Round ${round} of ${writer}` })]);
    });
    await Promise.all([...rows, ...records]);
    writing.abort();
    await follow;
    const all = await eventsAfter(before);
    expect(all).toHaveLength(6 * 8 + 6 * 4);
    expect(followed.map(({ id }) => id)).toEqual(all.map(({ id }) => id));
  });
});
