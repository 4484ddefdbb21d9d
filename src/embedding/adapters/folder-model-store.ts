import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { messageOf, NotFoundError, StartupError, UpstreamUnavailableError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import { type EncoderProfile, type ModelProfile, networksOf, type RerankerProfile } from '../model.ts';
import { modelProfile, rerankerProfiles } from '../model-profiles.ts';
import type {
  Embedder,
  InstallProgress,
  InstallReport,
  ModelStatus,
  ModelStore,
  Reranker,
  VerifiedFile,
} from '../ports.ts';
import { encoderProfiles } from '../profiles.ts';
import type { Device } from './choose-device.ts';
import type { DownloadedFile } from './hub-download.ts';
import { installNetwork } from './install-network.ts';
import { verifyNetwork } from './install-record.ts';
import { missingFiles, profileOfFolder } from './model-folder.ts';
import { locateFolder, TransformersEmbedder } from './transformers-embedder.ts';
import { TransformersReranker, type TransformersRerankerOptions } from './transformers-reranker.ts';

/** Where models lie and how they are run. */
export interface FolderModelStoreOptions {
  /** Folder that installs go to (`$MIA_HOME/models`). */
  readonly home: string;
  /** Folder of the shipped models. */
  readonly shipped: string;
  readonly hubUrl?: string;
  readonly device?: Device;
  readonly workers?: number;
  readonly threads?: number;
  readonly logger: Logger;
}

/** Encoders and cross-encoders in folders as transformers.js expects them, installed from the Hugging Face hub. */
export class FolderModelStore implements ModelStore {
  readonly #options: FolderModelStoreOptions;
  readonly #roots: readonly string[];

  constructor(options: FolderModelStoreOptions) {
    this.#options = options;
    this.#roots = [options.home, options.shipped];
  }

  list(): Promise<readonly ModelStatus[]> {
    return Promise.resolve([...encoderProfiles, ...rerankerProfiles].map((profile) => this.#statusOf(profile)));
  }

  async install(
    name: string,
    onProgress: (progress: InstallProgress) => void,
    signal?: AbortSignal,
  ): Promise<InstallReport> {
    const profile = modelProfile(name);
    if (this.#statusOf(profile).folders !== undefined) {
      return { profile: name, state: 'already installed', commits: [], files: [], commands: [] };
    }
    const files: DownloadedFile[] = [];
    const commands: string[] = [];
    const commits: string[] = [];
    for (const source of networksOf(profile)) {
      const folder = join(this.#options.home, source.folder);
      const hubUrl = this.#options.hubUrl ?? 'https://huggingface.co';
      const result = await installNetwork({ hubUrl, source, folder, onProgress, signal }).catch((error: unknown) => {
        throw this.#explain(profile, error);
      });
      files.push(...result.files);
      commits.push(`${source.hubId ?? ''}@${result.commit ?? 'unknown commit'}`);
      if (result.command !== undefined) commands.push(result.command);
    }
    return { profile: name, state: commands.length > 0 ? 'convert by hand' : 'installed', commits, files, commands };
  }

  async find(nameOrFolder: string): Promise<ModelProfile> {
    const known = [...encoderProfiles, ...rerankerProfiles].find(({ name }) => name === nameOrFolder);
    if (known !== undefined || !existsSync(nameOrFolder)) return known ?? modelProfile(nameOrFolder);
    return await profileOfFolder(resolve(nameOrFolder));
  }

  async open(nameOrFolder: string): Promise<{ readonly profile: EncoderProfile; readonly embedder: Embedder }> {
    const profile = await this.find(nameOrFolder);
    if (profile.kind !== 'encoder') {
      throw new StartupError(
        `${nameOrFolder} is a cross-encoder: it orders texts and makes no vectors. Name it in MIA_RERANKER.`,
      );
    }
    const { workers } = this.#options;
    const embedder = new TransformersEmbedder({
      profile,
      ...this.#running(),
      ...(workers === undefined ? {} : { workers }),
    });
    return { profile, embedder };
  }

  async openReranker(
    nameOrFolder: string,
  ): Promise<{ readonly profile: RerankerProfile; readonly reranker: Reranker }> {
    const profile = await this.find(nameOrFolder);
    if (profile.kind !== 'reranker') {
      throw new StartupError(
        `${nameOrFolder} is an encoder: it reads question and text apart. Name it in MIA_MODEL, or give a cross-encoder.`,
      );
    }
    return { profile, reranker: new TransformersReranker({ profile, ...this.#running() }) };
  }

  async verify(nameOrFolder: string): Promise<readonly VerifiedFile[]> {
    const profile = await this.find(nameOrFolder);
    const files: VerifiedFile[] = [];
    for (const source of networksOf(profile)) {
      files.push(...(await verifyNetwork(locateFolder(source, this.#roots, profile.name), source)));
    }
    return files;
  }

  #running(): Pick<TransformersRerankerOptions, 'modelRoots' | 'device' | 'threads' | 'logger'> {
    const { device, threads, logger } = this.#options;
    return {
      modelRoots: this.#roots,
      logger,
      ...(device === undefined ? {} : { device }),
      ...(threads === undefined ? {} : { threads }),
    };
  }

  #statusOf(profile: ModelProfile): ModelStatus {
    const missing: string[] = [];
    const folders = networksOf(profile).flatMap((source) => {
      const places = this.#roots.map((root) => join(root, source.folder));
      const found = places.find((place) => missingFiles(place, source).length === 0);
      if (found === undefined)
        missing.push(...missingFiles(places[0] ?? '', source).map((path) => join(places[0] ?? '', path)));
      return found ?? [];
    });
    return { profile, folders: missing.length === 0 ? folders : undefined, missing };
  }

  #explain(profile: ModelProfile, error: unknown): unknown {
    if (!(error instanceof UpstreamUnavailableError || error instanceof NotFoundError)) return error;
    const wanted = networksOf(profile).flatMap((source) =>
      source.files.map(
        ({ path }) => `${join(this.#options.home, source.folder, path)} (from ${source.hubId ?? 'your own'}: ${path})`,
      ),
    );
    const convert =
      networksOf(profile)[0]?.convertFrom === undefined
        ? ''
        : ' Where only PyTorch weights exist, models/convert makes the ONNX file.';
    return new UpstreamUnavailableError(
      `${profile.name} could not be fetched: ${messageOf(error)}\nPut these files in place by hand:\n  ${wanted.join('\n  ')}\n${convert}`.trim(),
      { files: wanted },
      { cause: error },
    );
  }
}
