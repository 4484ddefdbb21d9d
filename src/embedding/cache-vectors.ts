import { hashText } from './hash-profile.ts';
import type { EncodeRole } from './model.ts';
import type { Embedder, VectorCache } from './ports.ts';

/** Texts encoded between two writes to the cache: an interrupted run loses at most these. */
const sliceSize = 256;

/**
 * An embedder that encodes each text once per encoder: known vectors come from the cache, equal texts of one call are encoded
 * together.
 * @param onCacheError - told when the cache cannot be read or written; the answer is then computed as if it were empty
 */
export function cacheVectors(embedder: Embedder, cache: VectorCache, onCacheError: (error: unknown) => void): Embedder {
  async function embed(
    texts: readonly string[],
    role: EncodeRole,
    signal?: AbortSignal,
  ): Promise<readonly Float32Array[]> {
    const { hash } = await embedder.identity();
    const hashes = texts.map((text) => hashText(text, role));
    const known = await cache.get(hash, hashes).catch((error: unknown) => {
      onCacheError(error);
      return [];
    });
    const found = new Map<string, Float32Array>();
    const absent = new Map<string, string>();
    hashes.forEach((textHash, index) => {
      const vector = known[index];
      if (vector !== undefined) found.set(textHash, vector);
      else absent.set(textHash, texts[index] ?? '');
    });
    const missing = [...absent];
    for (let at = 0; at < missing.length; at += sliceSize) {
      const slice = missing.slice(at, at + sliceSize);
      const vectors = await embedder.embed(
        slice.map(([, text]) => text),
        role,
        signal,
      );
      const entries = slice.map(([textHash], index) => ({ textHash, vector: vectors[index] ?? new Float32Array() }));
      for (const { textHash, vector } of entries) found.set(textHash, vector);
      await cache.put(hash, entries).catch(onCacheError);
    }
    return hashes.map((textHash) => found.get(textHash) ?? new Float32Array());
  }
  return {
    identity: () => embedder.identity(),
    embed,
    async close() {
      await embedder.close();
      await cache.close();
    },
  };
}
