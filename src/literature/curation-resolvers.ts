import { readScopeOf } from '../access/index.ts';
import type { RequestContext } from '../graphql/context.ts';
import type { Resolvers } from '../graphql/generated.ts';
import { type DatasetId, encodeNodeId } from '../kernel/ids.ts';
import { withoutNulls } from '../kernel/without-nulls.ts';
import {
  acceptCandidate,
  type Deciding,
  listCandidates,
  listMentions,
  listPapers,
  mergeCandidate,
  originEvidence,
  rejectCandidate,
} from './index.ts';

function deciding({ principal, requestId, literature }: RequestContext): Deciding {
  return { principal, requestId, candidates: literature.discovery.candidates };
}

/** After a write, the rest of the request sees what was written. */
async function thenAnew<T>(work: Promise<T>, context: RequestContext): Promise<T> {
  const payload = await work;
  Object.assign(context, await context.readAnew());
  return payload;
}

async function readBack(id: DatasetId, { reader, principal }: RequestContext) {
  const [dataset] = await reader.datasetsByIds([id], readScopeOf(principal));
  if (dataset === undefined) throw new Error(`the dataset ${id} is gone after it was drafted`);
  return dataset;
}

/** GraphQL fields of datasets in papers, and of what stewards make of them: decode the arguments, ask, return. */
export const discoveryResolvers: Resolvers = {
  Query: {
    candidates: async (_, { where, first, after }, { principal, literature }) =>
      await listCandidates(
        { where: withoutNulls(where ?? {}), first, after: after ?? undefined },
        principal,
        literature.discovery.candidates,
      ),
  },
  Mutation: {
    acceptCandidate: async (_, { input: { id, expectedVersion, slug, fields } }, context) =>
      await thenAnew(
        acceptCandidate(
          {
            id,
            expectedVersion: expectedVersion ?? undefined,
            slug: slug ?? undefined,
            fields: fields ?? undefined,
          },
          {
            ...deciding(context),
            articles: context.literature.articles,
            readBack: async (dataset) => await readBack(dataset, context),
          },
        ),
        context,
      ),
    mergeCandidate: async (_, { input: { id, dataset, expectedVersion } }, context) =>
      await thenAnew(
        mergeCandidate(
          { id, dataset, expectedVersion: expectedVersion ?? undefined },
          {
            ...deciding(context),
            articles: context.literature.articles,
            curator: context,
            publications: async (target) => await context.loaders.part('publications').load(target.id),
          },
        ),
        context,
      ),
    rejectCandidate: async (_, { input: { id, reason, expectedVersion } }, context) =>
      await rejectCandidate({ id, reason, expectedVersion: expectedVersion ?? undefined }, deciding(context)),
  },
  DatasetCandidate: {
    id: ({ id }) => encodeNodeId('DatasetCandidate', id),
    mentions: async ({ aliases }, { first }, { literature }) =>
      await literature.discovery.mentions.ofKeys(aliases, Math.min(first, 1_000)),
    similar: async ({ similar }, _, { loaders }) =>
      (await Promise.all(similar.map(async (slug) => await loaders.datasetBySlug.load(slug)))).filter(
        (dataset) => dataset !== null,
      ),
    dataset: async ({ datasetId }, _, { loaders }) =>
      datasetId === undefined ? null : await loaders.dataset.load(datasetId),
  },
  DatasetMention: {
    article: async ({ articleId }, _, { literature }) => await literature.article.load(articleId),
    dataset: async ({ datasetId }, _, { loaders }) =>
      datasetId === undefined ? null : await loaders.dataset.load(datasetId),
  },
  DatasetPaper: {
    article: async ({ articleId }, _, { literature }) => {
      const article = await literature.article.load(articleId);
      if (article === null) throw new Error(`the article ${articleId} is gone`);
      return article;
    },
  },
  Evidence: {
    source: (evidence) => ('source' in evidence ? evidence.source : 'ARTICLE'),
    article: async ({ articleId }, _, { literature }) =>
      articleId === undefined ? null : await literature.article.load(articleId),
  },
  FieldOrigin: {
    evidence: async ({ field, kind, sourceRecordId }, _, { literature }) =>
      kind === 'PAPER' ? await originEvidence({ field, sourceRecordId }, literature.discovery.candidates) : [],
  },
  Article: {
    mentions: async ({ id }, _, { literature }) => await literature.mentions.load(id),
  },
  Dataset: {
    mentions: async ({ id }, { role, first, after }, { literature }) =>
      await listMentions(
        id,
        { role: role ?? undefined, first, after: after ?? undefined },
        literature.discovery.mentions,
      ),
    papers: async ({ id }, { role, first, after }, { literature }) =>
      await listPapers(
        id,
        { role: role ?? undefined, first, after: after ?? undefined },
        literature.discovery.mentions,
      ),
    usageOverTime: async ({ id }, _, { literature }) => await literature.discovery.mentions.usage(id),
  },
};
