import DataLoader from 'dataloader';
import type { HarvestDoor } from '../graphql/context.ts';
import type { DataSource, Freshness, HarvestStore } from '../harvest/index.ts';

/** Mirrored servers and their runs for one request. */
export function harvestDoor(store: HarvestStore): HarvestDoor {
  const freshness = new DataLoader<string, Freshness | null>(async (ids) => {
    const found = Map.groupBy(await store.freshness(ids), (one) => one.datasetId as string);
    return ids.map((id) => stalest(found.get(id) ?? []));
  });
  const sources = new DataLoader<string, DataSource | undefined>(
    async (ids) => {
      const found = new Map((await store.sources()).map((source) => [source.id as string, source]));
      return ids.map((id) => found.get(id));
    },
    // A mutation may begin a run: the source is then another.
    { cache: false },
  );
  return {
    store,
    freshness: async (datasetId) => await freshness.load(datasetId),
    source: async (id) => await sources.load(id),
  };
}

/** The server seen longest ago: a dataset is no fresher than that. */
function stalest(list: readonly Freshness[]): Freshness | null {
  const byAge = list.toSorted((a, b) => (a.checkedAt?.getTime() ?? 0) - (b.checkedAt?.getTime() ?? 0));
  return byAge[0] ?? null;
}
