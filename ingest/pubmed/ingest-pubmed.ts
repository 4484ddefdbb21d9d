import type { LiteratureIntake } from '../../src/literature/index.ts';
import { type ByteSource, fileSource, listFiles, unpacked } from '../kit/open-bytes.ts';
import { addTallies, type LiteratureTally, takeFile } from '../kit/take-items.ts';
import { isAddress, urlSource } from '../kit/url-source.ts';
import { parseRecords } from './parse-records.ts';

/** Files of PubMed, here or on a web server. */
export interface PubmedIngest {
  /** Files, folders of `.xml` and `.xml.gz`, addresses; in the order in which later records replace earlier ones. */
  readonly places: readonly string[];
  /** Threads that read records, beside the one that stores. */
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
  /** Told how many bytes, as stored, of how many were read; the total grows while addresses are met. */
  readonly onProgress?: (done: number, total: number) => void;
}

const files = { fits: /\.xml(?:\.gz)?$/i, called: '*.xml or *.xml.gz' };

/**
 * Takes files of PubMed in, one after another, each from where an earlier run stopped. A file that cannot be read to its end is
 * one more rejection, with its name; what came before the fault stays, and the next file follows.
 */
export async function ingestPubmed(ingest: PubmedIngest, intake: LiteratureIntake): Promise<LiteratureTally> {
  const { signal, threads } = ingest;
  const sources = await sourcesOf(ingest);
  const total = sources.reduce((sum, { byteSize }) => sum + byteSize, 0);
  const tallies: LiteratureTally[] = [];
  let before = 0;
  for (const source of sources) {
    const onRead = (bytes: number): void => ingest.onProgress?.(before + bytes, total);
    const target = { source: 'pubmed', file: source.identity, name: source.name, intake, signal };
    const read = (skip: number): ReturnType<typeof parseRecords> =>
      parseRecords(unpacked(source, { signal, onRead }), { threads, skip });
    tallies.push(await takeFile(target, read));
    before += source.byteSize;
    ingest.onProgress?.(before, total);
  }
  return addTallies(tallies);
}

async function sourcesOf(ingest: PubmedIngest): Promise<readonly ByteSource[]> {
  const sources: ByteSource[] = [];
  for (const place of ingest.places) {
    if (isAddress(place)) sources.push(await urlSource(place, ingest.signal));
    else for (const file of await listFiles([place], files)) sources.push(await fileSource(file));
  }
  return sources;
}
