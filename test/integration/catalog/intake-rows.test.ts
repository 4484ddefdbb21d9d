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
  await takeRecords(catalog, [record('d', { slug: 'd' })]);
});
afterAll(async () => {
  await catalog.close();
});

const id = datasetIdOf('d');

/** Counts kept beside the dataset, checked against the live rows. */
async function held(): Promise<{ subjects: number; sessions: number; scans: number; bytes: number } | undefined> {
  const [counted] = await catalog.app.db.query<{ subjects: number; sessions: number; scans: number; bytes: number }[]>(
    `SELECT (SELECT count(*) FROM subject WHERE dataset_id = $1 AND retired_at IS NULL) AS subjects,
       (SELECT count(*) FROM imaging_session WHERE dataset_id = $1 AND retired_at IS NULL) AS sessions,
       (SELECT count(*) FROM scan WHERE dataset_id = $1 AND retired_at IS NULL) AS scans,
       (SELECT coalesce(sum(byte_size), 0)::bigint FROM scan WHERE dataset_id = $1 AND retired_at IS NULL) AS bytes`,
    [id],
  );
  expect((await catalog.app.reader.datasetsByIds([id], everything))[0]?.held).toEqual(counted);
  return counted;
}

async function liveScans(): Promise<{ id: string; label: string }[]> {
  return await catalog.app.db.query('SELECT id, label FROM scan WHERE retired_at IS NULL ORDER BY label');
}

const p1 = (scans: readonly unknown[], fields = {}) => subject('P1', [session('1.1', scans)], fields);

