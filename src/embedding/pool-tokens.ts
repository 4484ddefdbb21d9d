import type { Pooling } from './model.ts';

/** The last hidden states of one batch, as the network returns them. */
export interface HiddenStates {
  /** `batch × width × dimension` numbers. */
  readonly values: Float32Array;
  readonly width: number;
  readonly dimension: number;
  /** Real tokens of each text; the rest is padding at the end. */
  readonly lengths: readonly number[];
}

/**
 * One vector per text out of the token states.
 * @returns a fresh array of `batch × dimension` numbers
 */
export function poolTokens(states: HiddenStates, pooling: Pooling, normalize: boolean): Float32Array {
  const { values, width, dimension, lengths } = states;
  const pooled = new Float32Array(lengths.length * dimension);
  lengths.forEach((length, row) => {
    const start = row * width * dimension;
    const out = pooled.subarray(row * dimension, (row + 1) * dimension);
    if (pooling === 'cls') out.set(values.subarray(start, start + dimension));
    else addMean(out, values.subarray(start, start + length * dimension), dimension, length);
    if (normalize) toUnitLength(out);
  });
  return pooled;
}

/** Scales a vector to length 1 in place; a zero vector stays zero. */
export function toUnitLength(vector: Float32Array): Float32Array {
  let sum = 0;
  for (const value of vector) sum += value * value;
  const scale = sum > 0 ? 1 / Math.sqrt(sum) : 0;
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] ?? 0) * scale;
  return vector;
}

function addMean(out: Float32Array, states: Float32Array, dimension: number, length: number): void {
  for (let token = 0; token < length; token++) {
    const offset = token * dimension;
    for (let i = 0; i < dimension; i++) out[i] = (out[i] ?? 0) + (states[offset + i] ?? 0);
  }
  for (let i = 0; i < dimension; i++) out[i] = (out[i] ?? 0) / length;
}
