"""The context network: head and shoulders at 48 × 48 pixels, since hair, neck and clothes say something as well."""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from photogender.training.nets.layers import convolved, drop, initialise_as_he

SIDE = 48
"""Side in pixels of its input."""

MEAN_BGR = (127.0, 127.0, 127.0)
"""Subtracted from each channel before it is divided by 128, as in EfficientNet-Lite."""

STEM = 32

BLOCKS = ((16, 1, 3, 1), (24, 6, 3, 2), (24, 6, 3, 1), (40, 6, 5, 2), (40, 6, 5, 1), (80, 6, 3, 2), (80, 6, 3, 1))
"""Channels, expansion, side of the kernels and stride: the first of Tan and Le (2019), arXiv:1905.11946, table 1, as
EfficientNet-Lite has them."""

_FLAT = BLOCKS[-1][0] * (SIDE // 16) ** 2


class Context(nn.Module):
    """The first blocks of EfficientNet-Lite0, from which it can start, and one fully connected layer.

    The normalisations are multiplied into the convolutions. Takes float32, batch × 3 × side × side, BGR, 0 to 255, and
    gives logits, batch × 2, under the name ``gender``.
    """

    mean: Tensor

    def __init__(self, mean: Tensor, dropout: float, input_scale: float) -> None:
        """``mean``: float32, 3 × 1 × 1, BGR."""
        super().__init__()
        self.input_scale, self.dropout = input_scale, dropout
        self.register_buffer("mean", mean)
        self.stem = nn.Conv2d(3, STEM, 3, 2)
        widths = pairwise((STEM, *(channels for channels, *_ in BLOCKS)))
        self.blocks = nn.ModuleList(Block(before, *shape) for (before, _), shape in zip(widths, BLOCKS, strict=True))
        self.heads = nn.ModuleDict({"gender": nn.Linear(_FLAT, 2)})

    def forward(self, pixels: Tensor, random: torch.Generator | None = None) -> dict[str, Tensor]:
        """Logits by output; ``random`` is for dropout in training."""
        x = (pixels - self.mean) * self.input_scale
        x = functional.relu6(convolved(x, self.stem))
        for block in self.blocks:
            x = block(x)
        x = x.flatten(1)
        if self.training and random is not None and self.dropout:
            x = drop(x, self.dropout, random)
        return {name: layer(x).float() for name, layer in self.heads.items()}


class Block(nn.Module):
    """An inverted residual block: more channels, a convolution of each alone, fewer channels again."""

    def __init__(self, inputs: int, outputs: int, expansion: int, kernel: int, stride: int) -> None:
        """``expansion``: how many times as many channels the middle has."""
        super().__init__()
        inner = inputs * expansion
        layers = [nn.Conv2d(inputs, inner, 1)] if expansion > 1 else []
        layers.append(nn.Conv2d(inner, inner, kernel, stride, groups=inner))
        self.layers = nn.ModuleList([*layers, nn.Conv2d(inner, outputs, 1)])
        self.around = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """Batch × channels × height × width."""
        y = x
        for place, layer in enumerate(self.layers):
            assert isinstance(layer, nn.Conv2d)  # noqa: S101
            y = convolved(y, layer)
            y = functional.relu6(y) if place < len(self.layers) - 1 else y
        return x + y if self.around else y


def initialise(net: Context, seed: int) -> None:
    """Set initial weights; of the last layer small ones."""
    initialise_as_he(net, seed, small_heads=True)
