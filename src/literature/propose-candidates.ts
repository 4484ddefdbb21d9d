import type { ArticleId } from '../kernel/ids.ts';
import type { Logger } from '../kernel/logger.ts';
import { bindIdentifiers } from './bind-identifiers.ts';
import type { ClusterInput, Proposal } from './discovery-model.ts';
import type { CandidateStore, DatasetMiner, GazetteerSource } from './discovery-ports.ts';
import { isOfCatalog } from './known-datasets.ts';
import type { Gazetteer, MentionCluster } from './mining/model.ts';
import type { ArticleReader } from './ports.ts';
import { proposeFields } from './propose-fields.ts';
import { QuotableArticle } from './quote-article.ts';

/** What making candidates needs. */
export interface ProposingParts {
  readonly store: CandidateStore;
  readonly gazetteer: GazetteerSource;
  readonly openMiner: () => Promise<DatasetMiner>;
  readonly articles: ArticleReader;
  readonly logger: Logger;
}

/** Keys of one transaction. */
const keysAtATime = 40;
/** Articles of one cluster that are read for quoting: the strongest. */
const mostQuoted = 8;

/**
 * Makes candidates of what papers say, for all keys whose mentions changed: each step is one transaction.
 * @returns how many keys were looked at
 */
export async function proposeCandidates(parts: ProposingParts, signal: AbortSignal): Promise<number> {
  // Most rounds of a worker find nothing: nothing is opened for them.
  let opened: { readonly miner: DatasetMiner; readonly known: Gazetteer } | undefined;
  let done = 0;
  for (;;) {
    signal.throwIfAborted();
    const taken = await parts.store.next(keysAtATime, async (inputs) => {
      opened ??= { miner: await parts.openMiner(), known: await parts.gazetteer.read() };
      return await propose(inputs, { ...parts, ...opened });
    });
    if (taken === undefined || taken === 0) return done;
    done += taken;
  }
}

async function propose(
  inputs: readonly ClusterInput[],
  parts: ProposingParts & { readonly miner: DatasetMiner; readonly known: Gazetteer },
): Promise<readonly Proposal[]> {
  const mined = new Map(inputs.map((input) => [String(input.article), input.mined]));
  const clusters = bindIdentifiers(parts.miner.cluster(inputs), mined).filter(
    ({ entry }) => entry === undefined || !isOfCatalog(entry),
  );
  const ids = new Map(inputs.map(({ article }) => [String(article), article]));
  const proposals: Proposal[] = [];
  for (const cluster of clusters) proposals.push(await proposalOf(cluster, { ...parts, mined, ids }));
  return proposals;
}

async function proposalOf(
  cluster: MentionCluster,
  {
    articles,
    miner,
    known,
    mined,
    ids,
  }: ProposingParts & {
    readonly miner: DatasetMiner;
    readonly known: Gazetteer;
    readonly mined: ReadonlyMap<string, ClusterInput['mined']>;
    readonly ids: ReadonlyMap<string, ArticleId>;
  },
): Promise<Proposal> {
  const members = new Set(cluster.members.map(({ article }) => article));
  const quoted = [...members].flatMap((article) => ids.get(article) ?? []).slice(0, mostQuoted);
  const records = await articles.records(quoted);
  const texts = new Map([...records].map(([id, record]) => [String(id), new QuotableArticle(id, record)]));
  return {
    key: cluster.key,
    aliases: [...new Set([cluster.key, ...cluster.members.map(({ dataset }) => dataset.key)])],
    title: cluster.name,
    acronym: cluster.acronym,
    fields: proposeFields({ cluster, mined, texts }),
    articleCount: members.size,
    mentionCount: cluster.members.reduce((sum, { dataset }) => sum + dataset.mentions.length, 0),
    score: cluster.score,
    similar: miner
      .similar(cluster, known)
      .map(({ key }) => key)
      .slice(0, 5),
  };
}
