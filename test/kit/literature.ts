import { expect, vi } from 'vitest';
import { silentLogger } from '../../src/kernel/logger.ts';
import { embedBatch, type LiteratureItem, linkQuestions } from '../../src/literature/index.ts';
import type { TestCatalog } from './test-catalog.ts';

let files = 0;

/** Takes items in as the whole of a file of their own. */
export async function takeArticles(catalog: TestCatalog, source: string, items: readonly LiteratureItem[]) {
  files += 1;
  return await catalog.app.literature.intake.take({
    source,
    file: `file-${files}`,
    items,
    checkpoint: { items: items.length, cursor: undefined, complete: true },
  });
}

/** Waits until the index has every article; it must be followed. */
export async function articlesIndexed(catalog: TestCatalog): Promise<void> {
  const { index } = catalog.app.literature;
  await vi.waitFor(async () => expect(await index.position()).toBe(await index.head()), {
    timeout: 60_000,
    interval: 50,
  });
}

/** Encodes all that waits, as the role embed does, and waits for the index. */
export async function encodeAll(catalog: TestCatalog): Promise<number> {
  const { vectors: queue, articles, index } = catalog.app.literature;
  const embedder = await index.encoder();
  if (embedder === undefined) throw new Error('there is no encoder');
  let encoded = 0;
  for (let batch = -1; batch !== 0; encoded += batch)
    batch = await embedBatch(
      { queue, articles, embedder, leaseMs: 600_000, logger: silentLogger },
      new AbortController().signal,
    );
  await articlesIndexed(catalog);
  return encoded;
}

/** Links questions until none is behind, as the role worker does. */
export async function linkAll(catalog: TestCatalog): Promise<void> {
  const { app } = catalog;
  const parts = { literature: app.literature, vocabulary: () => app.reader.vocabulary(), logger: silentLogger };
  while ((await linkQuestions(parts, new AbortController().signal)) > 0);
}
