import { requireRole } from '../access/index.ts';
import type { Resolvers } from '../graphql/generated.ts';
import { encodeNodeId } from '../kernel/ids.ts';
import { withoutNulls } from '../kernel/without-nulls.ts';
import { followHarvest, type HarvestRun, listHarvestRuns, startHarvest } from './index.ts';

/** GraphQL fields of mirrored servers: decode the arguments, ask, return. */
export const harvestResolvers: Resolvers = {
  Query: {
    dataSources: async (_, __, { principal, harvest }) => {
      requireRole(principal, 'STEWARD');
      return await harvest.store.sources();
    },
    harvestRuns: async (_, { where, first, after }, { principal, harvest }) =>
      await listHarvestRuns(
        { where: withoutNulls(where ?? {}), first, ...(after != null && { after }) },
        principal,
        harvest.store,
      ),
  },
  Mutation: {
    startHarvest: async (_, { input }, { principal, requestId, harvest }) => ({
      run: await startHarvest(withoutNulls(input), { principal, requestId }, harvest.store),
    }),
  },
  Subscription: {
    harvestProgress: {
      subscribe: (_, { id }, { principal, harvest, budget }) =>
        followHarvest(id, { principal, store: harvest.store, signal: budget.signal }),
      resolve: (run: HarvestRun) => run,
    },
  },
  DataSource: {
    id: ({ id }) => encodeNodeId('DataSource', id),
    running: ({ leasedUntil }) => leasedUntil !== undefined,
    lastRun: async ({ name }, _, { harvest }) =>
      (await harvest.store.runs({ source: name }, { first: 1 })).items[0] ?? null,
  },
  HarvestRun: {
    id: ({ id }) => encodeNodeId('HarvestRun', id),
    source: async ({ sourceId, source }, _, { harvest }) => {
      const found = await harvest.source(sourceId);
      if (found === undefined) throw new Error(`the source ${source} is gone`);
      return found;
    },
    full: ({ options }) => options.full,
    digests: ({ options }) => options.digests,
  },
  Dataset: { freshness: async ({ id }, _, { harvest }) => await harvest.freshness(id) },
};
