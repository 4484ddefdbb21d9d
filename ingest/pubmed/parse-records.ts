import { startWorker, type WorkerClient } from '../../src/kernel/worker-call.ts';
import type { LiteratureItem } from '../../src/literature/index.ts';
import { countItems, RecordReader } from './read-record.ts';
import { type RecordSlice, RecordSlicer } from './slice-records.ts';

/** What a parsing thread offers. */
export interface ParseApi {
  /** Reads the records of a slab of bytes, in order: items as JSON, which crosses threads a third cheaper than the items themselves. */
  parse(slab: Uint8Array, borders: readonly RecordBorders[]): string;
}

/** Where a record lies in a slab. */
export interface RecordBorders extends Omit<RecordSlice, 'bytes'> {
  readonly start: number;
  readonly end: number;
}

/** How a file is read. */
export interface ParseOptions {
  /** Threads that read records; 0 reads in the caller's. */
  readonly threads: number;
  /** Items to pass over without reading them: what an earlier run has stored. */
  readonly skip?: number;
}

/** Bytes that one call of a thread reads: some hundred records, so that calls cost little, and few are in memory. */
const slabBytes = 512 * 1_024;
/** Slabs in the hands of each thread: one that is read, one that waits. */
const slabsPerThread = 2;

/**
 * The items of PubMed XML (PubmedArticleSet, MedlineCitationSet), in the order of the file and in bounded memory: a piece is read
 * only when the caller has taken what came before it.
 * @param bytes - the XML, unpacked
 * @throws InvalidInputError when the file is no PubMed XML or was cut short; items before that were given
 */
export async function* parseRecords(
  bytes: AsyncIterable<Uint8Array>,
  options: ParseOptions,
): AsyncGenerator<readonly LiteratureItem[]> {
  const slices = slicesOf(bytes, options.skip ?? 0);
  if (options.threads < 1) {
    const reader = new RecordReader();
    for await (const group of slices) yield group.slices.flatMap((slice) => reader.read(slice)).slice(group.passOver);
    return;
  }
  const workers = Array.from({ length: options.threads }, (_, index) =>
    startWorker<ParseApi>(new URL('./parse-thread.ts', import.meta.url), undefined, `pubmed parser ${index + 1}`),
  );
  try {
    yield* inThreads(slices, workers);
  } finally {
    await Promise.all(workers.map(async (worker) => await worker.close()));
  }
}

interface SliceGroup {
  readonly slices: readonly RecordSlice[];
  /** How many items of the first slice were taken before. */
  readonly passOver: number;
}

/** Hands groups out in turn and gives the answers in the order of the file; a fault of the file waits for what was before it. */
async function* inThreads(
  groups: AsyncIterable<SliceGroup>,
  workers: readonly WorkerClient<ParseApi>[],
): AsyncGenerator<readonly LiteratureItem[]> {
  const waiting: Promise<readonly LiteratureItem[]>[] = [];
  let turn = 0;
  let fault: { readonly error: unknown } | undefined;
  try {
    for await (const group of groups) {
      const worker = workers[turn % workers.length];
      if (worker === undefined) break;
      turn += 1;
      const answer = callFor(worker, group);
      // Awaited in order below; an answer that fails before its turn must not count as unhandled.
      answer.catch(() => undefined);
      waiting.push(answer);
      if (waiting.length >= workers.length * slabsPerThread) yield (await waiting.shift()) ?? [];
    }
  } catch (error) {
    fault = { error };
  }
  for (const answer of waiting) yield await answer;
  if (fault !== undefined) throw fault.error;
}

async function callFor(worker: WorkerClient<ParseApi>, group: SliceGroup): Promise<readonly LiteratureItem[]> {
  const slab = new Uint8Array(group.slices.reduce((sum, { bytes }) => sum + bytes.length, 0));
  let at = 0;
  const borders = group.slices.map(({ bytes, ...slice }) => {
    slab.set(bytes, at);
    const start = at;
    at += bytes.length;
    return { ...slice, start, end: at };
  });
  const json = await worker.call('parse', [slab, borders], { transfer: [slab.buffer] });
  // The thread that wrote it is ours: see parse-thread.ts.
  const items = JSON.parse(json) as readonly LiteratureItem[];
  return group.passOver === 0 ? items : items.slice(group.passOver);
}

async function* slicesOf(bytes: AsyncIterable<Uint8Array>, skip: number): AsyncGenerator<SliceGroup> {
  const slicer = new RecordSlicer();
  let left = skip;
  let passOver = 0;
  let slices: RecordSlice[] = [];
  let size = 0;
  const add = (slice: RecordSlice): boolean => {
    if (left > 0) {
      const items = countItems(slice);
      if (items <= left) {
        left -= items;
        return false;
      }
      passOver = left;
      left = 0;
    }
    slices.push(slice);
    size += slice.bytes.length;
    return size >= slabBytes;
  };
  const take = (): SliceGroup => {
    const group = { slices, passOver };
    slices = [];
    size = 0;
    passOver = 0;
    return group;
  };
  let fault: { readonly error: unknown } | undefined;
  try {
    for await (const chunk of bytes) for (const slice of slicer.push(chunk)) if (add(slice)) yield take();
  } catch (error) {
    fault = { error };
  }
  if (fault === undefined) {
    try {
      for (const slice of slicer.end()) if (add(slice)) yield take();
    } catch (error) {
      fault = { error };
    }
  }
  if (slices.length > 0) yield take();
  if (fault !== undefined) throw fault.error;
}
