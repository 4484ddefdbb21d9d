import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { ElasticsearchServer } from '../../kit/elasticsearch.ts';
import { record, takeRecords } from '../../kit/intake.ts';
import { describeQuestions } from '../../kit/search-suite.ts';
import { startTestCatalog, type TestCatalog } from '../../kit/test-catalog.ts';

/** The search of the catalog with its index on Elasticsearch: built, followed, searched, verified. */
export function describeSearch(server: () => ElasticsearchServer): void {
  describe('the catalog searched through Elasticsearch', () => {
    let catalog: TestCatalog;
    let projecting: Promise<void>;
    let home: string;
    const stop = new AbortController();
    const consistent = async (): Promise<boolean> => {
      try {
        return Object.values(await catalog.app.search.verify()).every((ids) => ids.length === 0);
      } catch {
        // There is no index yet.
        return false;
      }
    };
    const search = async (text: string): Promise<any> => {
      const { data, errors } = await catalog.ask(
        `query ($text: String) { searchDatasets(text: $text, facets: [{ field: MODALITY }]) { edges { node { slug } evidence { text source } }
         totalCount { ... on ExactCount { value } } facets { buckets { key count } } meta { engine model degraded warnings } } }`,
        { text },
      );
      expect(errors).toBeUndefined();
      return data.searchDatasets;
    };
    const first = (answer: any): string => answer.edges[0]?.node.slug;

    beforeAll(async () => {
      home = await mkdtemp(join(tmpdir(), 'mia-elastic-'));
      catalog = await startTestCatalog('shipped', { ELASTICSEARCH_URL: server().url, MIA_HOME: home });
      await catalog.app.search.warm();
      projecting = catalog.app.search.follow(stop.signal);
      await vi.waitFor(async () => expect(await consistent()).toBe(true), { timeout: 120_000, interval: 200 });
    });
    afterAll(async () => {
      stop.abort();
      await projecting;
      await catalog.close();
      await rm(home, { recursive: true, force: true });
    });

    it.each([
      ['glioblastoma MRI', 'upenn-gbm'],
      ['autism resting state', 'abide'],
      ['Alzheimer Australia', 'aibl'],
      ['lung ultrasound covid', 'covid-blues'],
      ['metal artefact', 'ct-mar'],
    ])('finds for "%s" %s first, by words and meaning', async (text, slug) => {
      const answer = await search(text);
      expect(first(answer)).toBe(slug);
      expect(answer.meta).toEqual({ engine: 'elasticsearch', model: 'minilm', degraded: false, warnings: [] });
      expect(answer.edges[0].evidence.length).toBeGreaterThan(0);
      expect(answer.facets[0].buckets.length).toBeGreaterThan(0);
    });

    it.each(['a AND (b OR', '"unclosed', 'title:*', '/.*/', '{"match_all":{}}', '\u0000', '🧠'.repeat(400)])(
      'takes %j for words, not for a query',
      async (text) => {
        expect((await search(text)).meta.degraded).toBe(false);
      },
    );

    it('follows what comes into the catalog, and shows no draft to a guest', async () => {
      const fields = { title: 'Potorooism of the knee', accessClass: 'OPEN' };
      await takeRecords(catalog, [record('seen', { slug: 'seen', ...fields })], { publish: true });
      await takeRecords(catalog, [record('unseen', { slug: 'unseen', ...fields })]);
      await expect.poll(async () => first(await search('potorooism')), { timeout: 60_000 }).toBe('seen');
      await expect.poll(consistent, { timeout: 60_000 }).toBe(true);
      const answer = await search('potorooism');
      expect(answer.edges.map((edge: any) => edge.node.slug)).not.toContain('unseen');
      expect(answer.totalCount.value).toBe(answer.edges.length);
    });

    describeQuestions(() => catalog);
  });
}
