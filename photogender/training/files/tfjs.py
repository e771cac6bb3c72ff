"""A network published for TensorFlow.js as ONNX, so that it can be a teacher; only the operations of MobileNets."""

import base64
import json
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from photogender.errors import PhotogenderError

_OPSET, _IR = 17, 8

_SAME: dict[str, str] = {
    "Relu": "Relu",
    "Add": "Add",
    "Mul": "Mul",
    "Minimum": "Min",
    "Maximum": "Max",
    "Sigmoid": "Sigmoid",
    "Softmax": "Softmax",
    "Identity": "Identity",
}

_CONVOLUTIONS = ("Conv2D", "DepthwiseConv2dNative")


def read_graph(path: str, outputs: list[str]) -> bytes:
    """A "graph model" of TensorFlow.js as an ONNX file.

    Args:
        path: Of its JSON; the weights are beside it.
        outputs: Names of nodes, each batch × n.

    Returns:
        The file. It takes float32, batch × 3 × height × width; the original has the channels last.

    Raises:
        PhotogenderError: A file cannot be read, or has an unsupported operation.
    """
    try:
        with open(path, encoding="utf-8") as file:
            described = json.load(file)
        data = b"".join(_parts(path, described))
        weights = _weights(described, data)
        nodes = [node for node in described["modelTopology"]["node"] if node["op"] != "Const"]
        graph = _Graph(weights)
        for node in nodes:
            graph.take(node)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PhotogenderError(f"{path} cannot be read as a network of TensorFlow.js: {error!r}.") from error
    return graph.file(outputs)


def _parts(path: str, described: dict[str, Any]) -> Iterator[bytes]:
    folder = path.rpartition("/")[0]
    for group in described["weightsManifest"]:
        for name in group["paths"]:
            with open(f"{folder}/{name}" if folder else name, "rb") as file:
                yield file.read()


def _weights(described: dict[str, Any], data: bytes) -> dict[str, NDArray[np.float32]]:
    found, place = {}, 0
    for group in described["weightsManifest"]:
        for each in group["weights"]:
            kind = np.dtype(each.get("quantization", each)["dtype"]).newbyteorder("<")
            number = math.prod(each["shape"])
            values = np.frombuffer(data, kind, number, place).astype(np.float32)
            if kind.kind == "u":
                values = values * each["quantization"]["scale"] + each["quantization"]["min"]
            found[each["name"]] = values.reshape(each["shape"]).astype(np.float32)
            place += number * kind.itemsize
    return found


class _Graph:
    def __init__(self, weights: dict[str, NDArray[np.float32]]) -> None:
        self._weights = weights
        self._nodes: list[Any] = []
        self._kept: dict[str, Any] = {}
        self._given = ""

    def take(self, node: dict[str, Any]) -> None:
        kind, name = node["op"], node["name"]
        inputs = [each.partition(":")[0] for each in node.get("input", [])]
        if kind == "Placeholder":
            self._given = name
        elif kind in _CONVOLUTIONS:
            self._convolution(node, inputs, name)
        elif kind == "Mean":
            self._add("GlobalAveragePool", [inputs[0]], f"{name}/mean")
            self._add("Flatten", [f"{name}/mean"], name)
        elif kind == "_FusedMatMul":
            fused = [base64.b64decode(each).decode() for each in node["attr"]["fused_ops"]["list"]["s"]]
            last = f"{name}/sum" if "Relu" in fused else name
            matrix = self._keep(f"{name}/matrix", self._weights[inputs[1]])
            bias = self._keep(f"{name}/bias", self._weights[inputs[2]].reshape(-1))
            self._add("Gemm", [inputs[0], matrix, bias], last)
            if "Relu" in fused:
                self._add("Relu", [last], name)
        elif kind in _SAME:
            self._add(_SAME[kind], [self._value(each) for each in inputs], name)
        else:
            raise KeyError(kind)

    def file(self, outputs: list[str]) -> bytes:
        given = helper.make_tensor_value_info(self._given, TensorProto.FLOAT, ["batch", 3, "height", "width"])
        answers = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", f"{name}/n"]) for name in outputs]
        graph = helper.make_graph(self._nodes, "teacher", [given], answers, list(self._kept.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)
        onnx.checker.check_model(model)
        return bytes(model.SerializeToString())

    def _convolution(self, node: dict[str, Any], inputs: list[str], name: str) -> None:
        kernel = self._weights[inputs[1]]
        groups = 1
        if node["op"] == "Conv2D":
            kernel = kernel.transpose(3, 2, 0, 1)
        else:
            groups = kernel.shape[2]
            kernel = kernel.transpose(2, 3, 0, 1).reshape(-1, 1, *kernel.shape[:2])
        padding = base64.b64decode(node["attr"]["padding"]["s"]).decode()
        self._add(
            "Conv",
            [inputs[0], self._keep(f"{name}/kernel", kernel)],
            name,
            strides=[int(each) for each in node["attr"]["strides"]["list"]["i"]][1:3],
            auto_pad="SAME_UPPER" if padding == "SAME" else "VALID",
            group=groups,
        )

    def _value(self, name: str) -> str:
        if name not in self._weights:
            return name
        values = self._weights[name]
        # One value for each channel; in ONNX channels are the second dimension.
        return self._keep(f"{name}/values", values.reshape(1, -1, 1, 1) if values.ndim == 1 else values)

    def _keep(self, name: str, values: NDArray[np.float32]) -> str:
        self._kept[name] = numpy_helper.from_array(np.ascontiguousarray(values), name)
        return name

    def _add(self, kind: str, inputs: list[str], name: str, **attributes: Any) -> None:  # noqa: ANN401
        self._nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
