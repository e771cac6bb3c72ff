"""The weights of dlib's face recognition network as a start for the compact network."""

import torch

from photogender.errors import PhotogenderError
from photogender.runtime.dlib_file import FILE, convolutions
from photogender.training.nets.compact import Block, Compact


def start_from_dlib(net: Compact, path: str) -> None:
    """Load the convolutions of dlib's network into ``net``; its heads stay as they are.

    Raises:
        PhotogenderError: The file cannot be read, or holds another network.
    """
    try:
        with open(path, "rb") as file:
            layers, _ = convolutions(file.read())
    except OSError as error:
        raise PhotogenderError(f"{path} cannot be read: {error.strerror or error}.") from error
    except ValueError as error:
        raise PhotogenderError(
            f"{path} does not hold dlib's face recognition network.", f"Its file is called {FILE}."
        ) from error
    blocks = [block for block in net.blocks if isinstance(block, Block)]
    own = [net.stem, *(layer for block in blocks for layer in (block.conv1, block.conv2))]
    for layer, (weights, biases) in zip(own, layers, strict=True):
        weight, bias = torch.from_numpy(weights), torch.from_numpy(biases)
        assert layer.bias is not None  # noqa: S101
        with torch.no_grad():
            layer.weight.copy_(weight.flip(1) if layer is net.stem else weight)  # dlib takes RGB
            layer.bias.copy_(bias)
