import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { weightsPath } from '../../src/embedding/adapters/model-folder.ts';
import { loadNetwork, padBatch } from '../../src/embedding/adapters/onnx-network.ts';
import { batchByTokens, type Embedder, type EncoderProfile } from '../../src/embedding/index.ts';
import type { Figure } from '../figure.ts';
import { compared } from '../judge-figure.ts';

const tokenBudget = 2048;
const slice = 256;

/**
 * Texts per second through the whole encoder (thread, tokenizer, pooling) beside a bare onnxruntime loop over the very same
 * batches, tokenised and padded beforehand. The two take turns, so that a busy machine hurts both.
 */
export async function measureEncoder(
  embedder: Embedder,
  profile: EncoderProfile,
  folder: string,
  texts: readonly string[],
  threads: number,
): Promise<Figure> {
  const batches = await paddedBatches(profile, folder, texts);
  const session = await InferenceSession.create(join(folder, weightsPath(profile.weights)), {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  });
  await embedder.embed(texts.slice(0, 32), 'document');
  const seconds = { ours: 0, bare: 0 };
  for (let round = 0; round < 3; round++) {
    const start = performance.now();
    await embedder.embed(texts, 'document');
    const middle = performance.now();
    for (const inputs of batches) await session.run(inputs);
    seconds.ours += (middle - start) / 1000;
    seconds.bare += (performance.now() - middle) / 1000;
  }
  const done = 3 * texts.length;
  const name = `encoder ${profile.name}, abstracts, ${threads} threads`;
  const value = done / seconds.ours;
  return compared(
    { name, value, unit: 'texts/s', rival: 'bare onnxruntime loop, same batches', rivalValue: done / seconds.bare },
    { atLeast: 0.9 },
  );
}

async function paddedBatches(
  profile: EncoderProfile,
  folder: string,
  texts: readonly string[],
): Promise<readonly Record<string, Tensor>[]> {
  const { maxTokens } = profile.document;
  const options = { folder, weights: profile.weights, maxTokens, threads: 1, device: 'cpu', tokenBudget } as const;
  const network = await loadNetwork(options, 'states');
  const batches: Record<string, Tensor>[] = [];
  for (let at = 0; at < texts.length; at += slice) {
    const tokens = network.tokenize(texts.slice(at, at + slice));
    for (const { indexes, width } of batchByTokens(
      tokens.map(({ ids }) => ids.length),
      tokenBudget,
    )) {
      const { ids, mask, types } = padBatch(
        indexes.map((index) => tokens[index] ?? { ids: [], types: [] }),
        width,
      );
      const dims = [indexes.length, width];
      batches.push({
        input_ids: new Tensor('int64', ids, dims),
        attention_mask: new Tensor('int64', mask, dims),
        token_type_ids: new Tensor('int64', types, dims),
      });
    }
  }
  return batches;
}
