import { createReadStream } from 'node:fs';
import { type Readable, Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { InvalidInputError, messageOf } from '../../src/kernel/errors.ts';
import type { MeshDescriptor, MeshStore } from '../../src/literature/index.ts';
import { type BrokenDescriptor, readDescriptors } from './read-descriptors.ts';

/** What became of a file of descriptors. */
export interface MeshReport {
  readonly accepted: number;
  readonly unchanged: number;
  readonly rejected: readonly BrokenDescriptor[];
}

/** A file of descriptors. */
export interface MeshIngest {
  /** NLM's `desc20XX.xml`, also as `.gz`. */
  readonly file: string;
  readonly signal: AbortSignal;
}

const batchSize = 1_000;

/**
 * Takes the MeSH tree in, so that a filter by a heading finds what is narrower. The same file again changes nothing.
 * @throws InvalidInputError when the file cannot be read or is another
 */
export async function ingestMesh({ file, signal }: MeshIngest, mesh: MeshStore): Promise<MeshReport> {
  const report = { accepted: 0, unchanged: 0, rejected: [] as BrokenDescriptor[] };
  let batch: MeshDescriptor[] = [];
  const flush = async (): Promise<void> => {
    const changed = await mesh.load(batch);
    report.accepted += changed;
    report.unchanged += batch.length - changed;
    batch = [];
  };
  try {
    for await (const item of readDescriptors(readText(file))) {
      signal.throwIfAborted();
      if ('error' in item) report.rejected.push(item);
      else batch.push(item);
      if (batch.length === batchSize) await flush();
    }
    if (batch.length > 0) await flush();
    return report;
  } catch (error) {
    if (signal.aborted) throw error;
    throw new InvalidInputError(
      `The file ${file} cannot be read as MeSH descriptors: ${messageOf(error)}. It must be desc20XX.xml of NLM, or that as .gz.`,
      {},
      { cause: error },
    );
  }
}

async function* readText(file: string): AsyncGenerator<string> {
  const bytes = createReadStream(file);
  const stream: Readable = file.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes.pipe(passThrough());
  bytes.once('error', (error) => stream.destroy(error));
  const decoder = new TextDecoder();
  for await (const chunk of stream) yield decoder.decode(chunk as Uint8Array, { stream: true });
}

function passThrough(): Transform {
  return new Transform({ transform: (chunk, _encoding, done) => done(null, chunk) });
}
