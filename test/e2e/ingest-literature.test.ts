import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type Given, startService } from '../kit/article-services.ts';
import { makeHome, runMia } from '../kit/mia-process.ts';
import { pubmedArticle, pubmedSet } from '../kit/pubmed-xml.ts';

describe('mia ingest of literature', () => {
  const { home, remove } = makeHome();
  const folder = mkdtempSync(join(tmpdir(), 'mia-literature-'));
  const env = { MIA_HOME: home, MIA_EMPTY: '1', MIA_MODEL: 'none' };
  const mia = async (args: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    await runMia(['ingest', ...args, '--json'], { ...env, ...more });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await remove();
  });

  it('takes files in once, says what was rejected, and ends with code 3 then', async () => {
    const file = join(folder, 'a.xml');
    writeFileSync(file, pubmedSet(pubmedArticle(1), pubmedArticle(2, { citation: '<broken>' }), pubmedArticle(3)));
    const first = await mia(['pubmed', file]);
    expect(first.code).toBe(3);
    expect(first.events.at(-1)).toMatchObject({ event: 'done', accepted: 2, unchanged: 0, deleted: 0, rejected: 1 });
    expect(first.events.find(({ event }) => event === 'rejected')).toMatchObject({ sourceId: '2' });
    const again = await mia(['pubmed', file]);
    expect(again.code).toBe(3);
    expect(again.events.at(-1)).toMatchObject({ accepted: 0, rejected: 0, passedOver: 3, rejectedBefore: 1 });
    const lines = join(folder, 'a.jsonl');
    writeFileSync(lines, JSON.stringify({ id: 'x', title: 'X' }));
    const second = await mia(['articles', lines]);
    expect(second.events.at(-1)).toMatchObject({ event: 'done', accepted: 1, rejected: 0 });
    expect(await mia(['articles', lines])).toMatchObject({ code: 0 });
  });

  it('asks the services that it is told of', async () => {
    const service = await startService(({ path }): Given => {
      if (path.endsWith('esearch.fcgi'))
        return { body: '<eSearchResult><Count>1</Count><QueryKey>1</QueryKey><WebEnv>E</WebEnv></eSearchResult>' };
      if (path.endsWith('efetch.fcgi')) return { body: pubmedSet(pubmedArticle(11)) };
      return {
        body: JSON.stringify({
          hitCount: 1,
          resultList: { result: [{ id: '12', source: 'MED', pmid: '12', title: 'T' }] },
        }),
      };
    });
    try {
      const more = { ENTREZ_URL: service.url, EUROPEPMC_URL: service.url, NCBI_EMAIL: 'a@example.org' };
      const pubmed = await mia(['pubmed', '--query', 'autism', '--since', '2024-01-01'], more);
      expect(pubmed.events.at(-1)).toMatchObject({ event: 'done', accepted: 1, rejected: 0 });
      const europe = await mia(['europepmc', '--query', 'autism'], more);
      expect(europe.events.at(-1)).toMatchObject({ event: 'done', accepted: 1, rejected: 0 });
      expect(service.asked[0]?.fields).toMatchObject({ email: 'a@example.org', datetype: 'mdat' });
    } finally {
      await service.close();
    }
  });

  it.each([
    [['pubmed'], /files .* or a query/],
    [['pubmed', 'a.xml', '--query', 'x'], /files .* or a query/],
    [['pubmed', '--query', 'x', '--since', '2024-02-31'], /Must be a day/],
    [['pubmed', 'a.xml', '--since', '2024-02-01'], /--since goes with --query/],
  ])('refuses %j as wrong usage', async (args, sentence) => {
    const { code, told } = await mia(args);
    expect(code).toBe(2);
    expect(told.join('\n')).toMatch(sentence);
  });
});
