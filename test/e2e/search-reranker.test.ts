import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { writeRandomBert } from '../kit/random-bert.ts';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

const root = mkdtempSync(join(tmpdir(), 'mia-second-stage-'));
const crossEncoder = join(root, 'cross-encoder');
const encoder = join(root, 'encoder');

/** What one catalog answers, its index built, with this model as its second stage. */
async function answerWith(reranker: string): Promise<any> {
  const env = { MIA_HOME: join(root, reranker.replaceAll('/', '-')), MIA_MODEL: 'minilm', MIA_RERANKER: reranker };
  const catalog: TestCatalog = await startTestCatalog('shipped', env);
  const stop = new AbortController();
  const projecting = catalog.app.search.follow(stop.signal);
  try {
    await vi.waitFor(async () => expect(await catalog.app.search.verify()).toMatchObject({ missing: [] }), {
      timeout: 90_000,
      interval: 200,
    });
    await catalog.app.search.warm();
    const query =
      '{ searchDatasets(text: "MRI of the brain") { edges { node { slug } score } meta { engine model degraded warnings } } }';
    // An index that was not built a moment ago is left alone for a second.
    return await vi.waitFor(
      async () => {
        const { data, errors } = await catalog.ask(query);
        expect(errors).toBeUndefined();
        expect(data.searchDatasets.meta.engine).toBe('sqlite');
        return data.searchDatasets;
      },
      { timeout: 30_000, interval: 200 },
    );
  } finally {
    stop.abort();
    await projecting;
    await catalog.close();
  }
}

describe('a second stage over the search of datasets', () => {
  let without: any;
  const slugs = (answer: any): string[] => answer.edges.map((edge: any) => edge.node.slug);
  const scores = (answer: any): number[] => answer.edges.map((edge: any) => edge.score);

  beforeAll(async () => {
    writeRandomBert(crossEncoder, { classes: 1 });
    writeRandomBert(encoder);
    without = await answerWith('none');
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it('orders the same hits anew, each with the score of its place', async () => {
    const answer = await answerWith(crossEncoder);
    expect(answer.meta).toMatchObject({ model: 'minilm', degraded: false, warnings: [] });
    expect(slugs(answer).toSorted()).toEqual(slugs(without).toSorted());
    expect(slugs(answer)).not.toEqual(slugs(without));
    expect(scores(answer)).toEqual(scores(without));
  });

  it('is refused in words where it is no cross-encoder: the first stage answers, and says so', async () => {
    const answer = await answerWith(encoder);
    expect(slugs(answer)).toEqual(slugs(without));
    expect(answer.meta).toMatchObject({
      degraded: true,
      warnings: ['The second-stage model is away: ordered without it.'],
    });
  });
});
