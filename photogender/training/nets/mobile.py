"""The teacher of the compact network: MobileNet, starting from weights trained on three million faces."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from photogender.training.nets.layers import convolved, drop

SIDE = 160
"""Side in pixels of its input; the weights that it starts from were trained at 224."""

MEAN_BGR = (103.939, 116.779, 123.68)
"""Subtracted from each channel, as in the original: https://github.com/HSE-asavchenko/HSE_FaceRec_tf."""

FEATURES = 1024

FEATURES_OUTPUT = "global_pooling/Mean"
"""The features in the published network."""

_STEM = 32

_BLOCKS = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *(((512, 1),) * 5), (1024, 2), (1024, 1))
"""Channels and stride, Howard et al. (2017), arXiv:1704.04861, table 1."""


class Mobile(nn.Module):
    """MobileNet of full width without its classes, and a linear layer for each output.

    Takes float32, batch × 3 × side × side, BGR, 0 to 255, and gives logits, batch × n, by the output's name.
    """

    mean: Tensor
    input_scale = 1.0

    def __init__(self, outputs: dict[str, int], dropout: float) -> None:
        """``outputs``: their widths."""
        super().__init__()
        self.dropout = dropout
        self.register_buffer("mean", torch.tensor(MEAN_BGR)[:, None, None])
        layers, inputs = [nn.Conv2d(3, _STEM, 3, 2)], _STEM
        for channels, stride in _BLOCKS:
            layers += [nn.Conv2d(inputs, inputs, 3, stride, groups=inputs), nn.Conv2d(inputs, channels, 1)]
            inputs = channels
        self.layers = nn.ModuleList(layers)
        self.heads = nn.ModuleDict({name: nn.Linear(FEATURES, size) for name, size in outputs.items()})

    def features(self, pixels: Tensor) -> Tensor:
        """Input of the last layers: batch × 1,024."""
        x = pixels - self.mean
        for layer in self.layers:
            assert isinstance(layer, nn.Conv2d)  # noqa: S101
            x = functional.relu6(convolved(x, layer))
        return x.mean((2, 3))

    def forward(self, pixels: Tensor, random: torch.Generator | None = None) -> dict[str, Tensor]:
        """Logits by output; ``random`` is for dropout in training."""
        x = self.features(pixels)
        if self.training and random is not None and self.dropout:
            x = drop(x, self.dropout, random)
        return {name: layer(x).float() for name, layer in self.heads.items()}


def initialise(net: Mobile, seed: int) -> None:
    """Set initial weights of the outputs; the others come from ``start_from_faceres``."""
    generator = torch.Generator().manual_seed(seed)
    for layer in net.heads.values():
        assert isinstance(layer, nn.Linear)  # noqa: S101
        nn.init.normal_(layer.weight, 0.0, 0.01, generator)
        nn.init.zeros_(layer.bias)
