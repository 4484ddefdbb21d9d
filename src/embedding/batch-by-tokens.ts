/** One batch of texts that the encoder runs at once. */
export interface TokenBatch {
  /** Positions in the caller's list. */
  readonly indexes: readonly number[];
  /** Width of the padded batch, in tokens. */
  readonly width: number;
}

/**
 * Groups texts of similar length so that `texts × longest` stays within a budget: memory follows tokens, not texts, and little
 * is spent on padding.
 * @param lengths - tokens of each text, special tokens included
 * @param budget - most tokens in one padded batch; a longer single text gets a batch of its own
 * @returns batches that name every position exactly once, longest texts first so that the peak comes at once
 */
export function batchByTokens(lengths: readonly number[], budget: number): readonly TokenBatch[] {
  const order = lengths.map((length, index) => ({ length, index })).sort((a, b) => b.length - a.length);
  const batches: TokenBatch[] = [];
  let indexes: number[] = [];
  let width = 0;
  for (const { length, index } of order) {
    if (indexes.length > 0 && width * (indexes.length + 1) > budget) {
      batches.push({ indexes, width });
      indexes = [];
    }
    if (indexes.length === 0) width = length;
    indexes.push(index);
  }
  if (indexes.length > 0) batches.push({ indexes, width });
  return batches;
}
