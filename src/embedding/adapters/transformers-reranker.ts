import { messageOf, StartupError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import { startWorker, type WorkerClient } from '../../kernel/worker-call.ts';
import type { RerankerProfile } from '../model.ts';
import type { Reranker } from '../ports.ts';
import { type Device, requireDevice } from './choose-device.ts';
import { hashWeights } from './install-record.ts';
import { weightsPath } from './model-folder.ts';
import type { NetworkOptions } from './onnx-network.ts';
import type { RerankerWorkerApi } from './reranker-worker.ts';
import { locateFolder } from './transformers-embedder.ts';

/** How a cross-encoder is run on this machine. */
export interface TransformersRerankerOptions {
  readonly profile: RerankerProfile;
  /** Folders that are looked through for the profile's folder, in order. */
  readonly modelRoots: readonly string[];
  readonly device?: Device;
  /** Threads of the matrix products. */
  readonly threads?: number;
  /** Most tokens of one padded batch. */
  readonly tokenBudget?: number;
  readonly logger: Logger;
}

/** Cross-encoder on transformers.js and onnxruntime in a thread of its own, started at the first question. */
export class TransformersReranker implements Reranker {
  readonly name: string;
  readonly #options: TransformersRerankerOptions;
  readonly #network: NetworkOptions;
  #worker: WorkerClient<RerankerWorkerApi> | undefined;
  #loaded: Promise<void> | undefined;

  /** @throws StartupError when files are missing or the device is absent */
  constructor(options: TransformersRerankerOptions) {
    const { profile, modelRoots } = options;
    this.name = profile.name;
    this.#options = options;
    this.#network = {
      folder: locateFolder(profile.network, modelRoots, profile.name),
      weights: profile.weights,
      maxTokens: profile.network.maxTokens,
      threads: options.threads ?? 2,
      device: requireDevice(options.device ?? 'cpu'),
      tokenBudget: options.tokenBudget ?? 4096,
    };
  }

  async score(query: string, texts: readonly string[], signal?: AbortSignal): Promise<readonly number[]> {
    await this.load();
    return texts.length === 0 ? [] : await this.#running().call('score', [query, texts], { signal });
  }

  /**
   * Loads the network and looks at what it gives; the first question does it too.
   * @throws StartupError when the files changed, do not load, or are no cross-encoder
   */
  async load(): Promise<void> {
    this.#loaded ??= this.#check();
    await this.#loaded.catch((error: unknown) => {
      this.#loaded = undefined;
      throw error;
    });
  }

  async close(): Promise<void> {
    await this.#worker?.close();
  }

  async #check(): Promise<void> {
    const { profile } = this.#options;
    await hashWeights(this.#network.folder, profile.network, weightsPath(profile.weights));
    const labels = await this.#running()
      .call('load', [])
      .catch((error: unknown) => {
        throw new StartupError(`The reranker ${profile.name} does not load: ${messageOf(error)}`, { cause: error });
      });
    if (labels === 1 || labels === 2) return;
    throw new StartupError(
      `The reranker ${profile.name} gives ${labels} numbers for a question and a text: a reranker gives one, or two (not relevant, relevant).`,
    );
  }

  #running(): WorkerClient<RerankerWorkerApi> {
    if (this.#worker?.alive === true) return this.#worker;
    if (this.#worker !== undefined) this.#options.logger.warn('reranking.workerRestarted', { reranker: this.name });
    this.#worker = startWorker(new URL('./reranker-worker.ts', import.meta.url), this.#network, 'reranker');
    return this.#worker;
  }
}
