import { type Embedder, type EncoderIdentity, toUnitLength } from '../../src/embedding/index.ts';

/** A stand-in encoder without a model: texts that share words are near. Same contract as the real one, told apart by `name`. */
export function hashEmbedder(dimension = 32, name = 'hash'): Embedder {
  const identity: EncoderIdentity = { profile: name, hash: `${name}-${dimension}`, dimension, similarity: 'cosine' };
  return {
    identity: () => Promise.resolve(identity),
    embed: (texts) => Promise.resolve(texts.map((text) => hashVector(text, dimension))),
    close: () => Promise.resolve(),
  };
}

function hashVector(text: string, dimension: number): Float32Array {
  const vector = new Float32Array(dimension);
  for (const word of text.toLowerCase().split(/\W+/u)) {
    if (word === '') continue;
    let hash = 2166136261;
    for (const letter of word) hash = Math.imul(hash ^ (letter.codePointAt(0) ?? 0), 16777619) >>> 0;
    const slot = hash % dimension;
    vector[slot] = (vector[slot] ?? 0) + (hash & 0x10000 ? 1 : -1);
  }
  return toUnitLength(vector);
}
