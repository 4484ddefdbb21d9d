import type { ReadScope } from '../access/index.ts';
import type { IndexDrift, RebuildReport } from '../retrieval/index.ts';
import type { EvidenceSource } from './model.ts';

/** A stretch of a record that matched. */
export interface Evidence {
  readonly text: string;
  readonly source: EvidenceSource;
  /** Code-unit offsets of the first match in the text. */
  readonly start: number | undefined;
  readonly end: number | undefined;
  /** Similarity, of evidence by meaning. */
  readonly score: number | undefined;
}

/** A ranked dataset. */
export interface RankedDataset {
  readonly id: string;
  readonly score: number;
  readonly passage: { readonly text: string; readonly score: number } | undefined;
}

/** All that matches a text, best first, with what the answer rests on. */
export interface Ranking {
  readonly ranked: readonly RankedDataset[];
  /** Encoder profile; undefined when the answer is by words alone. */
  readonly model: string | undefined;
  readonly warnings: readonly string[];
}

/** The index of datasets as searches, the projector and the command line use it. */
export interface DatasetIndex {
  /** `sqlite` or `elasticsearch`. */
  readonly engine: string;
  /**
   * Datasets that match, of those the scope shows.
   * @throws UpstreamUnavailableError when the index is away or not built yet
   */
  rank(text: string, scope: ReadScope, signal?: AbortSignal): Promise<Ranking>;
  /** Stretches of some records that hold the words. */
  evidence(
    text: string,
    ids: readonly string[],
    scope: ReadScope,
    signal?: AbortSignal,
  ): Promise<ReadonlyMap<string, readonly Evidence[]>>;
  /** Age of the oldest change that cannot be found yet; 0 when there is none. */
  lagMs(): Promise<number>;
  /** Waits for the encoder; without it, searches until it is loaded are by words alone. */
  warm(): Promise<void>;
  /** Builds the index where that is needed, then follows the catalog until told to stop. */
  follow(signal: AbortSignal): Promise<void>;
  verify(): Promise<IndexDrift>;
  /** @throws StartupError when the configured encoder cannot be had */
  rebuild(signal?: AbortSignal): Promise<RebuildReport>;
  /** Builds the index anew where it is not of the configured encoder; undefined where it is. */
  reembed(signal?: AbortSignal): Promise<RebuildReport | undefined>;
  close(): Promise<void>;
}
