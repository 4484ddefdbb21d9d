import { serveWorker } from '../../kernel/worker-call.ts';
import { loadNetwork, type Network, type NetworkOptions } from './onnx-network.ts';

/** Methods of the thread. */
export interface RerankerWorkerApi {
  /** Loads the network; @returns how many numbers it gives for one pair. */
  load(): Promise<number>;
  /** @returns one score per text. */
  score(query: string, texts: readonly string[]): Promise<readonly number[]>;
}

serveWorker<RerankerWorkerApi>((start) => {
  const options = start as NetworkOptions; // handed over by TransformersReranker, the only one that starts this thread
  let network: Promise<Network> | undefined;
  let last: Promise<unknown> = Promise.resolve();

  async function logitsOf(query: string, texts: readonly string[]): Promise<readonly Float32Array[]> {
    const loaded = await (network ??= loadNetwork(options, 'logits'));
    const tokens = loaded.tokenize(
      texts.map(() => query),
      texts,
    );
    const logits: Float32Array[] = [];
    await loaded.run(tokens, (indexes, { values, dimension }) => {
      indexes.forEach((index, row) => {
        logits[index] = values.slice(row * dimension, (row + 1) * dimension);
      });
    });
    return logits;
  }

  return {
    async load() {
      const [probe] = await logitsOf('probe', ['probe']);
      return probe?.length ?? 0;
    },
    async score(query, texts) {
      // One batch at a time: two at once would double the memory and win nothing on the same threads.
      const turn = last.then(() => logitsOf(query, texts));
      last = turn.catch(() => undefined);
      return (await turn).map(scoreOf);
    },
  };
});

/** One number is the score; of two, the second says relevant and the first says not. */
function scoreOf(logits: Float32Array): number {
  const [first = 0, second] = logits;
  return second === undefined ? first : second - first;
}
