import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ElasticsearchServer } from '../../kit/elasticsearch.ts';
import { record, takeRecords } from '../../kit/intake.ts';
import { askAt, type MiaProcess, makeHome, runMia, startMia } from '../../kit/mia-process.ts';
import { startTestCatalog, type TestCatalog } from '../../kit/test-catalog.ts';

const clean = { missing: 0, stale: 0, surplus: 0, forbidden: 0 };
const batch = (from: number, count: number, word: string): Record<string, unknown>[] =>
  Array.from({ length: count }, (_, at) =>
    record(`${word}${from + at}`, {
      slug: `${word.toLowerCase()}-${from + at}`,
      title: `${word} cohort ${from + at}`,
      // No two sentences alike, so that each must be encoded and filling takes its time.
      description: [1, 2, 3]
        .map((part) => `${word} ${from + at} was scanned ${at * part} times in room ${part}.`)
        .join(' '),
    }),
  );

/** What the catalog does while Elasticsearch is killed under it, and while it is killed itself. */
export function describeKills(server: () => ElasticsearchServer): void {
  describe('the catalog while Elasticsearch dies during indexing and searching', () => {
    let catalog: TestCatalog;
    let projecting: Promise<void>;
    const stop = new AbortController();
    const search = async (text: string): Promise<any> => {
      const { data, errors } = await catalog.ask(
        'query ($text: String) { searchDatasets(text: $text) { edges { node { slug } } meta { engine degraded warnings } } }',
        { text },
      );
      expect(errors).toBeUndefined();
      return data.searchDatasets;
    };
    const drift = async (): Promise<Record<string, number>> =>
      Object.fromEntries(Object.entries(await catalog.app.search.verify()).map(([kind, ids]) => [kind, ids.length]));

    beforeAll(async () => {
      catalog = await startTestCatalog('shipped', { ELASTICSEARCH_URL: server().url });
      await catalog.app.search.warm();
      projecting = catalog.app.search.follow(stop.signal);
      await vi.waitFor(async () => expect((await search('autism')).meta.degraded).toBe(false), {
        timeout: 120_000,
        interval: 200,
      });
    });
    afterAll(async () => {
      stop.abort();
      await projecting;
      await catalog.close();
    });

    it('answers every search, says that it is degraded, loses nothing and catches up', async () => {
      await takeRecords(catalog, batch(0, 120, 'Okapi'), { publish: true });
      const answers: any[] = [];
      const asking = { on: true };
      const asker = (async () => {
        while (asking.on) {
          answers.push(await search('okapi cohort'));
          await sleep(20);
        }
      })();
      // Some of the batch is in the index, and searches are under way.
      await vi.waitFor(() => expect(answers.some(({ edges }) => edges.length > 0)).toBe(true), { timeout: 60_000 });
      await server().kill();
      await takeRecords(catalog, batch(0, 5, 'Numbat'), { publish: true });
      await vi.waitFor(() => expect(answers.at(-1).meta.degraded).toBe(true), { timeout: 30_000 });
      const away = await search('numbat');
      expect(away.meta).toMatchObject({ engine: 'postgresql', degraded: true });
      expect(away.meta.warnings.length).toBeGreaterThan(0);
      expect(away.edges).toHaveLength(5);

      await server().restart();
      await vi.waitFor(async () => expect(await drift()).toEqual(clean), { timeout: 180_000, interval: 500 });
      await vi.waitFor(async () => expect((await search('numbat')).meta).toMatchObject({ degraded: false }), {
        timeout: 60_000,
        interval: 200,
      });
      const back = await search('numbat');
      expect(back.meta).toEqual({ engine: 'elasticsearch', degraded: false, warnings: [] });
      expect(
        back.edges
          .slice(0, 5)
          .map(({ node }: any) => node.slug)
          .sort(),
      ).toEqual([0, 1, 2, 3, 4].map((at) => `numbat-${at}`));
      asking.on = false;
      await asker;
    }, 400_000);
  });

  describe('a catalog that is killed while it fills Elasticsearch', () => {
    const { home, remove } = makeHome();
    let serving: MiaProcess | undefined;
    afterAll(async () => {
      await serving?.stop();
      await remove();
    });

    it('lacks nothing after the next start', async () => {
      const env = { MIA_HOME: home, ELASTICSEARCH_URL: server().url };
      serving = startMia(['serve'], env);
      const { url } = await serving.event('ready');
      const metaOf = async (): Promise<any> => {
        const { data } = await askAt(url, '{ searchDatasets(text: "quokka") { meta { indexLagMs degraded } } }');
        return data.searchDatasets.meta;
      };
      // The shipped records are in the index; what follows is taken over from the outbox.
      await vi.waitFor(async () => expect((await metaOf()).degraded).toBe(false), { timeout: 120_000, interval: 200 });
      const file = join(home, 'records.jsonl');
      writeFileSync(
        file,
        batch(0, 200, 'Quokka')
          .map((each) => JSON.stringify(each))
          .join('\n'),
      );
      const ingesting = runMia(['ingest', 'records', file, '--source', 'test', '--publish', '--json'], env);
      // In the middle: the index lags behind what was taken in.
      await vi.waitFor(async () => expect((await metaOf()).indexLagMs).toBeGreaterThan(0), {
        timeout: 60_000,
        interval: 5,
      });
      serving.child.kill('SIGKILL');
      await serving.ended;
      expect((await ingesting).events.at(-1)).toMatchObject({ accepted: 200 });

      serving = startMia(['serve'], env);
      await serving.event('ready');
      const verified = async (): Promise<any> => (await runMia(['search', 'verify', '--json'], env)).events.at(-1);
      await vi.waitFor(async () => expect(await verified()).toEqual({ event: 'done', ...clean }), {
        timeout: 180_000,
        interval: 1000,
      });
    }, 400_000);
  });
}
