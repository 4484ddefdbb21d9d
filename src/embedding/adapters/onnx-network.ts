import { basename, dirname } from 'node:path';
import { AutoModel, AutoModelForSequenceClassification, AutoTokenizer, env, Tensor } from '@huggingface/transformers';
import { UpstreamContractError } from '../../kernel/errors.ts';
import { batchByTokens } from '../batch-by-tokens.ts';
import type { WeightsType } from '../model.ts';
import type { HiddenStates } from '../pool-tokens.ts';
import type { Device } from './choose-device.ts';

/** How one network is run. */
export interface NetworkOptions {
  /** Folder with `config.json`, `tokenizer.json` and `onnx/`. */
  readonly folder: string;
  readonly weights: WeightsType;
  readonly maxTokens: number;
  /** Threads inside one matrix product. */
  readonly threads: number;
  readonly device: Device;
  /** Most tokens of one padded batch: bounds memory (2,048 tokens of a 12-layer BERT take about 0.3 GB). */
  readonly tokenBudget: number;
}

/** A tokenised text. */
export interface Tokens {
  readonly ids: readonly number[];
  readonly types: readonly number[];
}

/** One tokenizer with its network, loaded from a local folder through transformers.js; never from the internet. */
export interface Network {
  tokenize(texts: readonly string[], pairs?: readonly string[]): readonly Tokens[];
  /** Runs batches of bounded size and hands each batch's last hidden states (or logits) to `take`. */
  run(tokens: readonly Tokens[], take: (indexes: readonly number[], states: HiddenStates) => void): Promise<void>;
}

type Tokenizer = Awaited<ReturnType<typeof AutoTokenizer.from_pretrained>>;
type Model = Awaited<ReturnType<typeof AutoModel.from_pretrained>>;

/**
 * Loads a BERT-type encoder (`head: 'states'`) or a cross-encoder (`head: 'logits'`).
 * @throws whatever onnxruntime says when files are broken; which file is missing is found earlier, by `inspectFolder`
 */
export async function loadNetwork(options: NetworkOptions, head: 'states' | 'logits'): Promise<Network> {
  env.allowRemoteModels = false;
  env.allowLocalModels = true;
  env.localModelPath = dirname(options.folder);
  const name = basename(options.folder);
  const tokenizer = await AutoTokenizer.from_pretrained(name);
  const loader = head === 'states' ? AutoModel : AutoModelForSequenceClassification;
  const model = await loader.from_pretrained(name, {
    dtype: options.weights,
    device: options.device,
    session_options: {
      intraOpNumThreads: options.threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      // Spinning threads would burn the cores that the server needs between two batches.
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    },
  });
  return {
    tokenize: (texts, pairs) => tokenize(tokenizer, texts, pairs, options.maxTokens),
    async run(tokens, take) {
      const lengths = tokens.map(({ ids }) => ids.length);
      for (const { indexes, width } of batchByTokens(lengths, options.tokenBudget)) {
        const rows = indexes.map((index) => tokens[index] ?? { ids: [], types: [] });
        take(indexes, await forward(model, rows, width));
      }
    },
  };
}

/** Padded network inputs of one batch: int64 tensors of `rows × width`. */
export function padBatch(rows: readonly Tokens[], width: number): Record<'ids' | 'mask' | 'types', BigInt64Array> {
  const size = rows.length * width;
  const batch = { ids: new BigInt64Array(size), mask: new BigInt64Array(size), types: new BigInt64Array(size) };
  rows.forEach(({ ids, types }, row) => {
    ids.forEach((id, column) => {
      const at = row * width + column;
      batch.ids[at] = BigInt(id);
      batch.mask[at] = 1n;
      batch.types[at] = BigInt(types[column] ?? 0);
    });
  });
  return batch;
}

async function forward(model: Model, rows: readonly Tokens[], width: number): Promise<HiddenStates> {
  const { ids, mask, types } = padBatch(rows, width);
  const dims = [rows.length, width];
  const output: unknown = await model({
    input_ids: new Tensor('int64', ids, dims),
    attention_mask: new Tensor('int64', mask, dims),
    token_type_ids: new Tensor('int64', types, dims),
  });
  const states = firstTensor(output);
  if (!(states.data instanceof Float32Array))
    throw new UpstreamContractError('The network did not return float32 numbers');
  const dimension = states.dims.at(-1) ?? 0;
  // A copy: the tensor's memory belongs to onnxruntime once it is disposed.
  const values = states.data.slice();
  return { values, width: states.dims.length === 3 ? width : 1, dimension, lengths: rows.map(({ ids }) => ids.length) };
}

function firstTensor(output: unknown): Tensor {
  if (typeof output === 'object' && output !== null) {
    const named = new Map<string, unknown>(Object.entries(output));
    for (const name of ['last_hidden_state', 'token_embeddings', 'logits']) {
      const value = named.get(name);
      if (value instanceof Tensor) return value;
    }
  }
  throw new UpstreamContractError('The network returned neither last_hidden_state, token_embeddings nor logits');
}

function tokenize(
  tokenizer: Tokenizer,
  texts: readonly string[],
  pairs: readonly string[] | undefined,
  maxTokens: number,
): readonly Tokens[] {
  // Asked of the tokenizer itself: not every tokenizer_config.json names its separator.
  const empty: unknown = tokenizer('', { return_tensor: false });
  const closing = numbersOf(new Map<string, unknown>(Object.entries(Object(empty) as object)).get('input_ids')).at(-1);
  return texts.map((text, index) => {
    const pair = pairs?.[index];
    const encoded: unknown = tokenizer(text, {
      ...(pair === undefined ? {} : { text_pair: pair }),
      truncation: true,
      max_length: maxTokens,
      padding: false,
      return_tensor: false,
      return_token_type_ids: true,
    });
    const fields = new Map<string, unknown>(Object.entries(Object(encoded) as object));
    const ids = closeText(numbersOf(fields.get('input_ids')), closing, maxTokens);
    return { ids, types: fields.has('token_type_ids') ? numbersOf(fields.get('token_type_ids')) : ids.map(() => 0) };
  });
}

/** transformers.js 4.3 cuts the closing separator off with the rest of a long text; encoders were trained with it. */
function closeText(ids: readonly number[], separator: number | undefined, maxTokens: number): readonly number[] {
  if (separator === undefined || ids.length < maxTokens || ids.at(-1) === separator) return ids;
  return [...ids.slice(0, -1), separator];
}

function numbersOf(value: unknown): readonly number[] {
  if (!Array.isArray(value)) throw new UpstreamContractError('The tokenizer returned no token ids');
  // Batched tokenizers wrap a single text in one more list.
  const flat: unknown[] = Array.isArray(value[0]) ? (value[0] as unknown[]) : value;
  return flat.map(Number);
}
