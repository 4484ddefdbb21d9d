import type { EncodeRole, EncoderIdentity } from './model.ts';

/** Turns texts into vectors. */
export interface Embedder {
  /** Which encoder this is; known once the model is loaded. */
  identity(): Promise<EncoderIdentity>;
  /**
   * @param texts - any number; each is cut at the profile's word-piece limit
   * @returns one vector per text, in order, of `identity().dimension` numbers
   * @throws UpstreamUnavailableError when the encoder process is away
   */
  embed(texts: readonly string[], role: EncodeRole, signal?: AbortSignal): Promise<readonly Float32Array[]>;
  /** Ends threads and frees the model. */
  close(): Promise<void>;
}

/** Vectors already computed, by (encoder hash, text hash). A cache: it may forget anything at any time. */
export interface VectorCache {
  /** @returns one entry per key, in order; undefined where it is not known. */
  get(encoderHash: string, textHashes: readonly string[]): Promise<readonly (Float32Array | undefined)[]>;
  put(encoderHash: string, entries: readonly CachedVector[]): Promise<void>;
  close(): Promise<void>;
}

/** One cached vector. */
export interface CachedVector {
  readonly textHash: string;
  readonly vector: Float32Array;
}

/** A second-stage cross-encoder: reads question and text together. */
export interface Reranker {
  readonly name: string;
  /** @returns one score per text, in order; higher is better, not comparable between questions. */
  score(query: string, texts: readonly string[], signal?: AbortSignal): Promise<readonly number[]>;
  close(): Promise<void>;
}
