import type { Resolvers } from '../graphql/generated.ts';
import { encodeNodeId } from '../kernel/ids.ts';
import { readArticle } from './index.ts';

/** GraphQL fields of papers: decode the arguments, ask, return. */
export const literatureResolvers: Resolvers = {
  Query: {
    article: async (_, args, { literature }) => await readArticle(args, literature.articles),
  },
  Article: {
    id: ({ id }) => encodeNodeId('Article', id),
    authors: async ({ id }, _, { literature }) => (await literature.record(id)).authors,
    mesh: async ({ id }, _, { literature }) => (await literature.record(id)).mesh,
    sections: async ({ id }, _, { literature }) => (await literature.record(id)).sections,
    notices: async ({ id }, _, { literature }) => (await literature.record(id)).notices,
    dataBanks: async ({ id }, _, { literature }) => (await literature.record(id)).dataBanks,
  },
};
