"""The paper's network as an ONNX file, which subtracts the mean face and gives probabilities."""

import numpy as np
import torch

from photogender.training.files.onnx_file import INPUT, Floats, Graph, Storage, check_file, noise
from photogender.training.nets.layers import NORM_ALPHA, NORM_BETA, NORM_SIZE
from photogender.training.nets.levi_hassner import LeviHassner
from photogender.training.recipe import SIDE

OUTPUT = "prob"


def to_onnx(net: LeviHassner, head: str, storage: Storage = "small") -> bytes:
    """One output of a network as an ONNX file.

    Args:
        net: On the CPU.
        head: Name of the output, ``age`` or ``gender``.
        storage: How the weights are stored. ``small``: fc6, which has five sixths of them, in 8 bits, the others in
            half precision.

    Returns:
        The file. Input: ``data``, float32, batch × 3 × 227 × 227, BGR, 0 to 255. Output: ``prob``, batch × n. Its nodes
        have the names of the published definition.

    Raises:
        ModelError: ONNX Runtime and torch differ in what the network with the rounded weights predicts.
    """
    graph = Graph(storage)
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
    data = graph.file("levi-hassner", SIDE, {OUTPUT: len(weights[f"{final}.bias"])})
    _check(data, net, head, graph.rounded)
    return data


def _check(data: bytes, net: LeviHassner, head: str, rounded: dict[str, Floats]) -> None:
    """Compare the file with torch on noise of several strengths."""
    twin = LeviHassner("both", net.mean)
    known = {name: torch.from_numpy(values) for name, values in rounded.items() if name in twin.state_dict()}
    twin.load_state_dict({**twin.state_dict(), **known})
    faces = noise(SIDE)
    with torch.no_grad():
        expected = torch.softmax(twin.eval()(torch.from_numpy(faces))[head], dim=1).numpy()
    check_file(data, faces, {OUTPUT: expected})
