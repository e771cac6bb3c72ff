"""Building an ONNX file: nodes, and weights that are stored small and unpacked when the file is loaded."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from photogender.errors import ModelError
from photogender.runtime.device import open_session
from photogender.runtime.graph import stored_weights

Storage = Literal["float32", "small"]
"""``small``: weights in half precision or in 8 bits, unpacked to single precision when the file is loaded."""

INPUT = "data"

MAX_DIFFERENCE = 1e-4
"""Largest accepted difference of a probability between torch and ONNX Runtime."""

_OPSET, _IR = 17, 8

Floats = NDArray[np.float32]


class Graph:
    """Nodes and weights of a file."""

    def __init__(self, storage: Storage) -> None:
        self.rounded: dict[str, Floats] = {}
        """The weights as they are after unpacking."""
        self._storage = storage
        self._nodes: list[Any] = []
        self._weights: list[Any] = []

    def add(self, kind: str, inputs: Sequence[str], name: str, **attributes: Any) -> str:  # noqa: ANN401
        """Add a node; returns its name, which is also that of its output."""
        if kind == "Gemm":
            attributes["transB"] = 1
        self._nodes.append(helper.make_node(kind, list(inputs), [name], name=name, **attributes))
        return name

    def in_half(self, name: str, values: Floats) -> str:
        """Add a weight that is stored in half precision."""
        if self._storage == "float32":
            return self._store(name, values, values)
        small = values.astype(np.float16)
        self._store(f"{name}.half", small, small.astype(np.float32), name)
        return self.add("Cast", [f"{name}.half"], name, to=TensorProto.FLOAT)

    def in_bytes(self, name: str, values: Floats) -> str:
        """Add a weight that is stored in 8 bits, with a scale for each output."""
        if self._storage == "float32":
            return self._store(name, values, values)
        inputs = tuple(range(1, values.ndim))
        scale = np.maximum(np.abs(values).max(axis=inputs, keepdims=True) / 127, 1e-12).astype(np.float32)
        small = np.rint(values / scale).astype(np.int8)
        self._store(f"{name}.bytes", small, small.astype(np.float32) * scale, name)
        self._store(f"{name}.scale", scale, scale)
        whole = self.add("Cast", [f"{name}.bytes"], f"{name}.whole", to=TensorProto.FLOAT)
        return self.add("Mul", [whole, f"{name}.scale"], name)

    def integers(self, name: str, values: list[int]) -> str:
        """Add integers, which some nodes take."""
        self._weights.append(numpy_helper.from_array(np.array(values, np.int64), name))
        return name

    def number(self, name: str, value: float) -> str:
        """Add a number in single precision, which some nodes take."""
        self._weights.append(numpy_helper.from_array(np.array(value, np.float32), name))
        return name

    def bias(self, layer: str, weights: dict[str, Floats]) -> str:
        """Add the bias of a layer, in single precision."""
        name = f"{layer}.bias"
        return self._store(name, weights[name], weights[name])

    def probabilities(self, x: str, output: str, weights: dict[str, Floats]) -> str:
        """Add the fully connected layer ``heads.OUTPUT``, in half precision, and the probabilities it leads to."""
        layer = f"heads.{output}"
        given = [x, self.in_half(f"{layer}.weight", weights[f"{layer}.weight"]), self.bias(layer, weights)]
        return self.add("Softmax", [self.add("Gemm", given, layer)], output, axis=1)

    def file(self, name: str, side: int, outputs: dict[str, int]) -> bytes:
        """The file, from ``data``, float32, batch × 3 × side × side, to outputs, batch × n each."""
        given = helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["batch", 3, side, side])
        answers = [
            helper.make_tensor_value_info(output, TensorProto.FLOAT, ["batch", width])
            for output, width in outputs.items()
        ]
        graph = helper.make_graph(self._nodes, name, [given], answers, self._weights)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)
        onnx.checker.check_model(model, full_check=True)
        return bytes(model.SerializeToString())

    def _store(self, name: str, stored: NDArray[Any], rounded: Floats, meant: str = "") -> str:
        self._weights.append(numpy_helper.from_array(stored, name))
        self.rounded[meant or name] = rounded
        return name


def noise(side: int) -> Floats:
    """Pictures to compare a file with torch: noise of several strengths, 4 × 3 × side × side, 0 to 255."""
    rng = np.random.default_rng(0)
    pictures = np.stack([rng.normal(120, spread, (3, side, side)) for spread in (0, 20, 60, 90)]).clip(0, 255)
    return pictures.astype(np.float32)


def check_file(data: bytes, inputs: Floats, expected: dict[str, Floats]) -> None:
    """Run a file and compare its outputs with the expected ones.

    Raises:
        ModelError: They differ by more than ``MAX_DIFFERENCE``.
    """
    found = open_session(data, "cpu").run(list(expected), {INPUT: inputs})
    for name, values in zip(expected, found, strict=True):
        difference = float(np.abs(values - expected[name]).max())
        if not difference <= MAX_DIFFERENCE:
            raise ModelError(f"ONNX Runtime and torch differ by {difference:.2g} in {name}; nothing was written.")


def unpacked(data: bytes) -> dict[str, Floats]:
    """The weights of a file that ``Graph`` wrote, by name, as they are after unpacking.

    Raises:
        ValueError: The data is not an ONNX file.
    """
    stored = stored_weights(data)
    found = {}
    for name, values in stored.items():
        meant, _, kind = name.rpartition(".")
        if kind == "bytes":
            found[meant] = values.astype(np.float32) * stored[f"{meant}.scale"]
        elif kind == "half":
            found[meant] = values.astype(np.float32)
        elif values.dtype == np.float32:
            found[name] = values
    return found
