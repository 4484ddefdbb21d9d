#!/usr/bin/env python3
"""Turns a PyTorch BERT encoder or cross-encoder into the ONNX layout that `mia` loads, without PyTorch.

    python3 convert_encoder.py SOURCE TARGET [--fp32]

SOURCE holds config.json and model.safetensors (or pytorch_model.bin, which needs `pip install torch`), and the tokenizer.
TARGET gets config.json, tokenizer.json, tokenizer_config.json and onnx/model_quantized.onnx (int8, dynamic, per channel),
with --fp32 also onnx/model.onnx. Any BERT works: cased or not, of any width and depth (BioBERT, PubMedBERT, MedCPT, MiniLM).
One for sequence classification (config.json says so) keeps its head: it scores pairs of question and text.
"""
import argparse
import json
import pathlib
import shutil
import struct
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

DTYPES = {"F32": np.float32, "F16": np.float16, "I64": np.int64}


def read_safetensors(path):
    """Tensors of a safetensors file (https://github.com/huggingface/safetensors#format) as float32, by name."""
    raw = path.read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        if entry["dtype"] == "BF16":
            values = (np.frombuffer(raw[begin:end], np.uint16).astype(np.uint32) << 16).view(np.float32)
        else:
            values = np.frombuffer(raw[begin:end], DTYPES[entry["dtype"]])
        tensors[name] = values.reshape(entry["shape"]).astype(np.float32)
    return tensors


def read_weights(source):
    if (source / "model.safetensors").exists():
        tensors = read_safetensors(source / "model.safetensors")
    elif (source / "pytorch_model.bin").exists():
        import torch

        state = torch.load(source / "pytorch_model.bin", map_location="cpu", weights_only=True)
        tensors = {name: value.float().numpy() for name, value in state.items()}
    else:
        raise SystemExit(f"{source} holds neither model.safetensors nor pytorch_model.bin")
    tensors = {name.removeprefix("bert."): value for name, value in tensors.items()}
    # Older checkpoints name the parameters of a layer norm gamma and beta.
    return {n.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias"): v
            for n, v in tensors.items()}


