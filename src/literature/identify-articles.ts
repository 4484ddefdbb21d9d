import { type ArticleId, articleIdOf } from '../kernel/ids.ts';
import type { ArticleRecord } from './model.ts';

/** By what an article is known. */
export interface ArticleIdentity {
  readonly id: ArticleId;
  readonly pmid: string | undefined;
  readonly pmcid: string | undefined;
  readonly doi: string | undefined;
}

/** What an item of a source is about. */
export interface IdentifiedItem {
  readonly source: string;
  readonly sourceId: string;
  readonly record: ArticleRecord;
}

/**
 * Finds out which records are of one article, among those stored and those that come. PMID, PMCID and DOI each connect two records, unless
 * their PMIDs differ, or without those their PMCIDs: PubMed has records of different papers with one DOI.
 */
export class ArticleIdentities {
  readonly #known = new Map<ArticleId, ArticleIdentity>();
  readonly #stored = new Set<ArticleId>();
  readonly #by = {
    pmid: new Map<string, ArticleId>(),
    pmcid: new Map<string, ArticleId>(),
    doi: new Map<string, Set<ArticleId>>(),
  };
  readonly #merged = new Map<ArticleId, ArticleId>();

  constructor(stored: readonly ArticleIdentity[]) {
    for (const identity of stored) {
      this.#stored.add(identity.id);
      this.#remember(identity);
    }
  }

  /** Stored articles that turned out to be another: from the one that goes to the one that stays. */
  get merged(): ReadonlyMap<ArticleId, ArticleId> {
    return new Map([...this.#merged.keys()].filter((id) => this.#stored.has(id)).map((id) => [id, this.current(id)]));
  }

  /** Whether an article was stored before. */
  isStored(id: ArticleId): boolean {
    return this.#stored.has(id);
  }

  /** The article that an id stands for now. */
  current(id: ArticleId): ArticleId {
    const next = this.#merged.get(id);
    return next === undefined ? id : this.current(next);
  }

  /** Whether this article is the one of a PMCID; another may have come first. */
  owns(id: ArticleId, pmcid: string): boolean {
    return this.#by.pmcid.get(pmcid) === id;
  }

  /** The article of an item; several stored ones become one where it connects them. */
  assign(item: IdentifiedItem): ArticleId {
    const { record } = item;
    const [first, ...others] = this.#candidates(item);
    const id = first?.id ?? this.#newId(item);
    for (const other of others) this.#merge(other.id, id);
    const before = this.#known.get(id);
    this.#remember({
      id,
      pmid: before?.pmid ?? record.pmid,
      pmcid: before?.pmcid ?? record.pmcid,
      doi: record.doi ?? before?.doi,
    });
    if (record.pmcid !== undefined && !this.#by.pmcid.has(record.pmcid)) this.#by.pmcid.set(record.pmcid, id);
    return id;
  }

  #candidates(item: IdentifiedItem): readonly ArticleIdentity[] {
    const { pmid, pmcid, doi } = item.record;
    const ids = [
      pmid === undefined ? undefined : this.#by.pmid.get(pmid),
      pmcid === undefined ? undefined : this.#by.pmcid.get(pmcid),
      ...(doi === undefined ? [] : (this.#by.doi.get(doi) ?? [])),
      ownId(item),
    ];
    const found = new Map<ArticleId, ArticleIdentity>();
    let sum: Pick<ArticleIdentity, 'pmid' | 'pmcid'> = item.record;
    for (const id of ids) {
      const identity = id && this.#known.get(this.current(id));
      if (identity === undefined || !agree(identity, sum)) continue;
      found.set(identity.id, identity);
      sum = { pmid: sum.pmid ?? identity.pmid, pmcid: sum.pmcid ?? identity.pmcid };
    }
    // What others point to already stays; of two such, the one that PubMed knows.
    const rank = ({ id, pmid: known }: ArticleIdentity): number =>
      (this.#stored.has(id) ? 0 : 2) + (known === undefined ? 1 : 0);
    return [...found.values()].sort((a, b) => rank(a) - rank(b));
  }

  #newId(item: IdentifiedItem): ArticleId {
    const id = ownId(item);
    return this.#known.has(id) || this.#merged.has(id) ? articleIdOf(item.source, item.sourceId) : id;
  }

  #merge(from: ArticleId, to: ArticleId): void {
    const [loser, survivor] = [this.#known.get(from), this.#known.get(to)];
    this.#merged.set(from, to);
    this.#known.delete(from);
    if (loser?.pmid !== undefined) this.#by.pmid.set(loser.pmid, to);
    if (loser?.pmcid !== undefined) this.#by.pmcid.set(loser.pmcid, to);
    if (survivor === undefined || loser === undefined) return;
    this.#remember({
      id: to,
      pmid: survivor.pmid ?? loser.pmid,
      pmcid: survivor.pmcid ?? loser.pmcid,
      doi: survivor.doi ?? loser.doi,
    });
  }

  #remember(identity: ArticleIdentity): void {
    const { id, pmid, pmcid, doi } = identity;
    this.#known.set(id, identity);
    if (pmid !== undefined && !this.#by.pmid.has(pmid)) this.#by.pmid.set(pmid, id);
    if (pmcid !== undefined && !this.#by.pmcid.has(pmcid)) this.#by.pmcid.set(pmcid, id);
    if (doi === undefined) return;
    const holders = this.#by.doi.get(doi) ?? new Set();
    this.#by.doi.set(doi, holders.add(id));
  }
}

/** By which name an item's article would be made. */
export function ownId({ source, sourceId, record: { pmid, pmcid, doi } }: IdentifiedItem): ArticleId {
  if (pmid !== undefined) return articleIdOf('pmid', pmid);
  if (pmcid !== undefined) return articleIdOf('pmcid', pmcid);
  if (doi !== undefined) return articleIdOf('doi', doi);
  return articleIdOf(source, sourceId);
}

/** PubMed's number decides where both have one, then that of PubMed Central. */
function agree(a: Pick<ArticleIdentity, 'pmid' | 'pmcid'>, b: Pick<ArticleIdentity, 'pmid' | 'pmcid'>): boolean {
  if (a.pmid !== undefined && b.pmid !== undefined) return a.pmid === b.pmid;
  return a.pmcid === undefined || b.pmcid === undefined || a.pmcid === b.pmcid;
}
