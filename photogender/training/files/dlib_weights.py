"""The weights of dlib's face recognition network, from its own file, as a start for the compact network."""

import re

import numpy as np
import torch
from numpy.typing import NDArray

from photogender.errors import PhotogenderError
from photogender.training.nets.compact import Block, Compact

FILE = "dlib_face_recognition_resnet_model_v1.dat"
"""Its name in the package face_recognition_models (CC0; by D. King, http://dlib.net)."""

_TENSOR = re.compile(rb"\x01\x02([\x01-\x04])", re.DOTALL)
"""The start of a tensor: its version, 2, and the number of bytes of its first dimension."""

_FLAT, _LEAST = b"\x01\x01" * 2, 32
"""Third and fourth dimension of a tensor of weights, and its least number of values. Anything else is not one."""


def start_from_dlib(net: Compact, path: str) -> None:
    """Load the convolutions of dlib's network into ``net``; its heads stay as they are.

    Raises:
        PhotogenderError: The file cannot be read, or holds another network.
    """
    try:
        with open(path, "rb") as file:
            tensors = _tensors(file.read())
    except OSError as error:
        raise PhotogenderError(f"{path} cannot be read: {error.strerror or error}.") from error
    blocks = [block for block in net.blocks if isinstance(block, Block)]
    convolutions = [net.stem, *(layer for block in blocks for layer in (block.conv1, block.conv2))]
    # Weights and biases of each convolution, then its factors and shifts; at the end the 128 outputs.
    wanted = [
        size for layer in convolutions for size in (layer.weight.numel() + layer.out_channels, 2 * layer.out_channels)
    ]
    if [tensor.size for tensor in tensors[:-1]] != wanted:
        raise PhotogenderError(f"{path} does not hold dlib's face recognition network.", f"Its file is called {FILE}.")
    for index, layer in enumerate(convolutions):
        number = layer.out_channels
        values, after = (torch.from_numpy(tensor.copy()) for tensor in tensors[2 * index : 2 * index + 2])
        factor, shift = after[:number], after[number:]
        weight = values[:-number].view_as(layer.weight) * factor[:, None, None, None]
        if layer is net.stem:
            weight = weight.flip(1)  # dlib takes RGB
        assert layer.bias is not None  # noqa: S101
        with torch.no_grad():
            layer.weight.copy_(weight)
            layer.bias.copy_(values[-number:] * factor + shift)


def _tensors(data: bytes) -> list[NDArray[np.float32]]:
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
