import { DatabaseSync } from 'node:sqlite';
import { serveWorker } from '../../kernel/worker-call.ts';
import type { CachedVector } from '../ports.ts';

/** Methods of the vector cache's thread; see `VectorCache`. */
export interface VectorCacheApi {
  get(encoderHash: string, textHashes: readonly string[]): readonly (Float32Array | undefined)[];
  put(encoderHash: string, entries: readonly CachedVector[]): void;
  close(): void;
}

serveWorker<VectorCacheApi>((start) => {
  const { path } = start as { readonly path: string }; // handed over by SqliteVectorCache, the only one that starts this thread
  const database = new DatabaseSync(path);
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA busy_timeout = 5000;
    CREATE TABLE IF NOT EXISTS vector (
      encoder TEXT NOT NULL, text TEXT NOT NULL, numbers BLOB NOT NULL, PRIMARY KEY (encoder, text)
    ) WITHOUT ROWID;
  `);
  const select = database.prepare('SELECT numbers FROM vector WHERE encoder = ? AND text = ?');
  const insert = database.prepare('INSERT OR REPLACE INTO vector (encoder, text, numbers) VALUES (?, ?, ?)');
  return {
    get: (encoderHash, textHashes) =>
      textHashes.map((textHash) => {
        const numbers = select.get(encoderHash, textHash)?.['numbers'];
        return numbers instanceof Uint8Array ? decodeVector(numbers) : undefined;
      }),
    put(encoderHash, entries) {
      database.exec('BEGIN IMMEDIATE');
      try {
        for (const { textHash, vector } of entries) insert.run(encoderHash, textHash, encodeVector(vector));
        database.exec('COMMIT');
      } catch (error) {
        database.exec('ROLLBACK');
        throw error;
      }
    },
    close: () => database.close(),
  };
});

function encodeVector(vector: Float32Array): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
}

function decodeVector(bytes: Uint8Array): Float32Array {
  // A copy: a Float32Array must start at a multiple of four, which SQLite's buffer does not promise.
  return new Float32Array(Uint8Array.from(bytes).buffer);
}
