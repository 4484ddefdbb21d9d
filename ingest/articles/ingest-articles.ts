import type { LiteratureIntake, LiteratureItem } from '../../src/literature/index.ts';
import { fileSource } from '../kit/open-bytes.ts';
import { readJsonLines } from '../kit/read-json-lines.ts';
import { type LiteratureTally, takeFile } from '../kit/take-items.ts';
import { readArticleLine } from './read-articles.ts';

/** A file of articles and whose they are. */
export interface ArticlesIngest {
  /** JSON Lines. */
  readonly file: string;
  readonly sourceName: string;
  readonly signal?: AbortSignal;
  /** Told how many bytes of how many were read. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Takes a JSON Lines file of articles in; a line that is no article is rejected with its number. */
export async function ingestArticles(ingest: ArticlesIngest, intake: LiteratureIntake): Promise<LiteratureTally> {
  const { identity, byteSize } = await fileSource(ingest.file);
  async function* items(skip: number): AsyncGenerator<readonly LiteratureItem[]> {
    let seen = 0;
    for await (const line of readJsonLines(ingest.file, (bytes) => ingest.onProgress?.(bytes, byteSize))) {
      seen += 1;
      if (seen > skip) yield [readArticleLine(line)];
    }
  }
  const { sourceName: source, signal } = ingest;
  return await takeFile({ source, file: identity, name: ingest.file, intake, signal }, items);
}
