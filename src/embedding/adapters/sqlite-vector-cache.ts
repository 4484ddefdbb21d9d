import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { startWorker, type WorkerClient } from '../../kernel/worker-call.ts';
import type { CachedVector, VectorCache } from '../ports.ts';
import type { VectorCacheApi } from './vector-cache-worker.ts';

/**
 * Vectors in one SQLite file, read and written in a thread of its own. Losing the file costs time, never an answer; several
 * processes may share it.
 */
export class SqliteVectorCache implements VectorCache {
  readonly #worker: WorkerClient<VectorCacheApi>;

  /** @param path - created with its folder and table when absent */
  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.#worker = startWorker(new URL('./vector-cache-worker.ts', import.meta.url), { path }, 'vector cache');
  }

  get(encoderHash: string, textHashes: readonly string[]): Promise<readonly (Float32Array | undefined)[]> {
    return this.#worker.call('get', [encoderHash, textHashes]);
  }

  put(encoderHash: string, entries: readonly CachedVector[]): Promise<void> {
    return this.#worker.call('put', [encoderHash, entries]);
  }

  async close(): Promise<void> {
    // A file that could not be opened has nothing to close, and its error was told by every call.
    if (this.#worker.alive) await this.#worker.call('close', []).catch(() => undefined);
    await this.#worker.close();
  }
}
