"""Nets of Levi & Hassner's or InsightFace's shape with random weights, and the detector with a fault."""

import hashlib
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from photogender.models.read import load_spec

MEAN = np.linspace(60, 180, 3 * 227 * 227).reshape(3, 227, 227).astype(np.float32)
"""Blue, green, red."""

SPECS = Path(__file__).parents[2] / "models"

TEMPLATE = "[[0.309, 0.310], [0.692, 0.313], [0.489, 0.515], [0.339, 0.684], [0.649, 0.687]]"
HEADS = {
    "age": 'kind = "groups"\ngroups = ["0-2", "4-6", "8-12", "15-20", "25-32", "38-43", "48-53", "60-"]\n'
    "years = [1, 5, 10, 17.5, 28.5, 40.5, 50.5, 70]",
    "gender": 'kind = "probabilities"\nlabels = ["male", "female"]',
}


SMALL = (12, 8, 8, 16)
"""Filters of the convolutions and width of the fully connected layers."""
WHOLE = (96, 256, 384, 512)
"""The paper's."""

Sizes = tuple[int, int, int, int]


def weights(answers: int, seed: int, sizes: Sizes = SMALL) -> dict[str, NDArray[np.float32]]:
    rng = np.random.default_rng(seed)
    first, second, third, full = sizes
    shapes = {
        "w1": (first, 3, 7, 7),
        "w2": (second, first, 5, 5),
        "w3": (third, second, 3, 3),
        "w6": (full, third * 7 * 7),
        "w7": (full, full),
        "w8": (answers, full),
    }
    return {name: rng.normal(0, 0.05, shape).astype(np.float32) for name, shape in shapes.items()}


