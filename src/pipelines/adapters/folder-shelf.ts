import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, StartupError } from '../../kernel/errors.ts';
import type { Pipeline } from '../model.ts';
import { assemblePipeline } from '../parse-spec.ts';
import type { PipelineShelf } from '../ports.ts';

/** More than any program of a pipeline needs. */
const mostBytes = 4_194_304;

/** Pipelines in folders: each holds one `*.cwl` and the files it names. */
export class FolderShelf implements PipelineShelf {
  readonly #folder: string;
  #read: Promise<readonly Pipeline[]> | undefined;

  /** @param folder - with a folder for each pipeline */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Read once: what is launched tomorrow is what was seen today. */
  list(): Promise<readonly Pipeline[]> {
    this.#read ??= readShelf(this.#folder);
    return this.#read;
  }
}

async function readShelf(shelf: string): Promise<readonly Pipeline[]> {
  const pipelines: Pipeline[] = [];
  for (const entry of await readdir(shelf, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const folder = join(shelf, entry.name);
    try {
      for (const file of (await readdir(folder)).filter((name) => name.endsWith('.cwl')).sort())
        pipelines.push(assemblePipeline(file, await readFiles(folder)));
    } catch (cause) {
      throw new StartupError(`${folder}: ${messageOf(cause)}`, { cause });
    }
  }
  const references = pipelines.map(({ spec }) => spec.reference);
  const twice = references.find((one, index) => references.indexOf(one) !== index);
  if (twice !== undefined)
    throw new StartupError(`${shelf}: there are two pipelines ${twice}; give one another version.`);
  return pipelines.sort((a, b) => a.spec.name.localeCompare(b.spec.name, 'en') || a.spec.version - b.spec.version);
}

async function readFiles(folder: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const bytes = await readFile(join(folder, entry.name));
    if (bytes.length <= mostBytes) files.set(entry.name, bytes);
  }
  return files;
}
