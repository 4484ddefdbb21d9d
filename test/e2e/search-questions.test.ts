import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, vi } from 'vitest';
import { describeQuestions } from '../kit/search-suite.ts';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

describe('the embedded index', () => {
  let catalog: TestCatalog;
  let home: string;
  let projecting: Promise<void>;
  const stop = new AbortController();

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'mia-questions-'));
    catalog = await startTestCatalog('shipped', { MIA_HOME: home });
    await catalog.app.search.warm();
    projecting = catalog.app.search.follow(stop.signal);
    // Until there is an index, nothing can be compared with it.
    await vi.waitFor(async () => await catalog.app.search.verify(), { timeout: 60_000, interval: 200 });
  }, 120_000);
  afterAll(async () => {
    stop.abort();
    await projecting;
    await catalog.close();
    await rm(home, { recursive: true, force: true });
  });

  describeQuestions(() => catalog);
});