def levi_hassner(answers: int, seed: int = 0, half: bool = True, sizes: Sizes = SMALL) -> bytes:
    """Three convolutions, two normalisations, three fully connected layers, a mean image; ``half``: kept as float16."""
    pool = {"kernel_shape": [3, 3], "strides": [2, 2], "ceil_mode": 1}
    norm = {"size": 5, "alpha": 1e-4, "beta": 0.75}
    given = weights(answers, seed, sizes)
    stored, nodes = {"mean": MEAN}, []
    for name, value in given.items():
        stored[f"{name}_half" if half else name] = value.astype(np.float16) if half else value
        if half:
            nodes.append(helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT))
    nodes += [
        helper.make_node("Sub", ["data", "mean"], ["centred"]),
        helper.make_node("Conv", ["centred", "w1"], ["conv1"], strides=[4, 4]),
        helper.make_node("Relu", ["conv1"], ["relu1"]),
        helper.make_node("MaxPool", ["relu1"], ["pool1"], **pool),
        helper.make_node("LRN", ["pool1"], ["norm1"], **norm),
        helper.make_node("Conv", ["norm1", "w2"], ["conv2"], pads=[2, 2, 2, 2]),
        helper.make_node("Relu", ["conv2"], ["relu2"]),
        helper.make_node("MaxPool", ["relu2"], ["pool2"], **pool),
        helper.make_node("LRN", ["pool2"], ["norm2"], **norm),
        helper.make_node("Conv", ["norm2", "w3"], ["conv3"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["conv3"], ["relu3"]),
        helper.make_node("MaxPool", ["relu3"], ["pool5"], **pool),
        helper.make_node("Flatten", ["pool5"], ["flat"]),
        helper.make_node("Gemm", ["flat", "w6"], ["fc6"], transB=1),
        helper.make_node("Relu", ["fc6"], ["relu6"]),
        helper.make_node("Gemm", ["relu6", "w7"], ["fc7"], transB=1),
        helper.make_node("Relu", ["fc7"], ["relu7"]),
        helper.make_node("Gemm", ["relu7", "w8"], ["fc8"], transB=1),
        helper.make_node("Softmax", ["fc8"], ["prob"]),
    ]
    graph = helper.make_graph(
        nodes,
        "levi_hassner",
        [helper.make_tensor_value_info("data", TensorProto.FLOAT, ["faces", 3, 227, 227])],
        [helper.make_tensor_value_info("prob", TensorProto.FLOAT, ["faces", answers])],
        [numpy_helper.from_array(value, name) for name, value in stored.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())


def without_answer_in_the_dark(data: bytes, level: float) -> bytes:
    """The same net with outputs of NaN for a picture whose mean is below ``level``: the root of a negative number."""
    model = onnx.load_from_string(data)
    model.graph.node[-1].output[0] = "sure"
    model.graph.node.extend(
        [
            helper.make_node("ReduceMean", ["data"], ["mean_level"], axes=[1, 2, 3], keepdims=0),
            helper.make_node("Unsqueeze", ["mean_level", "last_axis"], ["column"]),
            helper.make_node("Sub", ["column", "level"], ["above"]),
            helper.make_node("Sqrt", ["above"], ["root"]),
            helper.make_node("Mul", ["root", "nothing"], ["nothing_or_nan"]),
            helper.make_node("Add", ["sure", "nothing_or_nan"], ["prob"]),
        ]
    )
    constants = {"last_axis": np.array([1]), "level": np.float32([level]), "nothing": np.float32([0])}
    model.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())


def install(
    folder: Path, name: str = "levi-hassner", seed: int = 0, sizes: Sizes = SMALL, dark: float | None = None
) -> None:
    """Put such a pair of nets into a models folder as the model ``name``; ``dark``: the age is NaN for darker faces."""
    home = folder / name
    home.mkdir(parents=True)
    spec = 'task = "age-gender"\ntitle = "random"\nlicence = "none"\nfree = true\nsource = "made"\naccuracy = "none"\n'
    for task, answers in (("age", 8), ("gender", 2)):
        data = levi_hassner(answers, seed, sizes=sizes)
        if dark is not None and task == "age":
            data = without_answer_in_the_dark(data, dark)
        (home / f"levi_hassner_{task}.onnx").write_bytes(data)
        spec += f"""
[[nets]]
[nets.file]
path = "levi_hassner_{task}.onnx"
sha256 = "{hashlib.sha256(data).hexdigest()}"
size = {len(data)}
[nets.input]
name = "data"
channels = "BGR"
mean = [0.0, 0.0, 0.0]
scale = 1.0
size = [227, 227]
chip = [256, 256]
[nets.alignment]
template = {TEMPLATE}
[nets.{task}]
output = "prob"
{HEADS[task]}
"""
    (home / "spec.toml").write_text(spec)


def install_detector(folder: Path, name: str, output: int, value: float, level: float = 160) -> None:
    """Put CenterFace into a models folder as ``name``; an output is ``value`` for tiles with a mean above a level."""
    spec = load_spec("centerface")
    model = onnx.load_from_string(spec.nets[0].file.read())
    given = model.graph.output[output].name
    (last,) = [node for node in model.graph.node if given in node.output]
    last.output[0] = "sane"
    model.graph.node.extend(
        [
            helper.make_node("ReduceMean", [spec.nets[0].input.name], ["mean_level"], axes=[1, 2, 3], keepdims=1),
            helper.make_node("Greater", ["mean_level", "level"], ["is_bright"]),
            helper.make_node("Where", ["is_bright", "value", "sane"], [given]),
        ]
    )
    for key, number in (("level", level), ("value", value)):
        model.graph.initializer.append(numpy_helper.from_array(np.array([number], np.float32), key))
    data = model.SerializeToString()
    home = folder / name
    home.mkdir(parents=True)
    (home / "net.onnx").write_bytes(data)
    settings, net = (SPECS / "centerface.toml").read_text().split("[nets.file]")
    file = f'path = "net.onnx"\nsha256 = "{hashlib.sha256(data).hexdigest()}"\nsize = {len(data)}\n\n'
    (home / "spec.toml").write_text(f"{settings}[nets.file]\n{file}[nets.input]{net.split('[nets.input]')[1]}")


def genderage_like(path: Path) -> Path:
    """A net of the shape of InsightFace's genderage.onnx: 96 × 96 in, female, male and age / 100 out."""
    rng = np.random.default_rng(5)
    weights = [
        helper.make_tensor("kernel", TensorProto.FLOAT, [6, 3, 16, 16], rng.normal(0, 0.02, 6 * 3 * 256)),
        helper.make_tensor("matrix", TensorProto.FLOAT, [6, 3], rng.normal(0, 0.2, 18)),
        helper.make_tensor("bias", TensorProto.FLOAT, [3], [0.0, 0.0, 0.35]),
    ]
    nodes = [
        helper.make_node("Conv", ["data", "kernel"], ["maps"], strides=[16, 16]),
        helper.make_node("Relu", ["maps"], ["some"]),
        helper.make_node("GlobalMaxPool", ["some"], ["most"]),
        helper.make_node("Flatten", ["most"], ["flat"]),
        helper.make_node("Gemm", ["flat", "matrix", "bias"], ["fc1"]),
    ]
    values = [
        helper.make_tensor_value_info("data", TensorProto.FLOAT, [None, 3, 96, 96]),
        helper.make_tensor_value_info("fc1", TensorProto.FLOAT, [1, 3]),
    ]
    graph = helper.make_graph(nodes, "genderage", values[:1], values[1:], weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)
    return path
