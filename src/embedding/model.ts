/** How token states become one vector: their mean over real tokens, or the state of the first token. */
export type Pooling = 'mean' | 'cls';

/** How two vectors of a profile are compared. `dot` is for encoders trained without unit norm (MedCPT). */
export type Similarity = 'cosine' | 'dot';

/** Which of a pair of texts is encoded: a question, or what is searched. */
export type EncodeRole = 'query' | 'document';

/** Precision of the ONNX weights; the names of transformers.js. */
export type WeightsType = 'q8' | 'fp16' | 'fp32';

/** One file of a model folder; without a checksum the hub's own is taken at install. */
export interface ModelFile {
  /** Path inside the model folder, `/` between parts. */
  readonly path: string;
  readonly byteSize?: number;
  readonly sha256?: string;
}

/** One network: where it comes from and what its folder holds. */
export interface EncoderSource {
  /** `owner/name` on the Hugging Face hub; undefined for a local folder and for what ships with the catalog. */
  readonly hubId?: string;
  /** Commit on the hub (40 hexadecimal digits), or the branch where no commit could be found: the install then records it. */
  readonly revision?: string;
  /** Folder name below the models folder. */
  readonly folder: string;
  readonly files: readonly ModelFile[];
  /**
   * Set where the hub holds no ONNX weights: the PyTorch files that `models/convert` turns into the layout above, the first
   * that exists being used.
   */
  readonly convertFrom?: readonly string[];
  /** Word pieces kept of a text, special tokens included. */
  readonly maxTokens: number;
}

/**
 * Everything that decides which vector a text gets. Two profiles that differ in any of it give vectors that must not meet in
 * one index.
 */
export interface EncoderProfile {
  readonly kind: 'encoder';
  /** Name on the command line and in `MIA_MODEL`. */
  readonly name: string;
  readonly title: string;
  readonly document: EncoderSource;
  /** A second network for questions, where the model is a pair. */
  readonly query?: EncoderSource;
  readonly weights: WeightsType;
  readonly pooling: Pooling;
  /** Scale each vector to unit length. */
  readonly normalize: boolean;
  readonly queryPrefix: string;
  readonly documentPrefix: string;
  /** Length of a vector. */
  readonly dimension: number;
  readonly similarity: Similarity;
  /** SPDX identifier, or the licence's own name. */
  readonly licence: string;
  /** What a user should know before choosing it. */
  readonly note: string;
}

/** A second-stage network that reads question and text together (Nogueira & Cho 2019, arXiv:1901.04085). */
export interface RerankerProfile {
  readonly kind: 'reranker';
  /** Name on the command line and in `MIA_RERANKER`. */
  readonly name: string;
  readonly title: string;
  readonly network: EncoderSource;
  readonly weights: WeightsType;
  /** SPDX identifier, or the licence's own name. */
  readonly licence: string;
  /** What a user should know before choosing it. */
  readonly note: string;
}

/** Anything that `mia model` lists, installs and checks. */
export type ModelProfile = EncoderProfile | RerankerProfile;

/** The networks of a model, document network first. */
export function networksOf(profile: ModelProfile): readonly EncoderSource[] {
  if (profile.kind === 'reranker') return [profile.network];
  return profile.query === undefined ? [profile.document] : [profile.document, profile.query];
}

/** Which encoder made a vector: carried by every vector, index and cache row. */
export interface EncoderIdentity {
  readonly profile: string;
  /** Hash over the profile and the bytes of its weights. */
  readonly hash: string;
  readonly dimension: number;
  readonly similarity: Similarity;
}
