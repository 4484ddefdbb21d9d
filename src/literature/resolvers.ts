import type { RequestContext } from '../graphql/context.ts';
import type { Resolvers } from '../graphql/generated.ts';
import { NotFoundError } from '../kernel/errors.ts';
import { encodeNodeId } from '../kernel/ids.ts';
import { withoutNulls } from '../kernel/without-nulls.ts';
import {
  type Article,
  type ArticleSearchParts,
  createQuestion,
  deleteQuestion,
  exportMatches,
  followMatches,
  judgeArticle,
  type Literature,
  listMatches,
  listQuestions,
  type QuestionKeeper,
  questionIdIn,
  questionScopeOf,
  readArticle,
  searchArticles,
  similarArticles,
  updateQuestion,
} from './index.ts';

function partsOf({ literature, reader, budget, logger }: RequestContext): ArticleSearchParts {
  return { literature, vocabulary: async () => await reader.vocabulary(), logger, signal: budget.signal };
}

function keeperOf({ principal, literature }: RequestContext): QuestionKeeper & Pick<Literature, 'articles'> {
  return { principal, questions: literature.questions, articles: literature.articles };
}

/** GraphQL fields of papers: decode the arguments, ask, return. */
export const literatureResolvers: Resolvers = {
  Query: {
    article: async (_, args, { literature }) => await readArticle(args, literature.articles),
    searchArticles: async (_, { text, where, first, after }, context) => {
      const query = { text, where: withoutNulls(where ?? {}), first, after: after ?? undefined };
      return await searchArticles(query, partsOf(context));
    },
    question: async (_, { id }, { principal, literature }) => {
      const asked = questionIdIn(id);
      return asked === undefined
        ? null
        : ((await literature.questions.byIds([asked], questionScopeOf(principal))).get(asked) ?? null);
    },
    questions: async (_, __, context) => await listQuestions(keeperOf(context)),
  },
  Mutation: {
    createQuestion: async (_, { input }, context) => ({
      question: await createQuestion(withoutNulls(input), keeperOf(context)),
    }),
    updateQuestion: async (_, { input: { id, expectedVersion, notes, ...rest } }, context) => ({
      question: await updateQuestion(
        { id, expectedVersion, patch: { ...withoutNulls(rest), ...(notes !== undefined && { notes }) } },
        keeperOf(context),
      ),
    }),
    deleteQuestion: async (_, { input }, context) => {
      await deleteQuestion(input.id, keeperOf(context));
      return { question: null };
    },
    judgeArticle: async (_, { input }, context) => ({
      question: await judgeArticle({ ...input, verdict: input.verdict ?? undefined }, keeperOf(context)),
    }),
  },
  Subscription: {
    questionMatched: {
      subscribe: (_, { id }, context) => followMatches(id, { ...keeperOf(context), signal: context.budget.signal }),
      resolve: (article: Article) => article,
    },
  },
  Question: {
    id: ({ id }) => encodeNodeId('Question', id),
    upToDate: async ({ linkedRevision }, _, { literature }) =>
      linkedRevision !== undefined && linkedRevision >= Number(await literature.index.head()),
    matches: async ({ id }, { newSince, refused, first, after }, { literature }) =>
      await listMatches(
        id,
        { newSince: newSince ?? undefined, refused, first, after: after ?? undefined },
        literature.questions,
      ),
    csv: async ({ id }, { first }, { literature }) => await exportMatches(id, { format: 'csv', first }, literature),
    ris: async ({ id }, { first }, { literature }) => await exportMatches(id, { format: 'ris', first }, literature),
  },
  QuestionMatch: {
    article: async ({ articleId }, _, { literature }) => {
      const article = await literature.article.load(articleId);
      if (article === null) throw new NotFoundError('The article went away while it was read.');
      return article;
    },
  },
  ArticleHit: {
    node: async ({ id }, _, { literature }) => {
      const article = await literature.article.load(id);
      if (article === null) throw new NotFoundError('The article went away while it was searched for.');
      return article;
    },
  },
  Article: {
    id: ({ id }) => encodeNodeId('Article', id),
    authors: async ({ id }, _, { literature }) => (await literature.record(id)).authors,
    mesh: async ({ id }, _, { literature }) => (await literature.record(id)).mesh,
    sections: async ({ id }, _, { literature }) => (await literature.record(id)).sections,
    notices: async ({ id }, _, { literature }) => (await literature.record(id)).notices,
    dataBanks: async ({ id }, _, { literature }) => (await literature.record(id)).dataBanks,
    similar: async (article, { first }, context) => await similarArticles(article, first, partsOf(context)),
  },
};
