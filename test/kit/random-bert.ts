import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type OnnxNode, type OnnxTensor, onnxBytes } from './onnx-bytes.ts';

/** Shape of BioBERT base, but for the vocabulary and the inner width. */
const [width, heads, layers, inner, positions] = [768, 12, 12, 256, 64];
const letters = Array.from('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789');
const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
const words = [...special, ...letters, ...letters.map((letter) => `##${letter}`)];

/** What kind of network is made. */
export interface RandomBertOptions {
  /** Makes a cross-encoder with so many numbers per pair; an encoder when absent. */
  readonly classes?: number;
  /** Where its weights go. */
  readonly weights?: string;
}

/**
 * Writes a model folder with a cased BERT of 12 layers and 768 dimensions and random weights (11 MB: all layers share theirs),
 * laid out as `models/convert` does. Its vectors mean nothing; what is tested is that such a network is loaded and run.
 */
export function writeRandomBert(folder: string, options: RandomBertOptions = {}): void {
  const { classes, weights = 'onnx/model.onnx' } = options;
  mkdirSync(join(folder, 'onnx'), { recursive: true });
  const json = (name: string, content: object): void => writeFileSync(join(folder, name), JSON.stringify(content));
  json('config.json', {
    model_type: 'bert',
    architectures: [classes === undefined ? 'BertModel' : 'BertForSequenceClassification'],
    hidden_size: width,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    intermediate_size: inner,
    max_position_embeddings: positions,
    vocab_size: words.length,
  });
  json('tokenizer_config.json', {
    tokenizer_class: 'BertTokenizer',
    do_lower_case: false,
    model_max_length: positions,
  });
  json('tokenizer.json', tokenizer());
  const graph = new RandomGraph();
  const output = classes === undefined ? graph.encoder() : graph.classifier(classes);
  const outputDims = classes === undefined ? ['batch', 'width', width] : ['batch', classes];
  const inputs = ['input_ids', 'attention_mask', 'token_type_ids'];
  const bytes = onnxBytes({ inputs, output, outputDims, nodes: graph.nodes, tensors: [...graph.tensors.values()] });
  writeFileSync(join(folder, weights), bytes);
}

function tokenizer(): object {
  const vocab = Object.fromEntries(words.map((word, id) => [word, id]));
  const token = (id: string): object => ({ SpecialToken: { id, type_id: 0 } });
  const sequence = (id: string, type: number): object => ({ Sequence: { id, type_id: type } });
  return {
    version: '1.0',
    added_tokens: special.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, lowercase: false },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [token('[CLS]'), sequence('A', 0), token('[SEP]')],
      pair: [token('[CLS]'), sequence('A', 0), token('[SEP]'), sequence('B', 1), token('[SEP]')],
      special_tokens: Object.fromEntries(
        ['[CLS]', '[SEP]'].map((id) => [id, { id, ids: [words.indexOf(id)], tokens: [id] }]),
      ),
    },
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', vocab },
  };
}

/** The nodes of a BERT encoder (Devlin et al. 2019, arXiv:1810.04805), its weights drawn once per name from a fixed seed. */
class RandomGraph {
  readonly nodes: OnnxNode[] = [];
  readonly tensors = new Map<string, OnnxTensor>();
  #state = 7;

  encoder(name = 'last_hidden_state'): string {
    const mask = this.#add('Cast', ['attention_mask'], { to: 1 });
    const away = this.#add('Mul', [this.#add('Sub', [this.#scalar(1), mask]), this.#scalar(-10000)]);
    const bias = this.#add('Unsqueeze', [away, this.#integers('axes', [1, 2])]);
    const size = this.#add('Shape', ['input_ids']);
    const length = this.#add('Slice', [size, this.#integers('from1', [1]), this.#integers('to2', [2])]);
    const start = this.#integers('from0', [0]);
    const places = this.#add('Slice', [this.#weight('places', [positions, width]), start, length, start]);
    const tokens = this.#add('Gather', [this.#weight('words', [words.length, width]), 'input_ids']);
    const types = this.#add('Gather', [this.#weight('types', [2, width]), 'token_type_ids']);
    let states = this.#norm(this.#add('Add', [this.#add('Add', [tokens, types]), places]));
    for (let layer = 0; layer < layers; layer++) states = this.#layer(states, bias);
    return this.#add('Identity', [states], {}, name);
  }

  /** Numbers out of the first token's state, as sequence classification has them. */
  classifier(classes: number): string {
    const states = this.encoder('states');
    const one = [this.#integers('first', [0]), this.#integers('second', [1]), this.#integers('axis1', [1])];
    const first = this.#add('Slice', [states, ...one]);
    const pooled = this.#add('Reshape', [first, this.#integers('flat', [0, width])]);
    return this.#add('Identity', [this.#dense(pooled, 'classes', width, classes)], {}, 'logits');
  }

  #layer(states: string, bias: string): string {
    const query = this.#heads(this.#dense(states, 'query', width, width), [0, 2, 1, 3]);
    const key = this.#heads(this.#dense(states, 'key', width, width), [0, 2, 3, 1]);
    const value = this.#heads(this.#dense(states, 'value', width, width), [0, 2, 1, 3]);
    const scores = this.#add('Mul', [this.#add('MatMul', [query, key]), this.#scalar((width / heads) ** -0.5)]);
    const shares = this.#add('Softmax', [this.#add('Add', [scores, bias])], { axis: -1 });
    const mixed = this.#add('Transpose', [this.#add('MatMul', [shares, value])], { perm: [0, 2, 1, 3] });
    const joined = this.#add('Reshape', [mixed, this.#integers('join', [0, 0, width])]);
    const attended = this.#norm(this.#add('Add', [this.#dense(joined, 'out', width, width), states]));
    const hidden = this.#add('Relu', [this.#dense(attended, 'up', width, inner)]);
    return this.#norm(this.#add('Add', [this.#dense(hidden, 'down', inner, width), attended]));
  }

  #heads(states: string, perm: readonly number[]): string {
    const shape = this.#integers('split', [0, 0, heads, width / heads]);
    return this.#add('Transpose', [this.#add('Reshape', [states, shape])], { perm });
  }

  #dense(states: string, name: string, from: number, to: number): string {
    return this.#add('MatMul', [states, this.#weight(name, [from, to])]);
  }

  #norm(states: string): string {
    const ones = this.#tensor('ones', [width], () => new Float32Array(width).fill(1));
    return this.#add('LayerNormalization', [states, ones], { axis: -1, epsilon: { float: 1e-12 } });
  }

  #weight(name: string, dims: readonly number[]): string {
    const size = dims.reduce((product, dim) => product * dim, 1);
    return this.#tensor(name, dims, () => Float32Array.from({ length: size }, () => this.#random() * 0.1));
  }

  #scalar(value: number): string {
    return this.#tensor(`scalar ${value}`, [], () => Float32Array.of(value));
  }

  #integers(name: string, values: readonly number[]): string {
    return this.#tensor(name, [values.length], () => BigInt64Array.from(values, BigInt));
  }

  #tensor(name: string, dims: readonly number[], make: () => OnnxTensor['values']): string {
    if (!this.tensors.has(name)) this.tensors.set(name, { name, dims, values: make() });
    return name;
  }

  #add(
    kind: string,
    inputs: readonly string[],
    attributes: OnnxNode['attributes'] = {},
    output = `${kind} ${this.nodes.length}`,
  ): string {
    this.nodes.push({ kind, inputs, output, attributes });
    return output;
  }

  /** Linear congruential, -1..1: the same weights at every run. */
  #random(): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return this.#state / 2 ** 31 - 1;
  }
}
