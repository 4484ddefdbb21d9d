import { canonicalSha256 } from '../kernel/canonical-json.ts';
import type { DatasetMiner } from './discovery-ports.ts';
import { isOfCatalog } from './known-datasets.ts';
import { clusterMentions } from './mining/cluster-mentions.ts';
import { createMiner } from './mining/mine-article.ts';
import type { MiningResources } from './mining/ports.ts';
import { resolveMention } from './mining/resolve-mention.ts';

/** Raise it when the rules of `mining/` find something else than before: every stored article is then read again. */
const rules = 1;

/** The miner with its weights and dictionaries. */
export function createDatasetMiner(resources: MiningResources): DatasetMiner {
  return {
    version: `${rules}:${canonicalSha256(resources).slice(0, 16)}`,
    open: (gazetteer) => createMiner(resources, gazetteer),
    cluster: clusterMentions,
    similar: (cluster, gazetteer) => {
      const resolution = resolveMention(cluster, { entries: gazetteer.entries.filter(({ key }) => isOfCatalog(key)) });
      return resolution.kind === 'ENTRY' ? [resolution.entry] : resolution.similar.map(({ entry }) => entry);
    },
  };
}
