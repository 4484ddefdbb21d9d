import { z } from 'zod';
import type { Figure } from '../figure.ts';
import { judged, round } from '../judge-figure.ts';
import { type Collection, collectionsPresent } from '../retrieval/collections.ts';
import { mean, ndcgAt10, reciprocalRank } from '../retrieval/ranking-measures.ts';
import { type OpenCollections, openCollections } from './open-collections.ts';

const answer = z.object({
  data: z.object({ searchArticles: z.object({ edges: z.array(z.object({ node: z.object({ doi: z.string() }) })) }) }),
});
const query = 'query ($text: String!) { searchArticles(text: $text, first: 100) { edges { node { doi } } } }';

/** SciFact and PubMedQA through `searchArticles`, over HTTP, one index of 6,183 articles. */
export async function searchFigures(): Promise<readonly Figure[]> {
  if (!collectionsPresent())
    return [{ name: 'searchArticles', skipped: 'the collections are not beside this checkout' }];
  const open = await openCollections();
  try {
    const engine = open.app.literature.index.engine;
    const scifact = await askAll(open, open.scifact);
    const pubmedqa = await askAll(open, open.pubmedqa);
    const of = (ids: readonly (readonly string[])[], { questions }: Collection, measure: typeof ndcgAt10): number =>
      mean(ids.map((list, at) => measure(list, questions[at]?.judgements ?? new Map())));
    // SciFact's own figure is among its own abstracts, as BEIR has it.
    const own = scifact.map((ids) => ids.filter((id) => id.startsWith('scifact')));
    const ndcg = {
      name: `${engine} SciFact by searchArticles`,
      value: round(of(own, open.scifact, ndcgAt10), 4),
      unit: 'nDCG@10',
    };
    const mrr = {
      name: `${engine} PubMedQA by searchArticles`,
      value: round(of(pubmedqa, open.pubmedqa, reciprocalRank), 4),
      unit: 'MRR',
    };
    return [judged(ndcg, { atLeast: 0.742 }), judged(mrr, { atLeast: 0.975 })];
  } finally {
    await open.close();
  }
}

async function askAll(
  { url, documentOf }: OpenCollections,
  { questions }: Collection,
): Promise<readonly (readonly string[])[]> {
  const lists: string[][] = [];
  for (const { text } of questions) {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables: { text } }),
    });
    const { edges } = answer.parse(await response.json()).data.searchArticles;
    lists.push(edges.map(({ node }) => documentOf(node.doi)));
  }
  return lists;
}