describe('intake of rows', () => {
  it('stores subjects, sessions and scans and counts them', async () => {
    const report = await takeRows(catalog, 'd', [
      p1([scan('1.1.1'), scan('1.1.2')]),
      subject('P2', [session('1.2', [scan('1.2.1')]), session('1.3', [])]),
      subject('P3', []),
    ]);
    expect(report).toEqual({ accepted: 4, unchanged: 0, rejected: [] });
    expect(await held()).toEqual({ subjects: 3, sessions: 3, scans: 3, bytes: 30 });
  });

  it('changes nothing and emits nothing when the same comes again', async () => {
    const trees = [
      p1([scan('1.1.1', { seriesDescription: 'tab\tand \\N' })], { treeHash: 'a'.repeat(32) }),
      subject('P2', []),
    ];
    await takeRows(catalog, 'd', trees);
    const before = await eventTypes(catalog);
    expect(await takeRows(catalog, 'd', trees)).toEqual({ accepted: 0, unchanged: 2, rejected: [] });
    expect(await takeRows(catalog, 'd', [p1([scan('1.1.1', { seriesDescription: 'tab\tand \\N' })])])).toMatchObject({
      accepted: 0,
    });
    expect((await eventTypes(catalog)).length - before.length).toBeLessThanOrEqual(1);
  });

  it('keeps every text as it was given', async () => {
    const seriesDescription = 'tab\t, line\n, return\r, \\N, \\., "quoted", 影像 😀';
    await takeRows(catalog, 'd', [p1([scan('1.1.1', { seriesDescription })])]);
    const rows: unknown = await catalog.app.db.query('SELECT series_description AS text FROM scan');
    expect(rows).toEqual([{ text: seriesDescription }]);
    await takeRows(catalog, 'd', [p1([scan('1.1.1', { seriesDescription: `${seriesDescription}!` })])]);
    expect(await catalog.app.db.query('SELECT series_description AS text FROM scan')).toEqual([
      { text: `${seriesDescription}!` },
    ]);
  });

  it('writes what changed and only that', async () => {
    await takeRows(catalog, 'd', [p1([scan('1.1.1'), scan('1.1.2')])]);
    const report = await takeRows(catalog, 'd', [p1([scan('1.1.1', { byteSize: 25 }), scan('1.1.2')])]);
    expect(report).toMatchObject({ accepted: 1, unchanged: 1 });
    expect(await held()).toEqual({ subjects: 1, sessions: 1, scans: 2, bytes: 35 });
  });

  it('retires what the source no longer names, and revives it under its old id', async () => {
    await takeRows(catalog, 'd', [p1([scan('1.1.1'), scan('1.1.2')])]);
    const before = await liveScans();
    await takeRows(catalog, 'd', [p1([scan('1.1.2')])]);
    expect((await liveScans()).map((row) => row.label)).toEqual(['1.1.2']);
    expect(await held()).toEqual({ subjects: 1, sessions: 1, scans: 1, bytes: 10 });
    await takeRows(catalog, 'd', [p1([scan('1.1.1'), scan('1.1.2')])]);
    expect(await liveScans()).toEqual(before);
    expect(await held()).toEqual({ subjects: 1, sessions: 1, scans: 2, bytes: 20 });
  });

  it('counts a session without scans that the source no longer names, and announces it', async () => {
    await takeRows(catalog, 'd', [subject('P1', [session('1.1', []), session('1.2', [])])]);
    const before = await eventTypes(catalog);
    await takeRows(catalog, 'd', [subject('P1', [session('1.2', [])])]);
    expect(await held()).toMatchObject({ sessions: 1 });
    expect(await eventTypes(catalog)).toEqual([...before, 'ROWS_CHANGED']);
  });

  it('retires and revives whole subjects', async () => {
    const trees = [p1([scan('1.1.1')], { treeHash: 'b'.repeat(32) }), subject('P2', [session('1.2', [scan('1.2.1')])])];
    await takeRows(catalog, 'd', trees);
    const source = { name: 'hospital-xnat', kind: 'XNAT' } as const;
    expect(await retireSubjects({ datasetId: id, source, labels: ['P1', 'nobody'] }, catalog.app.rows)).toBe(1);
    expect(await held()).toEqual({ subjects: 1, sessions: 1, scans: 1, bytes: 10 });
    await takeRows(catalog, 'd', trees);
    expect(await held()).toEqual({ subjects: 2, sessions: 2, scans: 2, bytes: 20 });
  });

  it('follows a scan that moves to another subject', async () => {
    await takeRows(catalog, 'd', [p1([scan('1.1.1')]), subject('P2', [session('1.2', [])])]);
    const before = await liveScans();
    await takeRows(catalog, 'd', [p1([]), subject('P2', [session('1.2', [scan('1.1.1')])])]);
    expect(await liveScans()).toEqual(before);
    await takeRows(catalog, 'd', [p1([scan('1.1.1')])]);
    await takeRows(catalog, 'd', [subject('P2', [session('1.2', [])])]);
    expect(await liveScans()).toEqual(before);
    expect(await held()).toMatchObject({ subjects: 2, sessions: 2, scans: 1 });
  });

  it('lets a source of lower precedence add rows, but not change or retire those of a higher one', async () => {
    await takeRows(catalog, 'd', [p1([scan('1.1.1', { seriesDescription: 'high' })])]);
    const low = { source: 'table', kind: 'TABLE' } as const;
    await takeRows(catalog, 'd', [p1([scan('1.1.1', { seriesDescription: 'low' }), scan('1.1.2')])], low);
    await takeRows(catalog, 'd', [p1([])], low);
    const rows: unknown = await catalog.app.db.query(
      'SELECT series_description AS text FROM scan WHERE retired_at IS NULL',
    );
    expect(rows).toEqual([{ text: 'high' }]);
    expect(await held()).toMatchObject({ scans: 1 });
  });

  it('hands a session to the source whose scans are in it when its own source takes it back', async () => {
    const low = { source: 'table', kind: 'TABLE' } as const;
    await takeRows(catalog, 'd', [p1([scan('1.1.1')])]);
    await takeRows(catalog, 'd', [p1([scan('1.1.2')])], low);
    await takeRows(catalog, 'd', [subject('P1', [])]);
    const live = async () =>
      await catalog.app.db.query<unknown[]>(
        `SELECT c.label, s.name AS session_of FROM scan c JOIN imaging_session e ON e.id = c.session_id AND e.retired_at IS NULL
         JOIN source s ON s.id = e.source_id JOIN subject t ON t.id = e.subject_id AND t.retired_at IS NULL WHERE c.retired_at IS NULL`,
      );
    expect(await live()).toEqual([{ label: '1.1.2', session_of: 'table' }]);
    expect(await held()).toEqual({ subjects: 1, sessions: 1, scans: 1, bytes: 10 });
    await retireSubjects(
      { datasetId: id, source: { name: 'hospital-xnat', kind: 'XNAT' }, labels: ['P1'] },
      catalog.app.rows,
    );
    expect(await live()).toHaveLength(1);
    await retireSubjects({ datasetId: id, source: { name: 'table', kind: 'TABLE' }, labels: ['P1'] }, catalog.app.rows);
    expect(await held()).toEqual({ subjects: 0, sessions: 0, scans: 0, bytes: 0 });
  });

  it('keeps what one source took back while another still speaks of it, and revives it when that one speaks again', async () => {
    const low = { source: 'table', kind: 'TABLE' } as const;
    await takeRows(catalog, 'd', [p1([scan('1.1.1')])]);
    await takeRows(catalog, 'd', [p1([scan('1.1.1')])], low);
    await takeRows(catalog, 'd', [p1([])]);
    expect(await held()).toMatchObject({ sessions: 1, scans: 1 });
    await takeRows(catalog, 'd', [p1([])], low);
    expect(await held()).toMatchObject({ sessions: 1, scans: 0 });
    await takeRows(catalog, 'd', [p1([scan('1.1.1')])], low);
    expect(await held()).toMatchObject({ sessions: 1, scans: 1 });
  });

  it('finds a scan that moved to a subject it had not met', async () => {
    await takeRows(catalog, 'd', [p1([scan('1.1.1'), scan('1.1.2')])]);
    await takeRows(catalog, 'd', [subject('P9', [session('1.9', [scan('1.1.1')])])]);
    expect(await held()).toEqual({ subjects: 2, sessions: 2, scans: 2, bytes: 20 });
  });

  it('rejects a subject whole when a part of it is bad, and keeps its last good rows', async () => {
    await takeRows(catalog, 'd', [p1([scan('1.1.1')])]);
    const report = await takeRows(catalog, 'd', [p1([scan('1.1.1', { byteSize: -1 })]), subject('P2', [])]);
    expect(report).toMatchObject({ accepted: 1, rejected: [{ sourceId: 'P1', error: expect.any(String) }] });
    expect(await held()).toMatchObject({ subjects: 2, scans: 1, bytes: 10 });
  });

  it('gives the same ids when everything is built anew', async () => {
    const trees = [p1([scan('1.1.1', { license: 'CC BY 4.0' })])];
    await takeRows(catalog, 'd', trees);
    const before = await liveScans();
    await catalog.app.db.query('TRUNCATE dataset, source, catalog_event CASCADE');
    await takeRecords(catalog, [record('d', { slug: 'd' })]);
    await takeRows(catalog, 'd', trees);
    expect(await liveScans()).toEqual(before);
  });

  it('keeps counts in step when sources write at the same time', async () => {
    await Promise.all(
      Array.from({ length: 6 }, (_, n) =>
        takeRows(catalog, 'd', [p1([scan('1.1.1')]), subject(`S${n}`, [session(`2.${n}`, [scan(`2.${n}.1`)])])], {
          source: `s${n % 3}`,
        }),
      ),
    );
    expect(await held()).toMatchObject({ subjects: 7, sessions: 7, scans: 7 });
  });
});
