import { mkdirSync } from 'node:fs';
import { CatalogError, UpstreamUnavailableError } from '../../kernel/errors.ts';
import { type ArgumentsOf, startWorker, type WorkerClient } from '../../kernel/worker-call.ts';
import type { FacetCounts, Generation, GenerationSpec, IndexScope, RankedDocument } from '../model.ts';
import type {
  ApplyReport,
  CountQuery,
  IndexChange,
  LexicalQuery,
  ListPage,
  ListQuery,
  NearestQuery,
  ProjectionProgress,
  ScannedDocument,
  StoredDocument,
  TextIndex,
} from '../ports.ts';
import type { SqliteIndexApi } from './sqlite-index-worker.ts';

/** Where an embedded index lives and how many threads serve it. */
export interface SqliteTextIndexOptions {
  /** Folder of the generations' files; made when absent. */
  readonly folder: string;
  /** Name of the index; the schema's. */
  readonly name: string;
  /** Threads that search, each with the vectors in memory (1.5 kB per passage of 384 numbers). */
  readonly readers?: number;
}

/**
 * Embedded index: SQLite FTS5 for words and values, an exact scan for vectors, one file per generation, in worker threads of
 * its own. Searching goes on while a batch is written.
 */
export class SqliteTextIndex implements TextIndex {
  readonly engine = 'sqlite';
  readonly #options: SqliteTextIndexOptions;
  readonly #readers: (WorkerClient<SqliteIndexApi> | undefined)[];
  #writer: WorkerClient<SqliteIndexApi> | undefined;
  #closed = false;

  constructor(options: SqliteTextIndexOptions) {
    mkdirSync(options.folder, { recursive: true });
    this.#options = options;
    this.#readers = Array.from({ length: Math.max(1, options.readers ?? 1) }, () => undefined);
  }

  generations(): Promise<readonly Generation[]> {
    return this.#write('generations', []);
  }

  createGeneration(id: string, spec: GenerationSpec): Promise<void> {
    return this.#write('createGeneration', [id, spec]);
  }

  activate(id: string): Promise<void> {
    return this.#write('activate', [id]);
  }

  drop(id: string): Promise<void> {
    return this.#write('drop', [id]);
  }

  apply(generation: string, changes: readonly IndexChange[], progress?: ProjectionProgress): Promise<ApplyReport> {
    return this.#write('apply', [generation, changes, progress]);
  }

  progress(generation: string): Promise<ProjectionProgress | undefined> {
    return this.#write('progress', [generation]);
  }

  /** A committed transaction is searchable at once. */
  refresh(): Promise<void> {
    return Promise.resolve();
  }

  async *scan(generation: string, pageSize: number): AsyncIterable<readonly ScannedDocument[]> {
    let after: string | undefined;
    while (true) {
      const page = await this.#write('scanPage', [generation, after, pageSize]);
      if (page.length > 0) yield page;
      after = page.at(-1)?.id;
      if (page.length < pageSize) return;
    }
  }

  lexical(query: LexicalQuery, signal?: AbortSignal): Promise<readonly RankedDocument[]> {
    return this.#read('lexical', [query], signal);
  }

  nearest(query: NearestQuery, signal?: AbortSignal): Promise<readonly RankedDocument[]> {
    return this.#read('nearest', [query], signal);
  }

  count(query: CountQuery, signal?: AbortSignal): Promise<{ total: number; facets: readonly FacetCounts[] }> {
    return this.#read('count', [query], signal);
  }

  list(query: ListQuery, signal?: AbortSignal): Promise<ListPage> {
    return this.#read('list', [query], signal);
  }

  fetch(ids: readonly string[], scope: IndexScope, signal?: AbortSignal): Promise<readonly StoredDocument[]> {
    return this.#read('fetch', [ids, scope], signal);
  }

  suggest(prefix: string, scope: IndexScope, first: number, signal?: AbortSignal): Promise<readonly string[]> {
    return this.#read('suggest', [prefix, scope, first], signal);
  }

  async ping(): Promise<boolean> {
    try {
      await this.#write('generations', []);
      return true;
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const worker of [this.#writer, ...this.#readers]) {
      if (worker?.alive === true) await worker.call('close', []);
      await worker?.close();
    }
  }

  async #write<K extends keyof SqliteIndexApi>(method: K, args: ArgumentsOf<SqliteIndexApi[K]>) {
    if (this.#writer?.alive !== true) this.#writer = this.#start('index writer');
    return this.#call(this.#writer, method, args, undefined);
  }

  async #read<K extends keyof SqliteIndexApi>(
    method: K,
    args: ArgumentsOf<SqliteIndexApi[K]>,
    signal: AbortSignal | undefined,
  ) {
    this.#readers.forEach((reader, index) => {
      if (reader?.alive !== true) this.#readers[index] = this.#start('index reader');
    });
    const running = this.#readers.filter((reader) => reader !== undefined);
    const [leastBusy] = running.sort((a, b) => a.pending - b.pending);
    if (leastBusy === undefined) throw new UpstreamUnavailableError('No index thread is running');
    return this.#call(leastBusy, method, args, signal);
  }

  async #call<K extends keyof SqliteIndexApi>(
    worker: WorkerClient<SqliteIndexApi>,
    method: K,
    args: ArgumentsOf<SqliteIndexApi[K]>,
    signal: AbortSignal | undefined,
  ) {
    try {
      return await worker.call(method, args, { signal });
    } catch (error) {
      if (error instanceof CatalogError || signal?.aborted === true) throw error;
      throw new UpstreamUnavailableError(`The index ${this.#options.name} does not answer`, {}, { cause: error });
    }
  }

  #start(name: string): WorkerClient<SqliteIndexApi> {
    if (this.#closed) throw new UpstreamUnavailableError(`The index ${this.#options.name} is closed`);
    const { folder } = this.#options;
    return startWorker(
      new URL('./sqlite-index-worker.ts', import.meta.url),
      { folder, name: this.#options.name },
      name,
    );
  }
}
