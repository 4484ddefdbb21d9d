import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf, StartupError } from '../../kernel/errors.ts';
import type { EncoderSource, ModelProfile, WeightsType } from '../model.ts';

const weightFiles: Record<WeightsType, string> = {
  q8: 'onnx/model_quantized.onnx',
  fp16: 'onnx/model_fp16.onnx',
  fp32: 'onnx/model.onnx',
};

/** Path of the weights inside a model folder, as transformers.js expects it. */
export function weightsPath(weights: WeightsType): string {
  return weightFiles[weights];
}

const poolingFile = z.looseObject({ pooling_mode_cls_token: z.boolean().default(false) });
const sentenceFile = z.looseObject({ max_seq_length: z.number().int().positive() });
const configFile = z.looseObject({
  hidden_size: z.number().int().positive(),
  max_position_embeddings: z.number().int().positive(),
  architectures: z.array(z.string()).default([]),
});
const ownFile = z.strictObject({
  name: z.string().optional(),
  title: z.string().optional(),
  pooling: z.enum(['mean', 'cls']).optional(),
  normalize: z.boolean().optional(),
  similarity: z.enum(['cosine', 'dot']).optional(),
  queryPrefix: z.string().optional(),
  documentPrefix: z.string().optional(),
  maxTokens: z.number().int().positive().optional(),
  licence: z.string().optional(),
});

/** Which of a network's files a folder lacks; empty when it can be loaded. */
export function missingFiles(folder: string, source: EncoderSource): readonly string[] {
  return source.files.map(({ path }) => path).filter((path) => !existsSync(join(folder, path)));
}

/**
 * Describes a local model folder as a profile: from `mia-profile.json` where it says so, else from what sentence-transformers
 * and transformers write beside a model (`1_Pooling/config.json`, `sentence_bert_config.json`, `config.json`). A network for
 * sequence classification is a cross-encoder.
 * @throws StartupError when the folder is no model, naming the missing file
 */
export async function profileOfFolder(folder: string): Promise<ModelProfile> {
  const config = await readOptional(join(folder, 'config.json'), configFile);
  if (config === undefined) throw new StartupError(`${folder} is no model folder: config.json is absent`);
  const own = (await readOptional(join(folder, 'mia-profile.json'), ownFile)) ?? {};
  const pooling = await readOptional(join(folder, '1_Pooling/config.json'), poolingFile);
  const sentence = await readOptional(join(folder, 'sentence_bert_config.json'), sentenceFile);
  const weights = (['q8', 'fp32', 'fp16'] as const).find((type) => existsSync(join(folder, weightFiles[type])));
  if (weights === undefined) {
    throw new StartupError(
      `${folder} holds no ONNX weights: put them at ${weightFiles.q8} or ${weightFiles.fp32}; models/convert makes them from PyTorch weights`,
    );
  }
  const maxTokens = Math.min(own.maxTokens ?? sentence?.max_seq_length ?? 512, config.max_position_embeddings);
  const described = {
    name: own.name ?? folder,
    title: own.title ?? `Local folder ${folder}`,
    weights,
    licence: own.licence ?? 'unknown',
    note: 'A local folder: its licence is between you and its source.',
  };
  const network = { folder, files: networkFiles(weights), maxTokens };
  if (config.architectures.some((name) => name.endsWith('ForSequenceClassification')))
    return { kind: 'reranker', ...described, network };
  return {
    kind: 'encoder',
    ...described,
    document: network,
    pooling: own.pooling ?? (pooling?.pooling_mode_cls_token === true ? 'cls' : 'mean'),
    normalize: own.normalize ?? own.similarity !== 'dot',
    queryPrefix: own.queryPrefix ?? '',
    documentPrefix: own.documentPrefix ?? '',
    dimension: config.hidden_size,
    similarity: own.similarity ?? 'cosine',
  };
}

/** Files that every network needs. */
export function networkFiles(weights: WeightsType): readonly { readonly path: string }[] {
  return [
    { path: 'config.json' },
    { path: 'tokenizer.json' },
    { path: 'tokenizer_config.json' },
    { path: weightFiles[weights] },
  ];
}

/** SHA-256 of a file, in hexadecimal, read as a stream. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer); // a byte stream: no encoding was set
  return hash.digest('hex');
}

async function readOptional<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  if (!existsSync(path)) return undefined;
  try {
    return schema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (error) {
    throw new StartupError(`${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
