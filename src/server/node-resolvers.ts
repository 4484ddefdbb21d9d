import { fetchNode, typeOfNode } from '../catalog/fetch-node.ts';
import type { Resolvers } from '../graphql/generated.ts';
import { articleIdIn, questionIdIn, questionScopeOf, readCandidateNode } from '../literature/index.ts';
import { findRun } from '../pipelines/index.ts';

/** Anything by its id: each module knows its own types. */
export const nodeResolvers: Resolvers = {
  Query: {
    node: async (_, { id }, { loaders, literature, principal, pipelines }) => {
      const candidate = await readCandidateNode(id, principal, literature.discovery.candidates);
      if (candidate !== undefined) return candidate;
      const article = articleIdIn(id);
      if (article !== undefined) return await literature.article.load(article);
      const question = questionIdIn(id);
      if (question === undefined)
        return (await fetchNode(id, loaders)) ?? (await findRun(id, principal, pipelines.runs)) ?? null;
      return (await literature.questions.byIds([question], questionScopeOf(principal))).get(question) ?? null;
    },
  },
  Node: {
    __resolveType: (node) => {
      if ('pipelineSha256' in node) return 'PipelineRun';
      return '__typename' in node ? node.__typename : typeOfNode(node);
    },
  },
};
