import type { ClusterInput } from './discovery-model.ts';
import { isIdentified, sentenceMates } from './mention-blocks.ts';
import type { MentionCluster } from './mining/model.ts';

/**
 * Joins a cluster that is only an identifier to the one named dataset that papers deposit under it, as they say in one sentence. With two
 * names in the sentence, or none, it stays what it is: a person decides.
 */
export function bindIdentifiers(
  clusters: readonly MentionCluster[],
  mined: ReadonlyMap<string, ClusterInput['mined']>,
): readonly MentionCluster[] {
  const byKey = new Map(clusters.flatMap((cluster) => keysOf(cluster).map((key) => [key, cluster] as const)));
  const bound = new Map<MentionCluster, MentionCluster[]>();
  const free = clusters.filter((cluster) => {
    const owner = isIdentified(cluster.key) ? ownerOf(cluster, byKey, mined) : undefined;
    if (owner !== undefined) bound.set(owner, [...(bound.get(owner) ?? []), cluster]);
    return owner === undefined;
  });
  return free.map((cluster) => (bound.get(cluster) ?? []).reduce(join, cluster));
}

function keysOf({ key, members }: MentionCluster): readonly string[] {
  return [...new Set([key, ...members.map(({ dataset }) => dataset.key)])];
}

function ownerOf(
  cluster: MentionCluster,
  byKey: ReadonlyMap<string, MentionCluster>,
  mined: ReadonlyMap<string, ClusterInput['mined']>,
): MentionCluster | undefined {
  const owners = new Set<MentionCluster>();
  for (const { article, dataset } of cluster.members) {
    if (dataset.role !== 'DEPOSITS' && dataset.role !== 'INTRODUCES') continue;
    const finds = mined.get(article);
    for (const mate of finds === undefined ? [] : sentenceMates(finds, dataset.key)) {
      const owner = byKey.get(mate);
      if (owner !== undefined && !isIdentified(owner.key)) owners.add(owner);
    }
  }
  const [owner, ...others] = owners;
  return others.length === 0 ? owner : undefined;
}

function join(named: MentionCluster, identified: MentionCluster): MentionCluster {
  return {
    ...named,
    identifiers: [...new Set([...named.identifiers, ...identified.identifiers])],
    members: [...named.members, ...identified.members],
    score: named.score + identified.score / 2,
  };
}
