import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { everything } from '../../../src/access/index.ts';
import { intakeRecords } from '../../../src/catalog/index.ts';
import { canonicalJson } from '../../../src/kernel/canonical-json.ts';
import { datasetIdOf } from '../../../src/kernel/ids.ts';
import { eventTypes, record, takeRecords } from '../../kit/intake.ts';
import { startTestCatalog, type TestCatalog } from '../../kit/test-catalog.ts';

let catalog: TestCatalog;
beforeAll(async () => {
  catalog = await startTestCatalog('empty');
});
beforeEach(async () => {
  await catalog.app.db.query('TRUNCATE dataset, source, catalog_event CASCADE');
});
afterAll(async () => {
  await catalog.close();
});

async function dataset(slug: string) {
  return (await catalog.app.reader.datasetsBySlugs([slug], everything))[0];
}

async function slugs(): Promise<string[]> {
  const rows: { slug: string }[] = await catalog.app.db.query('SELECT slug FROM dataset ORDER BY slug COLLATE "C"');
  return rows.map((row) => row.slug);
}

async function versions(slug: string): Promise<{ number: number; snapshot: any; sha256: string }[]> {
  return await catalog.app.db.query(
    'SELECT number, snapshot, sha256 FROM dataset_version WHERE dataset_id = $1 ORDER BY number',
    [datasetIdOf(slug)],
  );
}

