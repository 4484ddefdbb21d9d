import { createHash } from 'node:crypto';
import type { IndexDocument, IndexSchema } from './model.ts';
import type { SourceDocument } from './ports.ts';

/**
 * Version of how adapters lay documents out and analyse text. Raise it when that changes: running indexes are then found to be
 * of another schema and rebuilt.
 */
const layoutVersion = 2;

/** Hash over what an index of this schema holds: a generation with another hash must be rebuilt. */
export function hashSchema(schema: IndexSchema): string {
  return digest([layoutVersion, schema]);
}

/** Hash over everything of a document but its version and vectors, to find drift between index and source. */
export function hashContent(document: SourceDocument | IndexDocument): string {
  const passages = document.passages.map((passage) => (typeof passage === 'string' ? passage : passage.text));
  return digest([
    [...document.readerGroups].sort(),
    sortedEntries(document.text),
    sortedEntries(document.filters),
    passages,
    document.suggestions,
  ]);
}

function sortedEntries(record: Readonly<Record<string, unknown>>): readonly unknown[] {
  return Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1));
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 20);
}
