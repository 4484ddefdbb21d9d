import type { DataSource } from 'typeorm';
import type { CachedVector, VectorCache } from '../../embedding/index.ts';

/** Vectors in PostgreSQL, where every process finds what any of them has encoded. */
export class PostgresVectorCache implements VectorCache {
  readonly #db: DataSource;

  constructor(db: DataSource) {
    this.#db = db;
  }

  async get(encoder: string, texts: readonly string[]): Promise<readonly (Float32Array | undefined)[]> {
    const rows: { text: string; vector: Buffer }[] = await this.#db.query(
      'SELECT v.text, v.vector FROM text_vector v WHERE v.encoder = $1 AND v.text = ANY($2::text[])',
      [encoder, [...new Set(texts)]],
    );
    const found = new Map(rows.map(({ text, vector }) => [text, toVector(vector)]));
    return texts.map((text) => found.get(text));
  }

  async put(encoder: string, entries: readonly CachedVector[]): Promise<void> {
    if (entries.length === 0) return;
    // In one order, so that two processes that store the same never wait for each other in a circle.
    const sorted = entries.toSorted((a, b) => (a.textHash < b.textHash ? -1 : 1));
    await this.#db.query(
      `INSERT INTO text_vector (encoder, text, vector) SELECT $1, r.text, r.vector
       FROM unnest($2::text[], $3::bytea[]) AS r(text, vector) ON CONFLICT (encoder, text) DO NOTHING`,
      [encoder, sorted.map(({ textHash }) => textHash), sorted.map(({ vector }) => toBytes(vector))],
    );
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function toBytes(vector: Float32Array): Buffer {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
}

function toVector(bytes: Buffer): Float32Array {
  // Copied: the driver's buffer begins where it pleases, and numbers of four bytes must not.
  return new Float32Array(Uint8Array.from(bytes).buffer);
}
