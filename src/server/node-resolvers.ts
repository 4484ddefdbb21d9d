import { fetchNode, typeOfNode } from '../catalog/fetch-node.ts';
import type { Resolvers } from '../graphql/generated.ts';
import { articleIdIn } from '../literature/index.ts';

/** Anything by its id: each module knows its own types. */
export const nodeResolvers: Resolvers = {
  Query: {
    node: async (_, { id }, { loaders, literature }) => {
      const article = articleIdIn(id);
      return article === undefined ? await fetchNode(id, loaders) : await literature.article.load(article);
    },
  },
  Node: { __resolveType: (node) => ('__typename' in node ? node.__typename : typeOfNode(node)) },
};
