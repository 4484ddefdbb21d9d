import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { articleItem } from '../kit/articles.ts';
import { takeArticles } from '../kit/literature.ts';
import { type MiaProcess, makeHome, startMia } from '../kit/mia-process.ts';
import { startTestCatalog, type TestCatalog } from '../kit/test-catalog.ts';

const { home, remove } = makeHome();
const articles = 48;
const leaseOfOne = 16;
let catalog: TestCatalog;
const processes: MiaProcess[] = [];
beforeAll(async () => {
  catalog = await startTestCatalog('empty', { MIA_HOME: home, MIA_ARTICLE_VECTORS: 'all' });
}, 60_000);
afterAll(async () => {
  for (const { child } of processes) child.kill('SIGKILL');
  await Promise.all(processes.map(async ({ ended }) => await ended));
  await catalog.close();
  await remove();
}, 60_000);

interface Queue {
  readonly done: number;
  readonly held: number;
  readonly again: number;
  readonly failed: number;
}

/** How the queue stands; `again`: articles that were leased more than once. */
async function queue(): Promise<Queue> {
  const [row] = await catalog.app.db.query<Queue[]>(
    `SELECT count(done_at) AS done, count(*) FILTER (WHERE done_at IS NULL AND leased_until > now()) AS held,
       count(*) FILTER (WHERE attempts > 1) AS again, count(error) AS failed FROM article_vector`,
  );
  return row ?? { done: 0, held: 0, again: 0, failed: 0 };
}

function startEmbed(): MiaProcess {
  const started = startMia(['serve', '--role', 'embed'], {
    MIA_HOME: home,
    MIA_EMPTY: '1',
    MIA_EMBED_LEASE_S: '20',
    MIA_ENCODER_THREADS: '1',
    DATABASE_URL: catalog.databaseUrl,
  });
  processes.push(started);
  return started;
}

it('two processes encode one queue; what one had when it was killed is encoded by the other, nothing twice, nothing lost', async () => {
  const items = Array.from({ length: articles }, (_, at) => {
    const abstract = Array.from({ length: 6 }, (__, n) => `Sentence ${n} of paper ${at} says what was measured.`);
    return articleItem({ pmid: String(at + 1), title: `Paper ${at}`, abstract: abstract.join(' ') });
  });
  await takeArticles(catalog, 'pubmed', items);
  const before = await catalog.app.literature.index.head();
  const victim = startEmbed();
  await vi.waitFor(async () => expect((await queue()).held).toBe(leaseOfOne), { timeout: 120_000, interval: 20 });
  // Stands still in the middle of its first articles until the other has encoded some, then it is gone.
  victim.child.kill('SIGSTOP');
  startEmbed();
  await vi.waitFor(async () => expect((await queue()).done).toBeGreaterThan(0), { timeout: 120_000, interval: 20 });
  victim.child.kill('SIGKILL');
  await victim.ended;
  await vi.waitFor(async () => expect((await queue()).done).toBe(articles), { timeout: 150_000, interval: 200 });
  const { again, failed } = await queue();
  expect(failed).toBe(0);
  expect(again).toBe(leaseOfOne);
  // Each article that is encoded takes one number.
  expect(Number(await catalog.app.literature.index.head()) - Number(before)).toBe(articles);
}, 300_000);
