import { setImmediate as turn } from 'node:timers/promises';
import type { ArticleId } from '../kernel/ids.ts';
import { highlightText, type TextIndex } from '../retrieval/index.ts';
import { articleId, narrowingOf } from './rank-articles.ts';

/** Articles read together: full texts of a whole page of hits are some hundred megabytes, and take seconds to look through. */
const together = 8;
/** Excerpts of a hit, and code units of each. */
const excerpts = { excerptLength: 240, excerpts: 3 };

/**
 * Stretches of articles that hold the words of a text. Other requests have their turn after each article; when the signal says so, the
 * rest is left.
 */
export async function highlightArticles(
  index: Pick<TextIndex, 'fetch'>,
  { text, ids }: { readonly text: string; readonly ids: readonly ArticleId[] },
  signal?: AbortSignal,
): Promise<ReadonlyMap<ArticleId, readonly string[]>> {
  const { scope } = narrowingOf({ kind: 'all', of: [] });
  const found = new Map<ArticleId, readonly string[]>();
  for (let at = 0; at < ids.length; at += together) {
    for (const document of await index.fetch(ids.slice(at, at + together), scope, signal)) {
      const stretches = highlightText(document.text, text, [], excerpts);
      found.set(
        articleId(document.id),
        stretches.map((excerpt) => excerpt.text),
      );
      await turn();
      signal?.throwIfAborted();
    }
  }
  return found;
}
