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
