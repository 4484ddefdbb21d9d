import { hashContent } from './hash-content.ts';
import type { DocumentSource, ScannedDocument, SourceDocument, TextIndex } from './ports.ts';

/** Differences between an index and its source, as ids. */
export interface IndexDrift {
  /** In the source, not in the index. */
  readonly missing: readonly string[];
  /** In the index in another version or with other content. */
  readonly stale: readonly string[];
  /** In the index, not in the source. */
  readonly surplus: readonly string[];
  /** Shown by the index to a group that may not see it; these are also stale. */
  readonly forbidden: readonly string[];
}

/** Pages of both sides, in documents. */
const pageSize = 500;

/**
 * Compares every document of a generation with the source, both read in order of id, so that memory stays bounded. Both may
 * change while they are read, so what looks different is believed only when a second reading finds it too.
 */
export async function verifyIndex(index: TextIndex, source: DocumentSource, generation: string): Promise<IndexDrift> {
  const first = await compareOnce(index, source, generation);
  if (isClean(first)) return first;
  const second = await compareOnce(index, source, generation);
  const both = (kind: keyof IndexDrift): readonly string[] => {
    const before = new Set(first[kind]);
    return second[kind].filter((id) => before.has(id));
  };
  return { missing: both('missing'), stale: both('stale'), surplus: both('surplus'), forbidden: both('forbidden') };
}

async function compareOnce(index: TextIndex, source: DocumentSource, generation: string): Promise<IndexDrift> {
  const drift: { [K in keyof IndexDrift]: string[] } = { missing: [], stale: [], surplus: [], forbidden: [] };
  const indexed = eachDocument(index.scan(generation, pageSize));
  const sourced = eachDocument(pagesOf(source));
  let [have, want] = [await indexed.next(), await sourced.next()];
  while (have.done !== true || want.done !== true) {
    const mine = have.done === true ? undefined : have.value;
    const theirs = want.done === true ? undefined : want.value;
    const order = compareIds(mine?.id, theirs?.id);
    if (mine !== undefined && theirs !== undefined && order === 0) compareDocuments(drift, mine, theirs);
    else if (mine !== undefined && order < 0) drift.surplus.push(mine.id);
    else if (theirs !== undefined) drift.missing.push(theirs.id);
    if (order <= 0) have = await indexed.next();
    if (order >= 0) want = await sourced.next();
  }
  return drift;
}

function compareDocuments(
  drift: { stale: string[]; forbidden: string[] },
  mine: ScannedDocument,
  theirs: SourceDocument,
): void {
  if (mine.version !== theirs.version || mine.contentHash !== hashContent(theirs)) drift.stale.push(mine.id);
  if (grantsMore(mine, theirs)) drift.forbidden.push(mine.id);
}

/** Whether nothing differs. */
export function isClean(drift: IndexDrift): boolean {
  return Object.values(drift).every((ids: readonly string[]) => ids.length === 0);
}

function grantsMore(mine: ScannedDocument, theirs: SourceDocument): boolean {
  const allowed = new Set(theirs.readerGroups);
  return mine.readerGroups.some((group) => !allowed.has(group));
}

/** An absent id comes after all others. */
function compareIds(a: string | undefined, b: string | undefined): number {
  if (a === undefined) return b === undefined ? 0 : 1;
  if (b === undefined) return -1;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

async function* pagesOf(source: DocumentSource): AsyncGenerator<readonly SourceDocument[]> {
  let after: string | undefined;
  while (true) {
    const page = await source.page(after, pageSize);
    if (page.length === 0) return;
    yield page;
    after = page.at(-1)?.id;
  }
}

async function* eachDocument<T>(pages: AsyncIterable<readonly T[]>): AsyncGenerator<T, undefined> {
  for await (const page of pages) yield* page;
  return undefined;
}
