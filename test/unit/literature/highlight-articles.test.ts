import { expect, it } from 'vitest';
import type { ArticleId } from '../../../src/kernel/ids.ts';
import { highlightArticles } from '../../../src/literature/highlight-articles.ts';
import type { TextIndex } from '../../../src/retrieval/index.ts';

const ids = Array.from({ length: 100 }, (_, at) => `article-${at}` as ArticleId);

/** An index of long texts that remembers how many it was asked for at a time. */
function longTexts(): { readonly asked: number[]; readonly index: Pick<TextIndex, 'fetch'> } {
  const asked: number[] = [];
  const text = { fullText: [`${'plain words '.repeat(2_000)} a hippocampus`] };
  const fetch: TextIndex['fetch'] = (wanted) => {
    asked.push(wanted.length);
    return Promise.resolve(wanted.map((id) => ({ id, version: 1, text, filters: {} })));
  };
  return { asked, index: { fetch } };
}

it('finds the words in every article of a large page, few texts at a time', async () => {
  const { asked, index } = longTexts();
  const found = await highlightArticles(index, { text: 'hippocampus', ids });
  expect([...found.keys()]).toEqual(ids);
  expect(found.get('article-99' as ArticleId)).toEqual([expect.stringContaining('hippocampus')]);
  expect(Math.max(...asked)).toBeLessThan(20);
});

it('lets others have their turn, and leaves the rest when it is told to stop', async () => {
  const { asked, index } = longTexts();
  const stop = new AbortController();
  setImmediate(() => stop.abort());
  await expect(highlightArticles(index, { text: 'hippocampus', ids }, stop.signal)).rejects.toThrow();
  expect(asked).toHaveLength(1);
});
