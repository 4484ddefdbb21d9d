import { existsSync, readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { ingestQuery } from '../../../ingest/pubmed/ingest-query.ts';
import { type Asked, type Given, startService } from '../../kit/article-services.ts';
import { MemoryLiterature } from '../../kit/memory-literature.ts';
import { pubmedArticle, pubmedSet } from '../../kit/pubmed-xml.ts';

const manners = { service: 'NCBI', intervalMs: 0, timeoutMs: 2_000, attempts: 4, firstPauseMs: 1, longestPauseMs: 50 };
const now = Date.parse('2024-06-01T00:00:00Z');
const recorded = `${process.cwd()}/../shared/data/entrez/pubmed1.xml`;

/** NCBI with so many records, one entered a day up to 2024-06-01, and faults that a test puts before its answers. */
class FakeNcbi {
  records: number;
  /** Answers that come before the right one, in order. */
  readonly faults: ((asked: Asked) => Given | undefined)[] = [];
  /** The only history that is known. */
  history = 1;
  constructor(records: number) {
    this.records = records;
  }

  readonly answer = (asked: Asked): Given => {
    const fault = this.faults[0]?.(asked);
    if (fault !== undefined) {
      this.faults.shift();
      return fault;
    }
    const { mindate, maxdate } = asked.fields;
    if (asked.path.endsWith('esearch.fcgi')) {
      this.history += 1;
      const env = JSON.stringify({ history: this.history, mindate, maxdate });
      return {
        body: `<eSearchResult><Count>${this.#within(mindate, maxdate).length}</Count><QueryKey>1</QueryKey><WebEnv>${env.replaceAll('"', "'")}</WebEnv></eSearchResult>`,
      };
    }
    const env = JSON.parse((asked.fields['WebEnv'] ?? '').replaceAll("'", '"'));
    if (env.history !== this.history)
      return { status: 400, body: '<eFetchResult><ERROR>Unable to obtain query #1</ERROR></eFetchResult>' };
    const from = Number(asked.fields['retstart']);
    const hits = this.#within(env.mindate, env.maxdate).slice(from, from + Number(asked.fields['retmax']));
    return { body: pubmedSet(...hits.map((pmid) => pubmedArticle(pmid))) };
  };

  #within(mindate?: string, maxdate?: string): readonly number[] {
    const day = (text: string): number => Date.parse(`${text.replaceAll('/', '-')}T00:00:00Z`) / 86_400_000;
    const last = now / 86_400_000;
    return Array.from({ length: this.records }, (_, index) => index + 1).filter((pmid) => {
      const entered = last - this.records + pmid;
      return mindate === undefined || maxdate === undefined || (entered >= day(mindate) && entered <= day(maxdate));
    });
  }
}

