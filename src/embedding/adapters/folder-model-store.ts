import { existsSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { messageOf, NotFoundError, UpstreamUnavailableError } from '../../kernel/errors.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { EncoderProfile, EncoderSource } from '../model.ts';
import type { Embedder, InstallProgress, InstallReport, ModelStatus, ModelStore } from '../ports.ts';
import { encoderProfile, encoderProfiles } from '../profiles.ts';
import type { Device } from './choose-device.ts';
import { type DownloadedFile, downloadFile } from './hub-download.ts';
import { missingFiles, profileOfFolder } from './model-folder.ts';
import { TransformersEmbedder } from './transformers-embedder.ts';

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

/** Encoders in folders as transformers.js expects them, installed from the Hugging Face hub. */
export class FolderModelStore implements ModelStore {
  readonly #options: FolderModelStoreOptions;
  readonly #roots: readonly string[];

  constructor(options: FolderModelStoreOptions) {
    this.#options = options;
    this.#roots = [options.home, options.shipped];
  }

  list(): Promise<readonly ModelStatus[]> {
    return Promise.resolve(encoderProfiles.map((profile) => this.#statusOf(profile)));
  }

  async install(
    name: string,
    onProgress: (progress: InstallProgress) => void,
    signal?: AbortSignal,
  ): Promise<InstallReport> {
    const profile = encoderProfile(name);
    if (this.#statusOf(profile).folders !== undefined) {
      return { profile: name, state: 'already installed', files: [], commands: [] };
    }
    const files: DownloadedFile[] = [];
    const commands: string[] = [];
    for (const source of networksOf(profile)) {
      const result = await this.#installNetwork(source, onProgress, signal).catch((error: unknown) => {
        throw this.#explain(profile, error);
      });
      files.push(...result.files);
      if (result.command !== undefined) commands.push(result.command);
    }
    return { profile: name, state: commands.length > 0 ? 'convert by hand' : 'installed', files, commands };
  }

  async open(nameOrFolder: string): Promise<{ readonly profile: EncoderProfile; readonly embedder: Embedder }> {
    const known = encoderProfiles.find(({ name }) => name === nameOrFolder);
    const isFolder = known === undefined && existsSync(nameOrFolder);
    const profile = known ?? (isFolder ? await profileOfFolder(resolve(nameOrFolder)) : encoderProfile(nameOrFolder));
    const { device, workers, threads, logger } = this.#options;
    const embedder = new TransformersEmbedder({
      profile,
      modelRoots: this.#roots,
      logger,
      ...(device === undefined ? {} : { device }),
      ...(workers === undefined ? {} : { workers }),
      ...(threads === undefined ? {} : { threads }),
    });
    return { profile, embedder };
  }

  #statusOf(profile: EncoderProfile): ModelStatus {
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

  async #installNetwork(
    source: EncoderSource,
    onProgress: (progress: InstallProgress) => void,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly files: readonly DownloadedFile[]; readonly command?: string }> {
    const folder = join(this.#options.home, source.folder);
    const fetchTo = (target: string, file: { readonly path: string }): Promise<DownloadedFile> =>
      downloadFile({
        hubUrl: this.#options.hubUrl ?? 'https://huggingface.co',
        source,
        file,
        folder: target,
        onProgress,
        signal,
      });
    const files: DownloadedFile[] = [];
    // Weights first: whether they are there decides between installing and converting.
    const ordered = [...source.files].sort(
      (a, b) => Number(b.path.startsWith('onnx/')) - Number(a.path.startsWith('onnx/')),
    );
    try {
      for (const file of ordered) files.push(await fetchTo(folder, file));
      await writeFile(join(folder, 'mia-install.json'), `${JSON.stringify({ hubId: source.hubId, files }, null, 2)}\n`);
      return { files };
    } catch (error) {
      if (!(error instanceof NotFoundError) || source.convertFrom === undefined) throw error;
    }
    const original = join(folder, 'source');
    files.push(
      await fetchTo(original, { path: 'config.json' }),
      await firstThere(source.convertFrom, original, fetchTo),
    );
    for (const path of ['tokenizer.json', 'tokenizer_config.json', 'vocab.txt']) {
      // The converter makes a tokenizer from the vocabulary where the hub has none.
      await fetchTo(original, { path }).then((file) => files.push(file), ignoreAbsent);
    }
    await copyTokenizer(original, folder);
    return { files, command: `python3 models/convert/convert_encoder.py ${original} ${folder}` };
  }

  #explain(profile: EncoderProfile, error: unknown): unknown {
    if (!(error instanceof UpstreamUnavailableError || error instanceof NotFoundError)) return error;
    const wanted = networksOf(profile).flatMap((source) =>
      source.files.map(
        ({ path }) => `${join(this.#options.home, source.folder, path)} (from ${source.hubId ?? 'your own'}: ${path})`,
      ),
    );
    const convert =
      profile.document.convertFrom === undefined
        ? ''
        : ' Where only PyTorch weights exist, models/convert makes the ONNX file.';
    return new UpstreamUnavailableError(
      `${profile.name} could not be fetched: ${messageOf(error)}\nPut these files in place by hand:\n  ${wanted.join('\n  ')}\n${convert}`.trim(),
      { files: wanted },
      { cause: error },
    );
  }
}

function networksOf(profile: EncoderProfile): readonly EncoderSource[] {
  return profile.query === undefined ? [profile.document] : [profile.document, profile.query];
}

async function firstThere(
  paths: readonly string[],
  folder: string,
  fetchTo: (folder: string, file: { readonly path: string }) => Promise<DownloadedFile>,
): Promise<DownloadedFile> {
  let absent: unknown;
  for (const path of paths) {
    try {
      return await fetchTo(folder, { path });
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      absent = error;
    }
  }
  throw absent;
}

function ignoreAbsent(error: unknown): void {
  if (!(error instanceof NotFoundError)) throw error;
}

async function copyTokenizer(from: string, to: string): Promise<void> {
  for (const name of ['config.json', 'tokenizer.json', 'tokenizer_config.json']) {
    const source = join(from, name);
    if (!existsSync(source)) continue;
    await mkdir(dirname(join(to, name)), { recursive: true });
    await copyFile(source, join(to, name));
  }
}
