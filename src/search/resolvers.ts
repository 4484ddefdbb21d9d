import type { DatasetFacet } from '../catalog/index.ts';
import type { FacetField, Resolvers } from '../graphql/generated.ts';
import { NotFoundError } from '../kernel/errors.ts';
import { pageSize } from '../kernel/page.ts';
import { withoutNulls } from '../kernel/without-nulls.ts';
import { searchDatasets } from './index.ts';

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
const names = new Map(Object.entries(fields).map(([name, field]) => [field, name as FacetField]));

/** GraphQL fields of the search: decode the arguments, ask, return. */
export const searchResolvers: Resolvers = {
  Query: {
    searchDatasets: async (_, { text, where, facets, first, after }, { search, reader, scope, budget, logger }) =>
      await searchDatasets(
        {
          text: text ?? '',
          where: withoutNulls(where ?? {}),
          facets: (facets ?? []).map(({ field, size }) => ({ field: fields[field], size })),
          first,
          after: after ?? undefined,
        },
        { index: search, reader, scope, logger, signal: budget.signal },
      ),
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
  Facet: { field: ({ field }) => names.get(field) ?? 'CONDITION' },
};
