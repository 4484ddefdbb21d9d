/** A tensor of weights, or an int64 list of shapes and axes. */
export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly values: Float32Array | BigInt64Array;
}

/** One operation; attributes are integers, lists of integers or one float. */
export interface OnnxNode {
  readonly kind: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes: Readonly<Record<string, number | readonly number[] | { readonly float: number }>>;
}

/** Just enough of ONNX's protobuf (onnx.proto, IR 8, opset 17) to write a small network without a converter. */
export function onnxBytes(graph: {
  readonly inputs: readonly string[];
  readonly output: string;
  /** Shape of the output; a name stands for whatever comes. */
  readonly outputDims: readonly (string | number)[];
  readonly nodes: readonly OnnxNode[];
  readonly tensors: readonly OnnxTensor[];
}): Buffer {
  const body = Buffer.concat([
    ...graph.nodes.map((node) => message(1, nodeBytes(node))),
    text(2, 'random'),
    ...graph.tensors.map((tensor) => message(5, tensorBytes(tensor))),
    ...graph.inputs.map((name) => message(11, valueBytes(name, int64, ['batch', 'width']))),
    message(12, valueBytes(graph.output, float32, graph.outputDims)),
  ]);
  return Buffer.concat([number(1, 8), message(7, body), message(8, Buffer.concat([text(1, ''), number(2, 17)]))]);
}

const float32 = 1;
const int64 = 7;

function nodeBytes({ kind, inputs, output, attributes }: OnnxNode): Buffer {
  return Buffer.concat([
    ...inputs.map((name) => text(1, name)),
    text(2, output),
    text(4, kind),
    ...Object.entries(attributes).map(([name, value]) => message(5, attributeBytes(name, value))),
  ]);
}

function attributeBytes(name: string, value: OnnxNode['attributes'][string]): Buffer {
  if (typeof value === 'number') return Buffer.concat([text(1, name), number(3, value), number(20, 2)]);
  if ('float' in value) {
    const bits = Buffer.alloc(4);
    bits.writeFloatLE(value.float);
    return Buffer.concat([text(1, name), varint((2 << 3) | 5), bits, number(20, 1)]);
  }
  return Buffer.concat([text(1, name), ...value.map((each) => number(8, each)), number(20, 7)]);
}

function tensorBytes({ name, dims, values }: OnnxTensor): Buffer {
  const type = values instanceof Float32Array ? float32 : int64;
  const raw = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return Buffer.concat([...dims.map((dim) => number(1, dim)), number(2, type), text(8, name), message(9, raw)]);
}

function valueBytes(name: string, type: number, dims: readonly (string | number)[]): Buffer {
  const shape = dims.map((dim) => message(1, typeof dim === 'string' ? text(2, dim) : number(1, dim)));
  const tensor = Buffer.concat([number(1, type), message(2, Buffer.concat(shape))]);
  return Buffer.concat([text(1, name), message(2, message(1, tensor))]);
}

function text(field: number, value: string): Buffer {
  return message(field, Buffer.from(value));
}

function message(field: number, bytes: Buffer): Buffer {
  return Buffer.concat([varint((field << 3) | 2), varint(bytes.length), bytes]);
}

function number(field: number, value: number): Buffer {
  return Buffer.concat([varint(field << 3), varint(value)]);
}

/** Protobuf's variable-length integer; negative ones take ten bytes. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return Buffer.from([...bytes, Number(rest)]);
}
