import DataLoader from 'dataloader';
import type { LiteratureDoor } from '../graphql/context.ts';
import type { ArticleId } from '../kernel/ids.ts';
import type { Article, ArticleRecord, Literature, StoredMention } from '../literature/index.ts';

/** Whole records are read so many at a time: a full text can take a megabyte. */
const recordsAtATime = 50;

/** Papers for one request. */
export function literatureDoor({ articles, discovery, index, mesh, vectors, questions }: Literature): LiteratureDoor {
  const article = new DataLoader<string, Article | null>(async (ids) => {
    const found = await articles.byIds(ids as readonly ArticleId[]);
    return ids.map((id) => found.get(id as ArticleId) ?? null);
  });
  const record = new DataLoader<string, ArticleRecord>(
    async (ids) => {
      const found = await articles.records(ids as readonly ArticleId[]);
      return ids.map((id) => found.get(id as ArticleId) ?? new Error(`the record of the article ${id} is gone`));
    },
    { maxBatchSize: recordsAtATime },
  );
  const mentions = new DataLoader<string, readonly StoredMention[]>(async (ids) => {
    const found = await discovery.mentions.ofArticles(ids as readonly ArticleId[]);
    return ids.map((id) => found.get(id as ArticleId) ?? []);
  });
  return {
    articles,
    discovery,
    index,
    mesh,
    vectors,
    questions,
    mentions,
    article,
    record: async (id) => await record.load(id),
  };
}
