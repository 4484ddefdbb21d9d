import type { SqliteGeneration } from './sqlite-generation.ts';

/** The nearest passage of one document. */
export interface NearestPassage {
  readonly doc: number;
  /** Row of the passage. */
  readonly seq: number;
  readonly score: number;
}

/**
 * All passage vectors of a generation in one array, scanned exactly: 384 numbers × 10,000 passages take about 7 ms, so no
 * approximation is needed at this size. Kept in step with the file by its insert and delete sequences, whoever wrote it.
 */
export class VectorMatrix {
  readonly #generation: SqliteGeneration;
  readonly #dimension: number;
  #vectors: Float32Array;
  #docs: Int32Array;
  #seqs: Int32Array;
  readonly #slotOf = new Map<number, number>();
  #size = 0;
  #lastSeq = 0;
  #lastGone = 0;
  #dataVersion = -1;

  constructor(generation: SqliteGeneration, dimension: number) {
    this.#generation = generation;
    this.#dimension = dimension;
    this.#vectors = new Float32Array(1024 * dimension);
    this.#docs = new Int32Array(1024);
    this.#seqs = new Int32Array(1024);
  }

  /** Takes over what was written since the last call. */
  refresh(): void {
    const version = Number(this.#generation.prepare('PRAGMA data_version').get()?.['data_version'] ?? 0);
    if (version === this.#dataVersion) return;
    // One snapshot for both reads, else a passage could go between them and stay here for ever.
    this.#generation.database.exec('BEGIN');
    try {
      const gone = this.#generation
        .prepare('SELECT n, seq FROM passage_gone WHERE n > ? ORDER BY n')
        .all(this.#lastGone);
      for (const row of gone) {
        this.#remove(Number(row['seq']));
        this.#lastGone = Number(row['n']);
      }
      const added = this.#generation.prepare('SELECT seq, doc, vector FROM passage WHERE seq > ? ORDER BY seq');
      for (const row of added.iterate(this.#lastSeq)) {
        const bytes = row['vector'];
        if (bytes instanceof Uint8Array) this.#add(Number(row['seq']), Number(row['doc']), bytes);
        this.#lastSeq = Number(row['seq']);
      }
    } finally {
      this.#generation.database.exec('COMMIT');
    }
    this.#dataVersion = version;
  }

  /**
   * @param allowed - documents that may be found, as flags by row; undefined for all
   * @returns the best passage of each of the `depth` nearest documents, best first
   */
  nearest(query: Float32Array, depth: number, allowed: Uint8Array | undefined): readonly NearestPassage[] {
    const best = new Map<number, NearestPassage>();
    let floor = Number.NEGATIVE_INFINITY;
    const trimAt = Math.max(4 * depth, 1024);
    for (let slot = 0; slot < this.#size; slot++) {
      const doc = this.#docs[slot] ?? 0;
      if (allowed !== undefined && allowed[doc] !== 1) continue;
      const score = this.#dot(query, slot);
      if (score <= floor) continue;
      if (score <= (best.get(doc)?.score ?? Number.NEGATIVE_INFINITY)) continue;
      best.set(doc, { doc, score, seq: this.#seqs[slot] ?? 0 });
      if (best.size < trimAt) continue;
      const kept = topOf(best, depth);
      floor = kept.at(-1)?.score ?? floor;
      best.clear();
      for (const passage of kept) best.set(passage.doc, passage);
    }
    return topOf(best, depth);
  }

  #dot(query: Float32Array, slot: number): number {
    const vectors = this.#vectors;
    const dimension = this.#dimension;
    const at = slot * dimension;
    // Four sums let the engine overlap the additions: about twice as fast as one.
    let a = 0;
    let b = 0;
    let c = 0;
    let d = 0;
    let i = 0;
    for (; i + 3 < dimension; i += 4) {
      a += (query[i] ?? 0) * (vectors[at + i] ?? 0);
      b += (query[i + 1] ?? 0) * (vectors[at + i + 1] ?? 0);
      c += (query[i + 2] ?? 0) * (vectors[at + i + 2] ?? 0);
      d += (query[i + 3] ?? 0) * (vectors[at + i + 3] ?? 0);
    }
    for (; i < dimension; i++) a += (query[i] ?? 0) * (vectors[at + i] ?? 0);
    return a + b + c + d;
  }

  #add(seq: number, doc: number, bytes: Uint8Array): void {
    if (this.#size === this.#docs.length) this.#grow();
    const slot = this.#size++;
    this.#vectors.set(new Float32Array(Uint8Array.from(bytes).buffer), slot * this.#dimension);
    this.#docs[slot] = doc;
    this.#seqs[slot] = seq;
    this.#slotOf.set(seq, slot);
  }

  #remove(seq: number): void {
    const slot = this.#slotOf.get(seq);
    if (slot === undefined) return;
    this.#slotOf.delete(seq);
    const last = --this.#size;
    if (slot === last) return;
    const width = this.#dimension;
    this.#vectors.copyWithin(slot * width, last * width, (last + 1) * width);
    const movedSeq = this.#seqs[last] ?? 0;
    this.#docs[slot] = this.#docs[last] ?? 0;
    this.#seqs[slot] = movedSeq;
    this.#slotOf.set(movedSeq, slot);
  }

  #grow(): void {
    const capacity = Math.ceil(this.#docs.length * 1.5);
    const vectors = new Float32Array(capacity * this.#dimension);
    vectors.set(this.#vectors);
    this.#vectors = vectors;
    const docs = new Int32Array(capacity);
    docs.set(this.#docs);
    this.#docs = docs;
    const seqs = new Int32Array(capacity);
    seqs.set(this.#seqs);
    this.#seqs = seqs;
  }
}

function topOf(best: ReadonlyMap<number, NearestPassage>, depth: number): readonly NearestPassage[] {
  return [...best.values()].sort((a, b) => b.score - a.score || a.doc - b.doc).slice(0, depth);
}
