"""The small gender network: 32 × 32 pixels, a second opinion whose errors differ from the compact network's."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from photogender.training.nets.layers import drop, initialise_as_he

SIDE = 32
"""Side in pixels of its input."""

MEAN_BGR = (104.298, 117.001, 122.782)
"""Subtracted from each channel before it is divided by 256, as in dlib."""

CHANNELS = (32, 32, 64, 64)
"""Of the convolutions; a mean of 2 × 2 follows the second and the fourth."""

_FLAT, _HIDDEN = CHANNELS[-1] * (SIDE // 4) ** 2, 16


class Small(nn.Module):
    """Four 3 × 3 convolutions and two fully connected layers.

    So is dlib's gender network (D. King, dnn_gender_classifier_v1, CC0), from which it can start. The normalisations
    are multiplied into the convolutions. Takes float32, batch × 3 × side × side, BGR, 0 to 255, and
    gives logits, batch × 2, under the name ``gender``.
    """

    mean: Tensor

    def __init__(self, mean: Tensor, dropout: float, input_scale: float) -> None:
        """``mean``: float32, 3 × 1 × 1, BGR."""
        super().__init__()
        self.input_scale, self.dropout = input_scale, dropout
        self.register_buffer("mean", mean)
        inputs = (3, *CHANNELS[:-1])
        self.convolutions = nn.ModuleList(
            nn.Conv2d(before, after, 3, padding=1) for before, after in zip(inputs, CHANNELS, strict=True)
        )
        self.hidden = nn.Linear(_FLAT, _HIDDEN)
        self.heads = nn.ModuleDict({"gender": nn.Linear(_HIDDEN, 2)})

    def forward(self, pixels: Tensor, random: torch.Generator | None = None) -> dict[str, Tensor]:
        """Logits by output; ``random`` is for dropout in training."""
        x = (pixels - self.mean) * self.input_scale
        for place, layer in enumerate(self.convolutions):
            x = functional.relu(layer(x))
            if place % 2:
                x = functional.avg_pool2d(x, 2)
        x = x.flatten(1)
        drops = self.training and random is not None and self.dropout > 0
        x = functional.relu(self.hidden(drop(x, self.dropout, random) if drops and random else x))
        return {name: layer(x).float() for name, layer in self.heads.items()}


def initialise(net: Small, seed: int) -> None:
    """Set initial weights."""
    initialise_as_he(net, seed, small_heads=False)