describe('a query of PubMed', () => {
  let close: () => Promise<void> = () => Promise.resolve();
  afterEach(async () => await close());
  const start = async (answer: (asked: Asked) => Given) => {
    const service = await startService(answer);
    close = service.close;
    const intake = new MemoryLiterature();
    const access = { url: service.url, apiKey: 'secret-key', email: 'a@example.org' };
    const run = async (options: Partial<Parameters<typeof ingestQuery>[0]> = {}) =>
      await ingestQuery({ term: 'autism AND mri', access, now, manners, pageSize: 10, ...options }, intake);
    return { ...service, intake, run };
  };
  const pmids = (intake: MemoryLiterature): readonly number[] =>
    intake.articles.map(({ pmid }) => Number(pmid)).sort((a, b) => a - b);
  const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index + 1);

  it('takes all pages in, with the key in the body and never in an address', async () => {
    const { run, intake, asked } = await start(new FakeNcbi(35).answer);
    expect(await run()).toMatchObject({ accepted: 35, rejected: 0 });
    expect(pmids(intake)).toEqual(upTo(35));
    expect(asked.every(({ method, fields }) => method === 'POST' && fields['api_key'] === 'secret-key')).toBe(true);
  });

  it('is asked again when it is busy, broken, cut off or cut short', async () => {
    const ncbi = new FakeNcbi(20);
    const { run, intake } = await start(ncbi.answer);
    const page = pubmedSet(...upTo(10).map((pmid) => pubmedArticle(pmid)));
    ncbi.faults.push(
      () => ({ status: 429, headers: { 'retry-after': '0' }, body: '{"error":"API rate limit exceeded"}' }),
      ({ path }) => (path.includes('efetch') ? { status: 502, body: 'Bad gateway' } : undefined),
      ({ path }) => (path.includes('efetch') ? { body: page.slice(0, 2_000) } : undefined),
      ({ path }) => (path.includes('efetch') ? { body: page, cut: 1_000 } : undefined),
    );
    expect(await run()).toMatchObject({ accepted: 20, rejected: 0 });
    expect(pmids(intake)).toEqual(upTo(20));
    expect(ncbi.faults).toEqual([]);
  });

  it('waits as long as Retry-After says', async () => {
    const ncbi = new FakeNcbi(1);
    const { run } = await start(ncbi.answer);
    ncbi.faults.push(() => ({ status: 429, headers: { 'retry-after': '1' } }));
    const began = performance.now();
    await run({ manners: { ...manners, longestPauseMs: 5_000 } });
    expect(performance.now() - began).toBeGreaterThan(990);
  });

  it('searches again when the history server forgot the search, and goes on at its page', async () => {
    const ncbi = new FakeNcbi(30);
    const { run, intake, asked } = await start(ncbi.answer);
    let pages = 0;
    ncbi.faults.push(({ path }) => {
      if (path.includes('efetch')) pages += 1;
      if (pages === 2) ncbi.history += 1;
      return undefined;
    });
    expect(await run()).toMatchObject({ accepted: 30, unchanged: 0 });
    expect(pmids(intake)).toEqual(upTo(30));
    expect(asked.filter(({ path }) => path.includes('esearch'))).toHaveLength(2);
  });

  it('goes on after an interruption at its page, and searches anew once it was complete', async () => {
    const ncbi = new FakeNcbi(40);
    const { run, intake } = await start(ncbi.answer);
    intake.failAfter = 2;
    await expect(run()).rejects.toThrow('the store is gone');
    intake.failAfter = Number.POSITIVE_INFINITY;
    expect(await run()).toMatchObject({ accepted: 20, unchanged: 0, passedOver: 20 });
    ncbi.records = 42;
    expect(await run()).toMatchObject({ unchanged: 40, accepted: 2 });
    expect(pmids(intake)).toEqual(upTo(42));
  });

  it('splits more hits than a search gives out by day, and goes on within them', async () => {
    const { run, intake } = await start(new FakeNcbi(300).answer);
    intake.failAfter = 9;
    await expect(run({ mostHits: 50 })).rejects.toThrow('the store is gone');
    intake.failAfter = Number.POSITIVE_INFINITY;
    expect(await run({ mostHits: 50 })).toMatchObject({ rejected: 0, unchanged: 0 });
    expect(pmids(intake)).toEqual(upTo(300));
  });

  it('asks for what was changed since a day', async () => {
    const { run, intake, asked } = await start(new FakeNcbi(300).answer);
    await run({ since: '2024-05-30' });
    expect(pmids(intake)).toEqual([298, 299, 300]);
    expect(asked[0]?.fields).toMatchObject({ datetype: 'mdat', mindate: '2024/05/30', term: 'autism AND mri' });
  });

  it('tells of records that were counted and did not come', async () => {
    const ncbi = new FakeNcbi(10);
    const { run } = await start((asked) => {
      const given = ncbi.answer(asked);
      return asked.path.includes('efetch') ? { body: pubmedSet(pubmedArticle(1)) } : given;
    });
    expect(await run()).toMatchObject({
      accepted: 1,
      rejected: 1,
      rejections: [{ error: '9 of hits 1 to 10 did not come from NCBI.' }],
    });
  });

  it.each([
    [() => ({ status: 503 }), /was asked 4 times: it answered 503/],
    [() => ({ body: '<eSearchResult><ERROR>Empty term</ERROR></eSearchResult>' }), /refuses the query .*Empty term/],
  ])('ends with a sentence when the service stays away or refuses', async (answer, sentence) => {
    const { run } = await start(answer);
    const error = await run().catch((reason: unknown) => reason);
    expect(String(error)).toMatch(sentence);
    expect(String(error)).not.toContain('secret-key');
  });

  it.skipIf(!existsSync(recorded))(
    'reads recorded answers (../shared/data/entrez; skipped where it is not)',
    async () => {
      const page = readFileSync(recorded, 'utf8');
      const count = page.split('<PubmedArticle>').length - 1;
      const { run, intake } = await start(({ path }) => ({
        body: path.includes('efetch')
          ? page
          : `<eSearchResult><Count>${count}</Count><QueryKey>1</QueryKey><WebEnv>E</WebEnv></eSearchResult>`,
      }));
      expect(await run()).toMatchObject({ accepted: count, rejected: 0 });
      expect(intake.articles[0]?.pmid).toBe('12091962');
    },
  );
});
