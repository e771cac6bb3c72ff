"""An ONNX file in the making: nodes, and weights that are stored small and unpacked when the file is loaded."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from photogender.runtime.graph import stored_weights

Storage = Literal["float32", "small"]
"""``small``: weights in half precision or in 8 bits. Either way they are unpacked when the file is loaded, and
computed with in single precision."""

INPUT = "data"

_OPSET, _IR = 17, 8

Floats = NDArray[np.float32]


class Graph:
    """Nodes and weights in the making."""

    def __init__(self, storage: Storage) -> None:
        self.rounded: dict[str, Floats] = {}
        """The weights as they will be unpacked."""
        self._storage = storage
        self._nodes: list[Any] = []
        self._weights: list[Any] = []

    def add(self, kind: str, inputs: Sequence[str], name: str, **attributes: Any) -> str:  # noqa: ANN401
        """A node, whose name is its output's too."""
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
        """A weight that is stored in 8 bits, each output with its own scale."""
        if self._storage == "float32":
            return self._store(name, values, values)
        inputs = tuple(range(1, values.ndim))
        scale = np.maximum(np.abs(values).max(axis=inputs, keepdims=True) / 127, 1e-12).astype(np.float32)
        small = np.rint(values / scale).astype(np.int8)
        self._store(f"{name}.bytes", small, small.astype(np.float32) * scale, name)
        self._store(f"{name}.scale", scale, scale)
        whole = self.add("Cast", [f"{name}.bytes"], f"{name}.whole", to=TensorProto.FLOAT)
        return self.add("Mul", [whole, f"{name}.scale"], name)

    def whole(self, name: str, values: list[int]) -> str:
        """Whole numbers, as some nodes take them."""
        self._weights.append(numpy_helper.from_array(np.array(values, np.int64), name))
        return name

    def bias(self, layer: str, weights: dict[str, Floats]) -> str:
        """Of a layer, in full."""
        name = f"{layer}.bias"
        return self._store(name, weights[name], weights[name])

    def file(self, name: str, side: int, outputs: dict[str, int]) -> bytes:
        """The whole: from ``data``, float32, batch × 3 × side × side, to outputs, batch × n each."""
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


def unpacked(data: bytes) -> dict[str, Floats]:
    """The weights of a file that ``Graph`` wrote, by name, as they are when it is loaded.

    Raises:
        ValueError: The data is no ONNX file.
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
