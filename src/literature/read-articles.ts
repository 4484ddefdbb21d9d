import { InvalidInputError } from '../kernel/errors.ts';
import { type ArticleId, decodeNodeId } from '../kernel/ids.ts';
import type { ArticleReader } from './ports.ts';
import type { Article, ArticleKey } from './stored-article.ts';

/** How a caller names an article. */
export interface ArticleArguments {
  readonly id?: string | null;
  readonly pmid?: string | null;
  readonly pmcid?: string | null;
  readonly doi?: string | null;
}

/**
 * The article of an identifier, or null.
 * @throws InvalidInputError unless exactly one identifier is given
 */
export async function readArticle(args: ArticleArguments, articles: ArticleReader): Promise<Article | null> {
  const key = articleKey(args);
  return key === undefined ? null : ((await articles.byKey(key)) ?? null);
}

/** The id in a node id of an article; undefined for any other. */
export function articleIdIn(nodeId: string): ArticleId | undefined {
  const decoded = decodeNodeId(nodeId);
  return decoded?.type === 'Article' ? (decoded.uuid as ArticleId) : undefined;
}

function articleKey(args: ArticleArguments): ArticleKey | undefined {
  const given = (['id', 'pmid', 'pmcid', 'doi'] as const).flatMap((kind) => {
    const value = args[kind];
    return value == null ? [] : [{ kind, value: value.slice(0, 1_000) }];
  });
  const [only, ...others] = given;
  if (only === undefined || others.length > 0)
    throw new InvalidInputError('Give exactly one of `id`, `pmid`, `pmcid` and `doi`.', {
      fields: ['id', 'pmid', 'pmcid', 'doi'],
    });
  const { kind, value } = only;
  switch (kind) {
    case 'id': {
      const id = articleIdIn(value);
      return id && { kind, value: id };
    }
    case 'pmid':
      return { kind, value: value.trim() };
    case 'pmcid':
      return { kind, value: value.trim().toUpperCase() };
    case 'doi':
      return {
        kind,
        value: value
          .trim()
          .toLowerCase()
          .replace(/^(?:https?:\/\/(?:dx\.)?doi\.org\/|doi:\s*)/, ''),
      };
  }
}
