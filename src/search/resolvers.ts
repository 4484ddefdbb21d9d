import type { DatasetFacet } from '../catalog/index.ts';
import type { FacetField, QuerySearchDatasetsArgs, Resolvers } from '../graphql/generated.ts';
import { InvalidInputError, NotFoundError } from '../kernel/errors.ts';
import { pageSize } from '../kernel/page.ts';
import { withoutNulls } from '../kernel/without-nulls.ts';
import { type DatasetQuery, searchDatasets, similarDatasets, writeCsv } from './index.ts';

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

/** GraphQL fields of the search: decode the arguments, ask, return. */
export const searchResolvers: Resolvers = {
  Query: {
    searchDatasets: async (_, args, { search, reader, scope, budget, logger }) =>
      await searchDatasets(queryOf(args), { index: search, reader, scope, logger, signal: budget.signal }),
    similarDatasets: async (_, { slug, first }, { search, reader, scope, budget, logger }) =>
      await similarDatasets({ slug, first }, { index: search, reader, scope, logger, signal: budget.signal }),
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
