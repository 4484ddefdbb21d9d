import type { EncodeRole, EncoderIdentity, EncoderProfile, ModelProfile, RerankerProfile } from './model.ts';

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
  /**
   * Makes ready what the first question would else wait for.
   * @throws StartupError when the model is damaged or no cross-encoder
   */
  load(): Promise<void>;
  /** @returns one score per text, in order; higher is better, not comparable between questions. */
  score(query: string, texts: readonly string[], signal?: AbortSignal): Promise<readonly number[]>;
  close(): Promise<void>;
}

/** Where a profile's files stand on this machine. */
export interface ModelStatus {
  readonly profile: ModelProfile;
  /** Folders of its networks; undefined where files are missing. */
  readonly folders: readonly string[] | undefined;
  /** What is missing, per place that was looked at. */
  readonly missing: readonly string[];
}

/** How far a download is. */
export interface InstallProgress {
  readonly file: string;
  readonly receivedBytes: number;
  /** Undefined when the hub does not say. */
  readonly totalBytes: number | undefined;
}

/** What an installation came to. */
export interface InstallReport {
  readonly profile: string;
  /** `convert by hand` means: the hub has PyTorch weights only, they were fetched, and `commands` turn them into ONNX. */
  readonly state: 'installed' | 'already installed' | 'convert by hand';
  /** `owner/name@commit` of each network, as the hub resolved its revision. */
  readonly commits: readonly string[];
  readonly files: readonly { readonly path: string; readonly byteSize: number; readonly sha256: string }[];
  readonly commands: readonly string[];
}

/** One file of an installed model beside its checksum. */
export interface VerifiedFile {
  readonly path: string;
  readonly sha256: string;
  /** From the profile, else from the install; undefined when neither says. */
  readonly expected: string | undefined;
  readonly state: 'as installed' | 'changed' | 'unknown';
  /** Commit of the hub that it is of, where the install recorded one. */
  readonly commit: string | undefined;
}

/** The encoders and cross-encoders on this machine. */
export interface ModelStore {
  list(): Promise<readonly ModelStatus[]>;
  /**
   * Fetches a profile's files from the hub, checked against the checksums of the profile or of the hub.
   * @throws InvalidInputError for an unknown name
   * @throws UpstreamUnavailableError when the hub cannot be reached: the message says which file to put where
   */
  install(name: string, onProgress: (progress: InstallProgress) => void, signal?: AbortSignal): Promise<InstallReport>;
  /**
   * A model by profile name or model folder.
   * @throws InvalidInputError for an unknown name, StartupError for a folder that is no model
   */
  find(nameOrFolder: string): Promise<ModelProfile>;
  /** @throws StartupError when files are missing, or it is no encoder */
  open(nameOrFolder: string): Promise<{ readonly profile: EncoderProfile; readonly embedder: Embedder }>;
  /** @throws StartupError when files are missing, or it is no cross-encoder */
  openReranker(nameOrFolder: string): Promise<{ readonly profile: RerankerProfile; readonly reranker: Reranker }>;
  /**
   * Each file beside its checksum.
   * @throws StartupError when files are missing
   */
  verify(nameOrFolder: string): Promise<readonly VerifiedFile[]>;
}