class Graph:
    """Nodes and weights in the making."""

    def __init__(self, weights, config):
        self.weights, self.config = weights, config
        self.nodes, self.initializers, self.count = [], {}, 0

    def constant(self, name, values):
        self.initializers.setdefault(name, numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def weight(self, name, transpose=False):
        values = self.weights[name]
        return self.constant(name + (".T" if transpose else ""), values.T if transpose else values)

    def add(self, kind, *inputs, **attributes):
        self.count += 1
        output = f"{kind}_{self.count}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def dense(self, x, name):
        return self.add("Add", self.add("MatMul", x, self.weight(f"{name}.weight", True)), self.weight(f"{name}.bias"))

    def norm(self, x, name):
        return self.add("LayerNormalization", x, self.weight(f"{name}.weight"), self.weight(f"{name}.bias"),
                        axis=-1, epsilon=float(self.config.get("layer_norm_eps", 1e-12)))

    def gelu(self, x):
        inner = self.add("Erf", self.add("Mul", x, self.constant("sqrt_half", np.float32(0.5**0.5))))
        half = self.add("Mul", x, self.constant("half", np.float32(0.5)))
        return self.add("Mul", half, self.add("Add", inner, self.constant("one", np.float32(1))))

    def heads(self, x, order):
        size = self.config["hidden_size"] // self.config["num_attention_heads"]
        shape = self.constant("split", np.array([0, 0, self.config["num_attention_heads"], size], np.int64))
        return self.add("Transpose", self.add("Reshape", x, shape), perm=order)

    def embeddings(self):
        root = "embeddings"
        words = self.add("Gather", self.weight(f"{root}.word_embeddings.weight"), "input_ids")
        types = self.add("Gather", self.weight(f"{root}.token_type_embeddings.weight"), "token_type_ids")
        # Slice, not Gather(Range): onnxruntime fuses the latter wrongly.
        width = self.add("Slice", self.add("Shape", "input_ids"), self.constant("i1", np.array([1], np.int64)),
                         self.constant("i2", np.array([2], np.int64)))
        places = self.add("Slice", self.weight(f"{root}.position_embeddings.weight"),
                          self.constant("i0", np.array([0], np.int64)), width, "i0")
        return self.norm(self.add("Add", self.add("Add", words, types), places), f"{root}.LayerNorm")

    def layer(self, x, mask, number):
        root = f"encoder.layer.{number}"
        attention = f"{root}.attention"
        query = self.heads(self.dense(x, f"{attention}.self.query"), [0, 2, 1, 3])
        key = self.heads(self.dense(x, f"{attention}.self.key"), [0, 2, 3, 1])
        value = self.heads(self.dense(x, f"{attention}.self.value"), [0, 2, 1, 3])
        scale = self.constant("scale", np.float32((self.config["hidden_size"] // self.config["num_attention_heads"]) ** -0.5))
        scores = self.add("Add", self.add("Mul", self.add("MatMul", query, key), scale), mask)
        mixed = self.add("Transpose", self.add("MatMul", self.add("Softmax", scores, axis=-1), value), perm=[0, 2, 1, 3])
        joined = self.add("Reshape", mixed, self.constant("join", np.array([0, 0, self.config["hidden_size"]], np.int64)))
        x = self.norm(self.add("Add", self.dense(joined, f"{attention}.output.dense"), x), f"{attention}.output.LayerNorm")
        inner = self.gelu(self.dense(x, f"{root}.intermediate.dense"))
        return self.norm(self.add("Add", self.dense(inner, f"{root}.output.dense"), x), f"{root}.output.LayerNorm")


def is_classifier(config):
    return any(name.endswith("ForSequenceClassification") for name in config.get("architectures") or [])


def build(weights, config):
    if config.get("model_type", "bert") != "bert" or config.get("hidden_act", "gelu") != "gelu":
        raise SystemExit("Only BERT encoders with gelu are converted")
    graph = Graph(weights, config)
    float_mask = graph.add("Cast", "attention_mask", to=TensorProto.FLOAT)
    hidden = graph.add("Mul", graph.add("Sub", graph.constant("one", np.float32(1)), float_mask),
                       graph.constant("far", np.float32(-10000)))
    mask = graph.add("Unsqueeze", hidden, graph.constant("axes", np.array([1, 2], np.int64)))
    x = graph.embeddings()
    for number in range(config["num_hidden_layers"]):
        x = graph.layer(x, mask, number)
    name, shape = "last_hidden_state", ["batch", "width", config["hidden_size"]]
    if is_classifier(config):
        name, shape = "logits", ["batch", len(weights["classifier.bias"])]
        place = graph.constant("first", np.array([0], np.int64))
        first = graph.add("Squeeze", graph.add("Gather", x, place, axis=1), graph.constant("i1", np.array([1], np.int64)))
        x = graph.dense(graph.add("Tanh", graph.dense(first, "pooler.dense")), "classifier")
    graph.nodes.append(helper.make_node("Identity", [x], [name]))
    ids = [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "width"])
           for name in ("input_ids", "attention_mask", "token_type_ids")]
    out = helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    body = helper.make_graph(graph.nodes, "bert", ids, [out], list(graph.initializers.values()))
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def write_tokenizer(source, target):
    for name in ("config.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"):
        if (source / name).exists():
            shutil.copyfile(source / name, target / name)
    settings = target / "tokenizer_config.json"
    if not settings.exists():
        settings.write_text(json.dumps({"tokenizer_class": "BertTokenizer", "do_lower_case": True}))
        print("tokenizer_config.json was absent: lower-casing is assumed; set do_lower_case to false for a cased model")
    if (source / "tokenizer.json").exists():
        shutil.copyfile(source / "tokenizer.json", target / "tokenizer.json")
        return
    words = (source / "vocab.txt").read_text("utf-8").splitlines()
    vocabulary = {word: number for number, word in enumerate(words)}
    lower = json.loads(settings.read_text()).get("do_lower_case", True)
    special = [{"id": vocabulary[word], "content": word, "single_word": False, "lstrip": False, "rstrip": False,
                "normalized": False, "special": True} for word in ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")]
    part = lambda word, kind: {"SpecialToken": {"id": word, "type_id": kind}}
    text = lambda name, kind: {"Sequence": {"id": name, "type_id": kind}}
    tokenizer = {
        "version": "1.0", "truncation": None, "padding": None, "added_tokens": special,
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                       "strip_accents": None, "lowercase": lower},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [part("[CLS]", 0), text("A", 0), part("[SEP]", 0)],
            "pair": [part("[CLS]", 0), text("A", 0), part("[SEP]", 0), text("B", 1), part("[SEP]", 1)],
            "special_tokens": {word: {"id": word, "ids": [vocabulary[word]], "tokens": [word]} for word in ("[CLS]", "[SEP]")},
        },
        "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": True},
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100, "vocab": vocabulary},
    }
    (target / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False), "utf-8")


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("source", type=pathlib.Path)
    arguments.add_argument("target", type=pathlib.Path)
    arguments.add_argument("--fp32", action="store_true", help="keep the unquantised network, too")
    options = arguments.parse_args()
    config = json.loads((options.source / "config.json").read_text())
    (options.target / "onnx").mkdir(parents=True, exist_ok=True)
    write_tokenizer(options.source, options.target)
    model = build(read_weights(options.source), config)
    with tempfile.TemporaryDirectory() as scratch:
        full = options.target / "onnx/model.onnx" if options.fp32 else pathlib.Path(scratch) / "model.onnx"
        onnx.save(model, full)
        quantize_dynamic(full, options.target / "onnx/model_quantized.onnx", per_channel=True, weight_type=QuantType.QInt8)
    print(f"{options.target} is ready: mia model check {options.target}")


if __name__ == "__main__":
    main()
