"""
Makes an ONNX graph out of the sentence-embedding model all-MiniLM-L6-v2, whose package carries its weights only, while the image
is built. The graph is BERT's, with the pooling and the normalization that the model was trained with; its result is
held to that of the same sums in plain NumPy.

    python3 convert.py <folder of the model> <folder for model.onnx and tokenizer.json>
"""

import json
import shutil
import sys
from math import erf, sqrt
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from safetensors.numpy import load_file

# What is masked weighs next to nothing after the softmax.
MASKED = -10000.0


class Graph:
    """Collects a graph's nodes and constants."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, value: np.ndarray) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def numbers(self, *values: int) -> str:
        return self.constant(np.array(values, dtype=np.int64))

    def number(self, value: float) -> str:
        return self.constant(np.array(value, dtype=np.float32))

    def add(self, operator: str, *inputs: str, outputs: int = 1, **attributes: object) -> str:
        names = [f"n{len(self.nodes)}_{index}" for index in range(outputs)]
        self.nodes.append(helper.make_node(operator, list(inputs), names, **attributes))
        return names[0] if outputs == 1 else names

    def linear(self, value: str, weight: np.ndarray, bias: np.ndarray) -> str:
        return self.add("Add", self.add("MatMul", value, self.constant(weight.T)), self.constant(bias))

    def normalized(self, value: str, weights: dict[str, np.ndarray], name: str, epsilon: float) -> str:
        scale, bias = (self.constant(weights[f"{name}.{part}"]) for part in ("weight", "bias"))
        return self.add("LayerNormalization", value, scale, bias, axis=-1, epsilon=epsilon)


def build(weights: dict[str, np.ndarray], config: dict) -> onnx.ModelProto:
    graph = Graph()
    heads, size = config["num_attention_heads"], config["hidden_size"]
    epsilon = config["layer_norm_eps"]
    shape = graph.add("Shape", "input_ids")
    length = graph.add("Slice", shape, graph.numbers(1), graph.numbers(2))
    # All of a text is its first segment, so that segment's embedding is part of each position's.
    positions = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    place = graph.add("Slice", graph.constant(positions), graph.numbers(0), length, graph.numbers(0))
    words = graph.add("Gather", graph.constant(weights["embeddings.word_embeddings.weight"]), "input_ids")
    hidden = graph.normalized(graph.add("Add", words, place), weights, "embeddings.LayerNorm", epsilon)
    mask = graph.add("Cast", "attention_mask", to=TensorProto.FLOAT)
    inverted = graph.add("Sub", graph.number(1), graph.add("Unsqueeze", mask, graph.numbers(1, 2)))
    bias = graph.add("Mul", inverted, graph.number(MASKED))
    split = graph.numbers(0, 0, heads, size // heads)
    for index in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{index}"
        part = lambda name: (weights[f"{layer}.{name}.weight"], weights[f"{layer}.{name}.bias"])  # noqa: E731
        query, key, value = (
            graph.add("Reshape", graph.linear(hidden, *part(f"attention.self.{name}")), split)
            for name in ("query", "key", "value")
        )
        scores = graph.add(
            "MatMul",
            graph.add("Transpose", query, perm=[0, 2, 1, 3]),
            graph.add("Transpose", key, perm=[0, 2, 3, 1]),
        )
        scaled = graph.add("Add", graph.add("Div", scores, graph.number(sqrt(size // heads))), bias)
        seen = graph.add(
            "MatMul", graph.add("Softmax", scaled, axis=-1), graph.add("Transpose", value, perm=[0, 2, 1, 3])
        )
        joined = graph.add("Reshape", graph.add("Transpose", seen, perm=[0, 2, 1, 3]), graph.numbers(0, 0, size))
        attended = graph.add("Add", graph.linear(joined, *part("attention.output.dense")), hidden)
        attended = graph.normalized(attended, weights, f"{layer}.attention.output.LayerNorm", epsilon)
        inner = graph.add("Gelu", graph.linear(attended, *part("intermediate.dense")))
        hidden = graph.add("Add", graph.linear(inner, *part("output.dense")), attended)
        hidden = graph.normalized(hidden, weights, f"{layer}.output.LayerNorm", epsilon)
    weight = graph.add("Unsqueeze", mask, graph.numbers(2))
    total = graph.add("ReduceSum", graph.add("Mul", hidden, weight), graph.numbers(1), keepdims=0)
    mean = graph.add("Div", total, graph.add("ReduceSum", weight, graph.numbers(1), keepdims=0))
    norm = graph.add("ReduceL2", mean, graph.numbers(1), keepdims=1)
    graph.nodes.append(helper.make_node("Div", [mean, norm], ["embedding"]))
    integers = lambda name: helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"])  # noqa: E731
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "all-MiniLM-L6-v2",
            [integers("input_ids"), integers("attention_mask")],
            [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["texts", size])],
            graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", 20)],
        ir_version=10,
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def plain(weights: dict[str, np.ndarray], config: dict, ids: np.ndarray) -> np.ndarray:
    """The same for one text, written down once more from the paper, without the graph."""

    def norm(value: np.ndarray, name: str) -> np.ndarray:
        centred = value - value.mean(-1, keepdims=True)
        deviation = np.sqrt((centred**2).mean(-1, keepdims=True) + config["layer_norm_eps"])
        return centred / deviation * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    def linear(value: np.ndarray, name: str) -> np.ndarray:
        return value @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    hidden = weights["embeddings.word_embeddings.weight"][ids]
    hidden = hidden + weights["embeddings.position_embeddings.weight"][: len(ids)]
    hidden = norm(hidden + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
    width = config["hidden_size"] // config["num_attention_heads"]
    for index in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{index}"
        query, key, value = (linear(hidden, f"{layer}.attention.self.{name}") for name in ("query", "key", "value"))
        seen = np.empty_like(hidden)
        for begin in range(0, config["hidden_size"], width):
            head = slice(begin, begin + width)
            scores = query[:, head] @ key[:, head].T / sqrt(width)
            shares = np.exp(scores - scores.max(-1, keepdims=True))
            seen[:, head] = shares / shares.sum(-1, keepdims=True) @ value[:, head]
        attended = norm(linear(seen, f"{layer}.attention.output.dense") + hidden, f"{layer}.attention.output.LayerNorm")
        inner = linear(attended, f"{layer}.intermediate.dense")
        inner = inner * 0.5 * (1 + np.vectorize(erf)(inner / sqrt(2)))
        hidden = norm(linear(inner, f"{layer}.output.dense") + attended, f"{layer}.output.LayerNorm")
    mean = hidden.mean(0)
    return mean / np.linalg.norm(mean)


def check(model: onnx.ModelProto, weights: dict[str, np.ndarray], config: dict) -> float:
    """The largest difference between the graph's result and the plain one, for texts of different lengths at once."""
    random = np.random.default_rng(1)
    texts = [random.integers(1000, config["vocab_size"], length) for length in (3, 17, 40)]
    longest = max(map(len, texts))
    ids = np.stack([np.pad(text, (0, longest - len(text))) for text in texts]).astype(np.int64)
    mask = np.stack([np.arange(longest) < len(text) for text in texts]).astype(np.int64)
    (found,) = ReferenceEvaluator(model).run(None, {"input_ids": ids, "attention_mask": mask})
    return max(float(np.abs(row - plain(weights, config, text)).max()) for row, text in zip(found, texts))


def main() -> None:
    source, target = map(Path, sys.argv[1:])
    config = json.loads((source / "config.json").read_text())
    weights = {name: value.astype(np.float32) for name, value in load_file(source / "model.safetensors").items() if value.dtype.kind == "f"}
    model = build(weights, config)
    difference = check(model, weights, config)
    if not difference < 1e-4:
        sys.exit(f"the graph's result differs from NumPy's by {difference}")
    target.mkdir(parents=True, exist_ok=True)
    onnx.save(model, target / "model.onnx")
    shutil.copy(source / "tokenizer.json", target)
    print(f"model.onnx: at most {difference:.1e} from NumPy's result")


main()
