import type { DatasetFacet } from '../catalog/index.ts';
import type { RequestContext } from '../graphql/context.ts';
import type { FacetField, QuerySearchDatasetsArgs, Resolvers } from '../graphql/generated.ts';
import { InvalidInputError, NotFoundError } from '../kernel/errors.ts';
import { encodeNodeId } from '../kernel/ids.ts';
import { pageSize } from '../kernel/page.ts';
import { withoutNulls } from '../kernel/without-nulls.ts';
import {
  askDatasets,
  createSavedSearch,
  type DatasetQuery,
  deleteSavedSearch,
  listSavedSearches,
  markSavedSearch,
  newHits,
  type SearchKeeper,
  type SearchParts,
  searchDatasets,
  similarDatasets,
  writeCsv,
} from './index.ts';

/** Texts that `ignoreWords` may hold. */
const mostIgnored = 20;

const fields: Readonly<Record<FacetField, DatasetFacet>> = {
  CONDITION: 'condition',
  BODY_PART: 'bodyPart',
  MODALITY: 'modality',
  ACCESS_CLASS: 'accessClass',
  LICENSE: 'license',
  SOURCE: 'source',
  PUBLISHER: 'publisher',
  YEAR: 'year',
};
const numbers = { SUBJECT_COUNT: 'subjectCount', YEAR: 'year' } as const;
const names = new Map(Object.entries(fields).map(([name, field]) => [field, name as FacetField]));

function queryOf({
  text,
  where,
  facets,
  histograms,
  first,
  after,
  literal,
  ignoreWords,
}: QuerySearchDatasetsArgs): DatasetQuery {
  if ((ignoreWords?.length ?? 0) > mostIgnored)
    throw new InvalidInputError(`\`ignoreWords\` takes at most ${mostIgnored} texts.`, { fields: ['ignoreWords'] });
  return {
    text: text ?? '',
    where: withoutNulls(where ?? {}),
    facets: (facets ?? []).map(({ field, size }) => ({ field: fields[field], size })),
    histograms: (histograms ?? []).map(({ field, interval }) => ({ field: numbers[field], interval })),
    first: first ?? null,
    after: after ?? undefined,
    literal: literal ?? false,
    ignoreWords: ignoreWords ?? [],
  };
}

function partsOf({ search, reader, scope, budget, logger }: RequestContext): SearchParts {
  return { index: search, reader, scope, logger, signal: budget.signal };
}

function keeperOf({ principal, savedSearches, access }: RequestContext): SearchKeeper {
  return { principal, saved: savedSearches, clock: access.clock };
}

/** GraphQL fields of the search: decode the arguments, ask, return. */
export const searchResolvers: Resolvers = {
  Query: {
    ask: async (_, { question, where, first }, context) =>
      await askDatasets(
        { question, where: withoutNulls(where ?? {}), first },
        { ...partsOf(context), papers: context.literature.discovery },
      ),
    searchDatasets: async (_, args, context) => await searchDatasets(queryOf(args), partsOf(context)),
    similarDatasets: async (_, { slug, first }, context) => await similarDatasets({ slug, first }, partsOf(context)),
    savedSearches: async (_, __, context) => await listSavedSearches(keeperOf(context)),
    suggest: async (_, { prefix, first }, { reader, scope }) =>
      prefix.trim() === '' ? [] : await reader.suggestNames(prefix.slice(0, 200), pageSize(first), scope),
  },
  DatasetHit: {
    node: async ({ id }, _, { loaders }) => {
      const dataset = await loaders.dataset.load(id);
      if (dataset === null) throw new NotFoundError('The dataset went away while it was searched for.');
      return dataset;
    },
  },
  Mutation: {
    createSavedSearch: async (_, { input }, context) => ({
      savedSearch: await createSavedSearch(
        {
          name: input.name,
          text: input.text ?? '',
          where: withoutNulls(input.where ?? {}),
          literal: input.literal ?? false,
          ignoreWords: input.ignoreWords ?? [],
        },
        keeperOf(context),
        partsOf(context),
      ),
    }),
    deleteSavedSearch: async (_, { input }, context) => {
      await deleteSavedSearch(input.id, keeperOf(context));
      return { savedSearch: null };
    },
    markSavedSearch: async (_, { input }, context) => ({
      savedSearch: await markSavedSearch(input.id, keeperOf(context)),
    }),
  },
  SavedSearch: {
    id: ({ id }) => encodeNodeId('SavedSearch', id),
    newHits: async (search, { first }, context) =>
      (await newHits(search, keeperOf(context), partsOf(context))).slice(0, pageSize(first)),
  },
  DatasetSearch: {
    csv: async ({ found }, { first }, { reader, scope }) =>
      await writeCsv(found.slice(0, pageSize(first)), { reader, scope }),
  },
  Histogram: {
    field: ({ field }) => (field === 'year' ? 'YEAR' : 'SUBJECT_COUNT'),
    buckets: ({ buckets, interval }) => buckets.map(({ from, count }) => ({ from, to: from + interval, count })),
  },
  Facet: { field: ({ field }) => names.get(field) ?? 'CONDITION' },
};
