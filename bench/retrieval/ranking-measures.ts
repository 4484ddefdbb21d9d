/** Graded relevance of documents for one question; absent is not relevant. */
export type Judgements = ReadonlyMap<string, number>;

/** Normalised discounted cumulative gain at 10 (Järvelin & Kekäläinen 2002, doi:10.1145/582415.582418), gain = grade as in BEIR. */
export function ndcgAt10(ranked: readonly string[], judgements: Judgements): number {
  const gain = (grades: readonly number[]): number =>
    grades.reduce((sum, grade, rank) => sum + grade / Math.log2(rank + 2), 0);
  const ideal = gain([...judgements.values()].sort((a, b) => b - a).slice(0, 10));
  return ideal === 0 ? 0 : gain(ranked.slice(0, 10).map((id) => judgements.get(id) ?? 0)) / ideal;
}

/** Share of the relevant documents among the first `k`. */
export function recallAt(k: number, ranked: readonly string[], judgements: Judgements): number {
  const relevant = [...judgements].filter(([, grade]) => grade > 0).map(([id]) => id);
  const found = new Set(ranked.slice(0, k));
  return relevant.length === 0 ? 0 : relevant.filter((id) => found.has(id)).length / relevant.length;
}

/** One over the rank of the first relevant document; 0 when none is found. */
export function reciprocalRank(ranked: readonly string[], judgements: Judgements): number {
  const rank = ranked.findIndex((id) => (judgements.get(id) ?? 0) > 0);
  return rank < 0 ? 0 : 1 / (rank + 1);
}

/** Mean of numbers; 0 of none. */
export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * 95 % interval of the mean difference of paired measurements, by bootstrap over the pairs (Sakai 2006,
 * doi:10.1145/1148170.1148261) with a fixed seed.
 */
export function pairedInterval(
  a: readonly number[],
  b: readonly number[],
  rounds = 5000,
): readonly [low: number, high: number] {
  const differences = a.map((value, index) => value - (b[index] ?? 0));
  let state = 20240601;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  const means = Array.from({ length: rounds }, () =>
    mean(differences.map(() => differences[Math.floor(next() * differences.length)] ?? 0)),
  ).sort((x, y) => x - y);
  return [means[Math.floor(rounds * 0.025)] ?? 0, means[Math.floor(rounds * 0.975)] ?? 0];
}

/** The value below which `share` of the sorted values lie. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
