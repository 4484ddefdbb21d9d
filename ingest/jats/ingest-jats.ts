import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { messageOf } from '../../src/kernel/errors.ts';
import type { LiteratureIntake, LiteratureItem } from '../../src/literature/index.ts';
import { listFiles } from '../kit/open-bytes.ts';
import { type LiteratureTally, takeFile } from '../kit/take-items.ts';
import { readJats } from './read-jats.ts';

/** Full texts on this machine. */
export interface JatsIngest {
  /** Files, and folders of `.xml` and `.nxml` (also `.gz`). */
  readonly places: readonly string[];
  readonly signal?: AbortSignal | undefined;
  /** Told how many of how many files were read. */
  readonly onProgress?: (done: number, total: number) => void;
}

const kind = { fits: /\.n?xml(?:\.gz)?$/i, called: '*.xml, *.nxml, *.xml.gz or *.nxml.gz' };

/** Longest file that is read, in bytes as stored and unpacked. */
const longestFile = 128 * 2 ** 20;

/**
 * Takes full texts in JATS or NLM XML in, one article a file. The files are one list: an interrupted run of the same list goes on
 * where it stopped, a list with a changed file is read anew, and what did not change changes nothing.
 */
export async function ingestJats(ingest: JatsIngest, intake: LiteratureIntake): Promise<LiteratureTally> {
  const files = await listFiles(ingest.places, kind);
  const hash = createHash('sha256');
  for (const file of files) {
    const { size, mtimeMs } = await stat(file);
    hash.update(`${file}\0${size}\0${mtimeMs}\n`);
  }
  async function* items(skip: number): AsyncGenerator<readonly LiteratureItem[]> {
    for (const [index, file] of files.entries()) {
      if (index < skip) continue;
      yield [await readItem(file)];
      ingest.onProgress?.(index + 1, files.length);
    }
  }
  const name = `${files.length} files`;
  const target = { source: 'jats', file: `${name} ${hash.digest('hex')}`, name, intake, signal: ingest.signal };
  return await takeFile(target, items);
}

async function readItem(file: string): Promise<LiteratureItem> {
  try {
    const { size } = await stat(file);
    if (size > longestFile) throw new Error(`is longer than ${longestFile} bytes`);
    const stored = await readFile(file);
    const packed = stored[0] === 0x1f && stored[1] === 0x8b;
    const xml = (packed ? gunzipSync(stored, { maxOutputLength: longestFile }) : stored).toString('utf8');
    const article = readJats(xml);
    return { kind: 'article', sourceId: article.pmcid ?? article.doi ?? article.pmid ?? basename(file), article };
  } catch (error) {
    return { kind: 'rejection', sourceId: basename(file), error: `${file} ${messageOf(error)}.` };
  }
}
