"""From a trained net to an ONNX file: the mean face first, probabilities last, weights stored small."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from photogender.device import open_session
from photogender.errors import ModelError
from photogender.training.net import NORM_ALPHA, NORM_BETA, NORM_SIZE, SIDE, LeviHassner

Storage = Literal["float32", "small"]
"""``small``: weights in half precision, those of fc6, which are five sixths of all, as 8-bit whole numbers with a
scale for each of its 512 outputs. Either way they are unpacked when the file is loaded, and computed with in
single precision."""

MOST_DIFFERENCE = 1e-4
"""Of a probability, between torch and ONNX Runtime."""

INPUT, OUTPUT = "data", "prob"

_OPSET, _IR = 17, 8

Floats = NDArray[np.float32]


def to_onnx(net: LeviHassner, head: str, storage: Storage = "small") -> bytes:
    """One output of a net as an ONNX file.

    Args:
        net: On the CPU.
        head: Name of the output, ``age`` or ``gender``.
        storage: How weights are kept in the file.

    Returns:
        The file: input ``data``, float32, batch × 3 × 227 × 227, BGR, 0 to 255; output ``prob``, batch × n. The
        nodes bear the names of the published definition.

    Raises:
        ModelError: The file says something else than the net with the same rounded weights.
    """
    graph = _Graph(storage)
    weights = {name: values.detach().numpy().astype(np.float32) for name, values in net.state_dict().items()}
    weights["conv1.weight"] = weights["conv1.weight"] * np.float32(net.input_scale)
    graph.add("Sub", [INPUT, graph.in_half("mean", weights["mean"])], "centred")
    x = "centred"
    for name, settings in (("1", {"strides": [4, 4]}), ("2", {"pads": [2] * 4}), ("3", {"pads": [1] * 4})):
        layer = f"conv{name}"
        given = [x, graph.in_half(f"{layer}.weight", weights[f"{layer}.weight"]), graph.bias(layer, weights)]
        x = graph.add("Conv", given, layer, **settings)
        x = graph.add("Relu", [x], f"relu{name}")
        last = name == "3"
        x = graph.add("MaxPool", [x], f"pool{'5' if last else name}", kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
        if not last:
            x = graph.add("LRN", [x], f"norm{name}", size=NORM_SIZE, alpha=NORM_ALPHA, beta=NORM_BETA, bias=1.0)
    x = graph.add("Flatten", [x], "flat")
    x = graph.add("Gemm", [x, graph.in_bytes("fc6.weight", weights["fc6.weight"]), graph.bias("fc6", weights)], "fc6")
    x = graph.add("Relu", [x], "relu6")
    x = graph.add("Gemm", [x, graph.in_half("fc7.weight", weights["fc7.weight"]), graph.bias("fc7", weights)], "fc7")
    x = graph.add("Relu", [x], "relu7")
    final = f"fc8.{head}"
    given = [x, graph.in_half(f"{final}.weight", weights[f"{final}.weight"]), graph.bias(final, weights)]
    graph.add("Softmax", [graph.add("Gemm", given, "fc8")], OUTPUT, axis=1)
    data = graph.file(len(weights[f"{final}.bias"]))
    _check(data, net, head, graph.rounded)
    return data


class _Graph:
    """Nodes and weights in the making."""

    def __init__(self, storage: Storage) -> None:
        self.rounded: dict[str, Floats] = {}
        """The weights as they will be unpacked."""
        self._storage = storage
        self._nodes: list[Any] = []
        self._weights: list[Any] = []

    def add(self, kind: str, inputs: Sequence[str], name: str, **attributes: Any) -> str:  # noqa: ANN401
        if kind == "Gemm":
            attributes["transB"] = 1
        self._nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def in_half(self, name: str, values: Floats) -> str:
        """A weight that is stored in half precision."""
        if self._storage == "float32":
            return self._store(name, values, values)
        small = values.astype(np.float16)
        self._store(f"{name}.half", small, small.astype(np.float32), name)
        return self.add("Cast", [f"{name}.half"], name, to=TensorProto.FLOAT)

    def in_bytes(self, name: str, values: Floats) -> str:
        """A weight that is stored in 8 bits, each row with its own scale."""
        if self._storage == "float32":
            return self._store(name, values, values)
        scale = np.maximum(np.abs(values).max(axis=1, keepdims=True) / 127, 1e-12).astype(np.float32)
        small = np.rint(values / scale).astype(np.int8)
        self._store(f"{name}.bytes", small, small.astype(np.float32) * scale, name)
        self._store(f"{name}.scale", scale, scale)
        whole = self.add("Cast", [f"{name}.bytes"], f"{name}.whole", to=TensorProto.FLOAT)
        return self.add("Mul", [whole, f"{name}.scale"], name)

    def bias(self, layer: str, weights: dict[str, Floats]) -> str:
        name = f"{layer}.bias"
        return self._store(name, weights[name], weights[name])

    def file(self, width: int) -> bytes:
        given = helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["batch", 3, SIDE, SIDE])
        answer = helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["batch", width])
        graph = helper.make_graph(self._nodes, "levi-hassner", [given], [answer], self._weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)
        onnx.checker.check_model(model, full_check=True)
        return bytes(model.SerializeToString())

    def _store(self, name: str, stored: NDArray[Any], rounded: Floats, meant: str = "") -> str:
        self._weights.append(numpy_helper.from_array(stored, name))
        self.rounded[meant or name] = rounded
        return name


def _check(data: bytes, net: LeviHassner, head: str, rounded: dict[str, Floats]) -> None:
    """Hold the file against torch, on faces of noise of several strengths."""
    twin = LeviHassner("both", net.mean)
    known = {name: torch.from_numpy(values) for name, values in rounded.items() if name in twin.state_dict()}
    twin.load_state_dict({**twin.state_dict(), **known})
    rng = np.random.default_rng(0)
    faces = np.stack([rng.normal(120, spread, (3, SIDE, SIDE)) for spread in (0, 20, 60, 90)]).clip(0, 255)
    with torch.no_grad():
        wanted = torch.softmax(twin.eval()(torch.from_numpy(faces.astype(np.float32)))[head], dim=1).numpy()
    (found,) = open_session(data, "cpu").run([OUTPUT], {INPUT: faces.astype(np.float32)})
    difference = float(np.abs(found - wanted).max())
    if not difference <= MOST_DIFFERENCE:
        raise ModelError(f"ONNX Runtime and torch differ by {difference:.2g} in {head}; nothing was written.")
