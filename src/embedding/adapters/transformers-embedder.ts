import { isAbsolute, join } from 'node:path';
import { messageOf, StartupError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import { startWorker, type WorkerClient } from '../../kernel/worker-call.ts';
import { hashProfile } from '../hash-profile.ts';
import {
  type EncodeRole,
  type EncoderIdentity,
  type EncoderProfile,
  type EncoderSource,
  networksOf,
} from '../model.ts';
import type { Embedder } from '../ports.ts';
import { type Device, requireDevice } from './choose-device.ts';
import type { EncoderWorkerApi, EncoderWorkerData } from './encoder-worker.ts';
import { hashWeights } from './install-record.ts';
import { missingFiles, weightsPath } from './model-folder.ts';
import type { NetworkOptions } from './onnx-network.ts';

/** How an encoder is run on this machine. */
export interface TransformersEmbedderOptions {
  readonly profile: EncoderProfile;
  /** Folders that are looked through for the profile's folder, in order (`$MIA_HOME/models`, then the shipped `models`). */
  readonly modelRoots: readonly string[];
  readonly device?: Device;
  /** Worker threads, each with the whole model in memory. */
  readonly workers?: number;
  /** Threads of one worker's matrix products. */
  readonly threads?: number;
  /** Most tokens of one padded batch. */
  readonly tokenBudget?: number;
  readonly logger: Logger;
}

/** Texts of one call into a worker: long enough to sort by length, short enough to stop in time. */
const sliceSize = 256;

/**
 * Sentence encoder on transformers.js and onnxruntime (Reimers & Gurevych 2019, doi:10.18653/v1/D19-1410), in worker threads
 * that are started at the first text and restarted after a crash.
 */
export class TransformersEmbedder implements Embedder {
  readonly #options: TransformersEmbedderOptions;
  readonly #start: EncoderWorkerData;
  readonly #workers: (WorkerClient<EncoderWorkerApi> | undefined)[];
  #identity: Promise<EncoderIdentity> | undefined;

  /** @throws StartupError when files are missing or the device is absent */
  constructor(options: TransformersEmbedderOptions) {
    this.#options = options;
    const { profile } = options;
    const device = requireDevice(options.device ?? 'cpu');
    const network = (source: EncoderSource): NetworkOptions => ({
      folder: locateFolder(source, options.modelRoots, profile.name),
      weights: profile.weights,
      maxTokens: source.maxTokens,
      threads: options.threads ?? 2,
      device,
      tokenBudget: options.tokenBudget ?? 2048,
    });
    this.#start = {
      profile,
      document: network(profile.document),
      query: profile.query === undefined ? undefined : network(profile.query),
    };
    this.#workers = Array.from({ length: Math.max(1, options.workers ?? 1) }, () => undefined);
  }

  identity(): Promise<EncoderIdentity> {
    this.#identity ??= this.#identify();
    return this.#identity;
  }

  async embed(texts: readonly string[], role: EncodeRole, signal?: AbortSignal): Promise<readonly Float32Array[]> {
    const { dimension } = await this.identity();
    const slices: { at: number; texts: readonly string[] }[] = [];
    for (let at = 0; at < texts.length; at += sliceSize) slices.push({ at, texts: texts.slice(at, at + sliceSize) });
    const vectors: Float32Array[] = [];
    const runLane = async (): Promise<void> => {
      for (let slice = slices.shift(); slice !== undefined; slice = slices.shift()) {
        const flat = await this.#leastBusy().call('encode', [slice.texts, role], { signal });
        for (let i = 0; i < slice.texts.length; i++)
          vectors[slice.at + i] = flat.slice(i * dimension, (i + 1) * dimension);
      }
    };
    await Promise.all(this.#workers.map(runLane));
    return vectors;
  }

  async close(): Promise<void> {
    for (const worker of this.#workers) await worker?.close();
  }

  async #identify(): Promise<EncoderIdentity> {
    const { profile, document, query } = this.#start;
    const folders = [document, ...(query === undefined ? [] : [query])].map(({ folder }) => folder);
    const hashes: string[] = [];
    for (const [position, source] of networksOf(profile).entries())
      hashes.push(await hashWeights(folders[position] ?? '', source, weightsPath(profile.weights)));
    const length = await this.#leastBusy()
      .call('load', [])
      .catch((error: unknown) => {
        this.#identity = undefined;
        throw new StartupError(`The encoder ${profile.name} does not load: ${messageOf(error)}`, { cause: error });
      });
    if (length !== profile.dimension) {
      throw new StartupError(
        `The encoder ${profile.name} gives ${length} numbers, its profile says ${profile.dimension}`,
      );
    }
    return {
      profile: profile.name,
      hash: hashProfile(profile, hashes),
      dimension: profile.dimension,
      similarity: profile.similarity,
    };
  }

  #leastBusy(): WorkerClient<EncoderWorkerApi> {
    this.#workers.forEach((worker, index) => {
      if (worker?.alive === true) return;
      if (worker !== undefined) this.#options.logger.warn('embedding.workerRestarted', { worker: index });
      this.#workers[index] = startWorker(new URL('./encoder-worker.ts', import.meta.url), this.#start, 'encoder');
    });
    const running = this.#workers.filter((worker) => worker !== undefined);
    const [first] = running.sort((a, b) => a.pending - b.pending);
    if (first === undefined) throw new StartupError('No encoder thread could be started');
    return first;
  }
}

/**
 * @returns the first folder that holds all files of the network
 * @throws StartupError listing each place with the files that it lacks
 */
export function locateFolder(source: EncoderSource, roots: readonly string[], name: string): string {
  const places = isAbsolute(source.folder) ? [source.folder] : roots.map((root) => join(root, source.folder));
  const found = places.find((place) => missingFiles(place, source).length === 0);
  if (found !== undefined) return found;
  const lacking = places.map((place) => `${place} lacks ${missingFiles(place, source).join(', ')}`);
  throw new StartupError(`The model ${name} is not installed: ${lacking.join('; ')}. Run: mia model install ${name}`);
}
