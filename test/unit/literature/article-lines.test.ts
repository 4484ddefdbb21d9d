import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ingestArticles } from '../../../ingest/articles/ingest-articles.ts';
import { articleText } from '../../../src/literature/index.ts';
import { MemoryLiterature } from '../../kit/memory-literature.ts';

describe('a file of article lines', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mia-articles-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const take = async (lines: readonly string[], intake = new MemoryLiterature()) => {
    const file = join(folder, 'articles.jsonl');
    writeFileSync(file, lines.join('\n'));
    return { tally: await ingestArticles({ file, sourceName: 'articles' }, intake), intake };
  };

  it('gives articles, ids in one form', async () => {
    const { intake, tally } = await take([
      JSON.stringify({
        id: 1,
        pmid: 42,
        doi: 'https://doi.org/10.1000/X',
        pmcid: 'pmc7',
        title: ' A\u0000  title ',
        year: 2020,
      }),
      JSON.stringify({
        id: 'b',
        title: 'B',
        abstract: 'One.\n\nTwo.',
        sections: [{ name: 'Methods', text: 'We  scanned.' }],
      }),
    ]);
    expect(tally).toMatchObject({ accepted: 2, rejected: 0 });
    expect(intake.articles).toMatchObject([
      { pmid: '42', doi: '10.1000/x', pmcid: 'PMC7', title: 'A title', year: 2020, published: '2020' },
      {
        pmid: undefined,
        abstract: 'One.\nTwo.',
        sections: [{ name: 'Methods', role: 'METHODS', text: 'We scanned.' }],
      },
    ]);
    expect(intake.articles.map(articleText)[1]).toBe('B\n\nOne.\nTwo.\n\nWe scanned.');
  });

  it.each([
    ['{"id":"x"', /line 2 is not JSON/],
    ['{"id":"x","title":""}', /line 2 is no article: title: must not be empty/],
    ['{"id":"x","title":"T","pmid":"PMID12"}', /pmid: must be a PubMed id/],
    ['{"title":"T"}', /line 2 is no article: id/],
    ['[]', /line 2 is no article/],
  ])('rejects the line %s by its number and goes on', async (line, error) => {
    const good = (id: string): string => JSON.stringify({ id, title: 'T' });
    const { tally } = await take([good('a'), line, good('b')]);
    expect(tally).toMatchObject({ accepted: 2, rejected: 1 });
    expect(tally.rejections).toEqual([{ sourceId: 'line 2', error: expect.stringMatching(error) }]);
  });
});
