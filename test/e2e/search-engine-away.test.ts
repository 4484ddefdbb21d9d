import { once } from 'node:events';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

describe('while Elasticsearch is away', () => {
  let catalog: TestCatalog;
  let projecting: Promise<void>;
  const stop = new AbortController();
  beforeAll(async () => {
    // Nothing listens on the discard port.
    catalog = await startTestCatalog('shipped', { ELASTICSEARCH_URL: 'http://127.0.0.1:9', MIA_MODEL: 'none' });
    projecting = catalog.app.search.follow(stop.signal);
  });
  afterAll(async () => {
    stop.abort();
    await projecting;
    await catalog.close();
  });

  it('is ready, finds in the database with facets, and says that it is degraded', async () => {
    expect((await fetch(`${catalog.url}/readyz`)).status).toBe(200);
    const { data, errors } = await catalog.ask(`{ searchDatasets(text: "glioblastoma", facets: [{ field: MODALITY }]) {
      edges { node { slug } } facets { buckets { key count } } meta { engine degraded warnings } } }`);
    expect(errors).toBeUndefined();
    expect(data.searchDatasets.edges.map((edge: any) => edge.node.slug)).toContain('upenn-gbm');
    expect(data.searchDatasets.facets[0].buckets.length).toBeGreaterThan(0);
    expect(data.searchDatasets.meta).toMatchObject({ engine: 'postgresql', degraded: true });
  });

  it('suggests and browses as ever', async () => {
    const { data } = await catalog.ask('{ suggest(prefix: "aut") { text } searchDatasets { meta { degraded } } }');
    expect(data.suggest.length).toBeGreaterThan(0);
    expect(data.searchDatasets.meta.degraded).toBe(false);
  });
});

describe('while Elasticsearch takes every request and answers none', () => {
  const silent = createServer(() => undefined);
  let catalog: TestCatalog;
  beforeAll(async () => {
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const address = silent.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    catalog = await startTestCatalog('shipped', {
      ELASTICSEARCH_URL: `http://127.0.0.1:${port}`,
      MIA_MODEL: 'none',
    });
  });
  afterAll(async () => {
    silent.closeAllConnections();
    silent.close();
    await catalog.close();
  });

  it('finds in the database for many callers at once, and those who hang up fail nobody', async () => {
    const query = `{ searchDatasets(text: "glioblastoma") { edges { node { slug } } meta { engine degraded } } }`;
    const leaving = Array.from({ length: 8 }, async (_, turn) => {
      const signal = AbortSignal.timeout(20 * turn + 5);
      await fetch(`${catalog.url}/graphql?query=${encodeURIComponent(query)}`, { signal }).catch(() => undefined);
    });
    const answers = await Promise.all(Array.from({ length: 16 }, async () => await catalog.ask(query)));
    await Promise.all(leaving);
    for (const { data, errors } of answers) {
      expect(errors).toBeUndefined();
      expect(data.searchDatasets.edges.map((edge: any) => edge.node.slug)).toContain('upenn-gbm');
      expect(data.searchDatasets.meta).toMatchObject({ engine: 'postgresql', degraded: true });
    }
  });
});
