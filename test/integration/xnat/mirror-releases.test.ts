import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { simulatorCollections, startXnatSimulator } from '../../../src/compose-xnat.ts';
import { silentLogger } from '../../../src/kernel/logger.ts';
import { startTestCatalog, type TestCatalog } from '../../kit/test-catalog.ts';
import { mirror } from './mirror-kit.ts';

const folder = fileURLToPath(new URL('../../../data/idc', import.meta.url));
/** The data release that the mirror sees first; everything that IDC replaced or removed since is what it has to find. */
const oldRelease = 17;

type Table = readonly Readonly<Record<string, string>>[];

function readTable(name: string): Table {
  return parse(gunzipSync(readFileSync(`${folder}/${name}.csv.gz`)), { columns: true, skip_empty_lines: true });
}

/** SeriesInstanceUID → identity of its bytes, as of a release, by collection. */
function seriesAt(release: number): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const prior = readTable('prior_versions.five_collections');
  return new Map(
    simulatorCollections.map((collection) => {
      const held = new Map<string, string>();
      for (const row of readTable(`${collection}.series`))
        if (Number(row['series_revised_idc_version']) <= release)
          held.set(row['SeriesInstanceUID'] ?? '', row['crdc_series_uuid'] ?? '');
      for (const row of prior)
        if (
          row['collection_id'] === collection &&
          Number(row['min_idc_version']) <= release &&
          release <= Number(row['max_idc_version'])
        )
          held.set(row['SeriesInstanceUID'] ?? '', row['crdc_series_uuid'] ?? '');
      return [collection, held];
    }),
  );
}

describe('mirroring five collections while their publisher releases new data', () => {
  let catalog: TestCatalog;
  let simulator: Awaited<ReturnType<typeof startXnatSimulator>>;
  beforeAll(async () => {
    catalog = await startTestCatalog('empty');
    simulator = await startXnatSimulator({
      host: '127.0.0.1',
      port: 0,
      users: [],
      idc: { folder, collections: simulatorCollections },
      logger: silentLogger,
    });
  });
  afterAll(async () => {
    await simulator.close();
    await catalog.close();
  });

  it('adds, changes and retires what the tables of replaced series say', { timeout: 600_000 }, async () => {
    const { source } = simulator.simulation;
    const newest = source?.versions.at(-1) ?? 0;
    source?.moveTo(oldRelease);
    const before = seriesAt(oldRelease);
    const after = seriesAt(newest);
    const first = await mirror(catalog, simulator.url, { resources: false });
    expect(first.items.scans.added).toBe([...before.values()].reduce((sum, held) => sum + held.size, 0));
    source?.moveTo(newest);
    const second = await mirror(catalog, simulator.url, { resources: false });
    const expected = { added: 0, removed: 0, revised: 0 };
    for (const [collection, now] of after) {
      const was = before.get(collection) ?? new Map<string, string>();
      expected.added += [...now.keys()].filter((uid) => !was.has(uid)).length;
      expected.removed += [...was.keys()].filter((uid) => !now.has(uid)).length;
      expected.revised += [...now].filter(([uid, bytes]) => was.has(uid) && was.get(uid) !== bytes).length;
    }
    expect(expected.removed).toBeGreaterThan(0);
    expect(second.items.scans).toMatchObject({ added: expected.added, removed: expected.removed });
    // A revision that changes nothing the mirror holds (other bytes, same count and size) is no change here.
    expect(second.items.scans.changed).toBeLessThanOrEqual(expected.revised);
    const held: { slug: string; uids: string[] }[] = await catalog.app.db.query(
      `SELECT d.slug, array_agg(c.series_instance_uid) AS uids FROM scan c JOIN dataset d ON d.id = c.dataset_id WHERE c.retired_at IS NULL GROUP BY d.slug`,
    );
    for (const [collection, now] of after) {
      const uids = held.find(({ slug }) => slug === collection.replaceAll('_', '-'))?.uids ?? [];
      expect(new Set(uids), collection).toEqual(new Set(now.keys()));
      expect(uids).toHaveLength(now.size);
    }
    const [tombstones]: { count: number }[] = await catalog.app.db.query(
      'SELECT count(*) AS count FROM scan WHERE retired_at IS NOT NULL',
    );
    expect(Number(tombstones?.count)).toBe(expected.removed);
  });
});