describe('intake of records', () => {
  it('says how many it accepted, and why it rejected the others', async () => {
    const report = await takeRecords(catalog, [
      record('a'),
      { sourceId: 'b' },
      'nonsense',
      record('c', { colour: 'red' }),
    ]);
    expect(report).toMatchObject({ accepted: 1, unchanged: 0 });
    expect(report.rejected.map(({ sourceId }) => sourceId)).toEqual(['b', 'line 3', 'c']);
    for (const { error } of report.rejected) expect(error).toMatch(/^line \d: \S/);
  });

  it('makes drafts that nobody may open by omission', async () => {
    await takeRecords(catalog, [{ sourceId: 'a', title: 'A', description: 'd' }]);
    expect(await dataset('a')).toMatchObject({ status: 'DRAFT', accessClass: 'RESTRICTED', version: 1 });
  });

  it('changes nothing and emits nothing when the same comes again', async () => {
    const records = [record('a'), record('b'), { sourceId: 'bad' }];
    for (const publish of [false, true]) {
      await takeRecords(catalog, records, { publish });
      const before = [await dataset('title-of-a'), await eventTypes(catalog), await versions('title-of-a')];
      expect(await takeRecords(catalog, records, { publish })).toMatchObject({ accepted: 0, unchanged: 2 });
      expect([await dataset('title-of-a'), await eventTypes(catalog), await versions('title-of-a')]).toEqual(before);
    }
  });

  it('changes nothing and emits nothing when a file that names a record twice comes again', async () => {
    const records = [record('a'), record('a', { title: 'Other' }), record('b'), { sourceId: 'b' }];
    expect(await takeRecords(catalog, records, { publish: true })).toMatchObject({ accepted: 2 });
    const before = await eventTypes(catalog);
    expect(await takeRecords(catalog, records, { publish: true })).toMatchObject({ accepted: 0, unchanged: 2 });
    expect(await eventTypes(catalog)).toEqual(before);
    expect(await versions('title-of-a')).toHaveLength(1);
  });

  it('takes the first of two records of one id, however far apart they are', async () => {
    const many = Array.from({ length: 300 }, (_, index) => record(`r${index}`));
    const report = await takeRecords(catalog, [...many, record('r0', { title: 'Other' })]);
    expect(report.accepted).toBe(300);
    expect(report.rejected).toEqual([{ sourceId: 'r0', error: expect.stringContaining('already given') }]);
    expect((await dataset('title-of-r0'))?.title).toBe('Title of r0');
  });

  it('emits one event per changed dataset and batch', async () => {
    await takeRecords(catalog, [record('a'), record('b')]);
    await takeRecords(catalog, [record('a', { title: 'New' }), record('b')]);
    expect(await eventTypes(catalog)).toEqual(['DATASET_CHANGED', 'DATASET_CHANGED', 'DATASET_CHANGED']);
  });

  it('keeps the last good version when a record turns bad, and takes it again once it is mended', async () => {
    await takeRecords(catalog, [record('a', { slug: 'a', title: 'Good' })]);
    const report = await takeRecords(catalog, [record('a', { slug: 'a', title: '' })]);
    expect(report.rejected).toHaveLength(1);
    expect((await dataset('a'))?.title).toBe('Good');
    await takeRecords(catalog, [record('a', { slug: 'a', title: 'Better' })]);
    expect((await dataset('a'))?.title).toBe('Better');
  });

  it('keeps the slug and the id of a dataset whose title changes', async () => {
    await takeRecords(catalog, [record('a', { title: 'Before' })]);
    const before = await dataset('before');
    await takeRecords(catalog, [record('a', { title: 'After' })]);
    expect(await dataset('before')).toMatchObject({ id: before?.id, title: 'After', version: 2 });
    expect(await slugs()).toEqual(['before']);
  });

  it('derives a slug from acronym or title, and numbers those that are taken', async () => {
    await takeRecords(catalog, [
      record('a', { title: 'Äpfel & Birnen' }),
      record('b', { title: 'Äpfel und Birnen', acronym: 'Apfel Birnen' }),
      record('c', { title: 'Apfel, Birnen' }),
      record('d', { title: '影像' }),
    ]);
    expect(await slugs()).toEqual(['apfel-birnen', 'apfel-birnen-2', 'apfel-birnen-3', 'x']);
  });

  it('never makes one dataset of two records that share a title only', async () => {
    const many = Array.from({ length: 60 }, (_, index) => record(`r${index}`, { title: 'Same' }));
    expect(await takeRecords(catalog, many)).toMatchObject({ accepted: 60 });
    expect(await slugs()).toHaveLength(60);
  });

  it('makes only slugs that records may name, from however long a title', async () => {
    const title = `${'a'.repeat(75)} ${'b'.repeat(75)}`;
    await takeRecords(catalog, [record('a', { title }), record('b', { title })]);
    for (const slug of await slugs()) {
      expect(slug).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*$/);
      expect(slug.length).toBeLessThanOrEqual(80);
    }
  });

  it('lets the source of higher precedence win a field, in either order, and says whose word it is', async () => {
    const harvest = record('h', { slug: 'shared', title: 'Harvested', species: 'Mus musculus' });
    const curated = record('c', { slug: 'shared', title: 'Curated' });
    for (const order of ['harvest first', 'curated first']) {
      await catalog.app.db.query('TRUNCATE dataset, source, catalog_event CASCADE');
      const steps = [
        () => takeRecords(catalog, [harvest], { source: 'web', kind: 'HARVEST' }),
        () => takeRecords(catalog, [curated], { source: 'desk', kind: 'CURATED' }),
      ];
      for (const step of order === 'harvest first' ? steps : steps.toReversed()) await step();
      expect(await dataset('shared'), order).toMatchObject({ title: 'Curated', species: 'Mus musculus' });
      const id = datasetIdOf('shared');
      const origins = (await catalog.app.reader.parts('origins', [id])).get(id) ?? [];
      const source = (field: string) => origins.find((origin) => origin.field === field);
      expect(source('title')).toMatchObject({ source: 'desk', kind: 'CURATED', sourceRecordId: 'c' });
      expect(source('species')).toMatchObject({ source: 'web', kind: 'HARVEST', sourceRecordId: 'h' });
    }
  });

  it('keeps every number that sources state', async () => {
    await takeRecords(catalog, [record('h', { slug: 'shared', subjectCount: 10 })], { source: 'web' });
    await takeRecords(catalog, [record('c', { slug: 'shared', subjectCount: 12 })], {
      source: 'desk',
      kind: 'CURATED',
    });
    const id = datasetIdOf('shared');
    const counts = (await catalog.app.reader.parts('counts', [id])).get(id) ?? [];
    expect(counts.map(({ source, value }) => [source, value])).toEqual([
      ['desk', 12],
      ['web', 10],
    ]);
  });

  it('publishes a version whose digest can be computed again from its snapshot', async () => {
    await takeRecords(catalog, [record('a', { slug: 'a', keywords: ['ä', 'b'], subjectCount: 3 })], { publish: true });
    await takeRecords(catalog, [record('a', { slug: 'a', title: 'New' })], { publish: true });
    const stored = await versions('a');
    expect(stored.map((version) => [version.number, version.snapshot.record.title])).toEqual([
      [1, 'Title of a'],
      [2, 'New'],
    ]);
    for (const { snapshot, sha256 } of stored)
      expect(sha256).toBe(createHash('sha256').update(canonicalJson(snapshot)).digest('hex'));
    expect(await dataset('a')).toMatchObject({ status: 'PUBLISHED', publishedVersion: 2 });
  });

  it('takes concurrent intakes one after the other', async () => {
    const reports = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        takeRecords(catalog, [record('a', { title: 'Same' }), record('b', { title: 'Same' })], {
          source: `s${index % 4}`,
          publish: true,
        }),
      ),
    );
    expect(reports.reduce((sum, report) => sum + report.accepted + report.unchanged, 0)).toBe(16);
    expect(await slugs()).toHaveLength(8);
    expect(await eventTypes(catalog)).toHaveLength(8);
  });

  it('gives nobody the precedence of another source by taking its name', async () => {
    await takeRecords(catalog, [record('a')], { source: 'reviewed', kind: 'CURATED' });
    await expect(takeRecords(catalog, [record('b')], { source: 'reviewed', kind: 'HARVEST' })).rejects.toThrow(
      'belongs to a source of kind CURATED',
    );
    expect(await slugs()).toEqual(['title-of-a']);
  });

  it('takes nothing of a batch that fails', async () => {
    const failing = { source: { name: 'x', kind: 'HARVEST' as const }, publish: false, actor: 'test' };
    async function* records(): AsyncGenerator<{ place: string; value: unknown }> {
      yield { place: 'line 1', value: record('a') };
      await Promise.reject(new Error('the source broke off'));
    }
    await expect(intakeRecords({ ...failing, records: records() }, catalog.app.records)).rejects.toThrow('broke off');
    expect(await slugs()).toEqual([]);
  });
});
