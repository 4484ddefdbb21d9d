import { Moved, serveWorker } from '../../kernel/worker-call.ts';
import type { EncodeRole, EncoderProfile } from '../model.ts';
import { poolTokens } from '../pool-tokens.ts';
import { loadNetwork, type Network, type NetworkOptions } from './onnx-network.ts';

/** Start data of the thread. */
export interface EncoderWorkerData {
  readonly profile: EncoderProfile;
  readonly document: NetworkOptions;
  /** Set where questions have a network of their own. */
  readonly query: NetworkOptions | undefined;
}

/** Methods of the thread. */
export interface EncoderWorkerApi {
  /** Loads the networks; @returns the length of a vector. */
  load(): Promise<number>;
  /** @returns `texts × dimension` numbers. */
  encode(texts: readonly string[], role: EncodeRole): Promise<Float32Array<ArrayBuffer>>;
}

serveWorker<EncoderWorkerApi>((start) => {
  const options = start as EncoderWorkerData; // handed over by TransformersEmbedder, the only one that starts this thread
  const { profile } = options;
  let networks: Promise<Record<EncodeRole, Network>> | undefined;
  const load = (): Promise<Record<EncodeRole, Network>> => (networks ??= loadBoth(options));
  let last: Promise<unknown> = Promise.resolve();

  async function encode(texts: readonly string[], role: EncodeRole): Promise<Float32Array<ArrayBuffer>> {
    const network = (await load())[role];
    const prefix = role === 'query' ? profile.queryPrefix : profile.documentPrefix;
    const tokens = network.tokenize(texts.map((text) => prefix + text));
    const vectors = new Float32Array(texts.length * profile.dimension);
    await network.run(tokens, (indexes, states) => {
      const pooled = poolTokens(states, profile.pooling, profile.normalize);
      indexes.forEach((index, row) => {
        vectors.set(pooled.subarray(row * states.dimension, (row + 1) * states.dimension), index * profile.dimension);
      });
    });
    return vectors;
  }

  return {
    async load() {
      await load();
      const probe = await encode(['probe'], 'document');
      return probe.length;
    },
    async encode(texts, role) {
      // One batch at a time: two at once would double the memory and win nothing on the same threads.
      const turn = last.then(() => encode(texts, role));
      last = turn.catch(() => undefined);
      const vectors = await turn;
      return new Moved(vectors, [vectors.buffer]);
    },
  };
});

async function loadBoth(options: EncoderWorkerData): Promise<Record<EncodeRole, Network>> {
  const document = await loadNetwork(options.document, 'states');
  return { document, query: options.query === undefined ? document : await loadNetwork(options.query, 'states') };
}
