import type { DocumentSource, SourceChange, SourceDocument } from '../../src/retrieval/index.ts';

/** A source in memory with a log of changes, as an outbox keeps it. */
export class MemorySource implements DocumentSource {
  readonly #documents = new Map<string, SourceDocument>();
  readonly #changes: SourceChange[] = [];

  /** Stores a document and writes the change. */
  put(document: SourceDocument): void {
    this.#documents.set(document.id, document);
    this.#log(document.id, document.version, false);
  }

  /** Removes a document and writes the change; its version is the one of the removal. */
  remove(id: string, version: number): void {
    this.#documents.delete(id);
    this.#log(id, version, true);
  }

  head(): Promise<string> {
    return Promise.resolve(String(this.#changes.length));
  }

  changesSince(position: string, limit: number) {
    const from = Number(position);
    const changes = this.#changes.slice(from, from + limit);
    return Promise.resolve({ changes, position: String(from + changes.length) });
  }

  page(after: string | undefined, limit: number): Promise<readonly SourceDocument[]> {
    const ids = [...this.#documents.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const from =
      after === undefined ? 0 : ids.findIndex((id) => Buffer.compare(Buffer.from(id), Buffer.from(after)) > 0);
    return this.byIds(from < 0 ? [] : ids.slice(from, from + limit));
  }

  byIds(ids: readonly string[]): Promise<readonly SourceDocument[]> {
    return Promise.resolve(ids.flatMap((id) => this.#documents.get(id) ?? []));
  }

  #log(id: string, version: number, deleted: boolean): void {
    this.#changes.push({ id, version, deleted, at: new Date().toISOString() });
  }
}
