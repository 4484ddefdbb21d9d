import { hash } from 'node:crypto';
import { canonicalSha256 } from '../kernel/canonical-json.ts';
import type { Logger } from '../kernel/logger.ts';
import { articleText } from './article-text.ts';
import type { MiningReport } from './discovery-model.ts';
import type {
  DatasetMiner,
  DueArticle,
  GazetteerChange,
  GazetteerSource,
  MiningOutcome,
  MiningStore,
} from './discovery-ports.ts';
import type { Gazetteer, GazetteerEntry } from './mining/model.ts';
import type { ArticleReader } from './ports.ts';

/** What reading articles needs. */
export interface MiningParts {
  readonly store: MiningStore;
  readonly gazetteer: GazetteerSource;
  readonly openMiner: () => Promise<DatasetMiner>;
  readonly articles: ArticleReader;
  readonly logger: Logger;
}

/** Articles of one transaction: a full text can take a megabyte. */
const articlesAtATime = 50;

/** Digest of the text that offsets count in. */
export function textHashOf(article: Parameters<typeof articleText>[0]): string {
  return hash('sha256', articleText(article)).slice(0, 32);
}

/**
 * Reads the articles of a catalog for datasets: what is new, changed, or could name a dataset that is known since. Each step is one
 * transaction, so that a killed run loses at most its last step and the next goes on from there.
 */
export class ArticleMining {
  readonly #parts: MiningParts;
  #opened:
    | { readonly head: string; readonly miner: ReturnType<DatasetMiner['open']>; readonly version: string }
    | undefined;

  constructor(parts: MiningParts) {
    this.#parts = parts;
  }

  /**
   * Reads until nothing is left, or until told to stop.
   * @param onProgress - told after each step what was done so far
   */
  async run(signal: AbortSignal, onProgress?: (report: MiningReport) => void): Promise<MiningReport> {
    let report: MiningReport = { mined: 0, unchanged: 0, mentions: 0 };
    if ((await this.#parts.articles.countUpTo(1)) === 0) return report;
    for (;;) {
      signal.throwIfAborted();
      const { miner, version } = await this.#current();
      const taken = await this.#parts.store.next({ limit: articlesAtATime, version }, async (due) => {
        const outcomes = await this.#read(due, version, miner);
        report = addTo(report, outcomes);
        return outcomes;
      });
      // Another process reads: what it leaves is looked at in the next round.
      if (taken === undefined || taken === 0) return report;
      onProgress?.(report);
    }
  }

  async #read(
    due: readonly DueArticle[],
    version: string,
    miner: ReturnType<DatasetMiner['open']>,
  ): Promise<readonly MiningOutcome[]> {
    const records = await this.#parts.articles.records(due.map(({ id }) => id));
    return due.flatMap(({ id, revision, readBefore }) => {
      const record = records.get(id);
      if (record === undefined) return [];
      const textHash = textHashOf(record);
      const same = readBefore?.textHash === textHash && readBefore.version === version && !readBefore.stale;
      return [{ id, revision, textHash, mined: same ? undefined : miner.mine(record) }];
    });
  }

  /** The miner with the datasets that are known now. */
  async #current(): Promise<{ readonly miner: ReturnType<DatasetMiner['open']>; readonly version: string }> {
    const { store, gazetteer, logger, openMiner } = this.#parts;
    const head = await gazetteer.head();
    if (this.#opened?.head === head) return this.#opened;
    const known = await gazetteer.read();
    const dataset = await openMiner();
    const change = changeOf(known, await store.knownEntries());
    const again = change === undefined ? 0 : await store.adopt(change);
    const outdated = await store.outdate(dataset.version);
    if (again + outdated > 0) logger.info('mining.again', { articles: again, outdated });
    this.#opened = { head, miner: dataset.open(known), version: dataset.version };
    return this.#opened;
  }
}

function addTo(report: MiningReport, outcomes: readonly MiningOutcome[]): MiningReport {
  const mined = outcomes.flatMap((outcome) => outcome.mined ?? []);
  return {
    mined: report.mined + mined.length,
    unchanged: report.unchanged + outcomes.length - mined.length,
    mentions: report.mentions + mined.reduce((sum, { mentions }) => sum + mentions.length, 0),
  };
}

/** What differs from the datasets that articles were read with; undefined where nothing does. */
export function changeOf({ entries }: Gazetteer, known: ReadonlyMap<string, string>): GazetteerChange | undefined {
  const hashed = entries.map((entry) => ({ entry, hash: canonicalSha256(entry) }));
  const changed = hashed.filter(({ entry, hash: digest }) => known.get(entry.key) !== digest);
  const keys = new Set(entries.map(({ key }) => key));
  const removed = [...known.keys()].filter((key) => !keys.has(key));
  if (changed.length === 0 && removed.length === 0) return undefined;
  return { changed, removed, traces: changed.flatMap(({ entry }) => tracesOf(entry)) };
}

/** Words that are spelled in two ways, and would miss the other. */
const twoSpellings = /^(?:age?ing|cent(?:er|re)|colou?r|tumou?r|pa?ediatric|program)/i;

/** Texts that an article holds, in any case, if it names the dataset. */
function tracesOf({ title, aliases, acronyms, identifiers }: GazetteerEntry): readonly (readonly string[])[] {
  const names = [title, ...aliases, ...acronyms].map((name) =>
    [...name.replace(/\([^()]*\)/g, ' ').matchAll(/[\p{L}\p{N}]+/gu)]
      .map(([word]) => word.replace(/s$/i, ''))
      .filter((word) => word.length > 2 && !twoSpellings.test(word)),
  );
  const joined = acronyms.map((name) => [name.replace(/[^\p{L}\p{N}]/gu, '')]);
  const bare = identifiers.map((identifier) => [identifier.replace(/^(?:[a-z]+:\/\/(?:www\.)?|[a-z]+:)/i, '')]);
  return [...names, ...joined, ...bare].filter((words) => words.some((word) => word.length > 2));
}
