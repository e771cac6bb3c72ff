"""The network of Levi & Hassner (2015), Figure 2, in torch."""

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from photogender.training.nets.layers import drop, local_response_norm, pool
from photogender.training.recipe import SIDE
from photogender.training.task import HEADS, Task

_GRID = 7
"""Side of the last feature maps for faces of ``SIDE`` pixels."""


class LeviHassner(nn.Module):
    """Three convolutions, two fully connected layers, and a last layer for each output.

    Takes float32, batch × 3 × side × side, BGR, 0 to 255, and gives logits, batch × n, by the output's name. Sides
    other than 227 are for training: the last feature maps are then resized to the 7 × 7 that the fully connected layers
    take.
    """

    mean: Tensor

    def __init__(self, task: Task, mean: Tensor, dropout: float = 0.5, input_scale: float = 1.0) -> None:
        """``mean``: float32, 3 × 227 × 227, BGR; subtracted from each picture."""
        super().__init__()
        self.input_scale = input_scale
        self.register_buffer("mean", mean)
        self.conv1 = nn.Conv2d(3, 96, 7, stride=4)
        self.conv2 = nn.Conv2d(96, 256, 5, padding=2)
        self.conv3 = nn.Conv2d(256, 384, 3, padding=1)
        self.fc6 = nn.Linear(384 * _GRID * _GRID, 512)
        self.fc7 = nn.Linear(512, 512)
        self.fc8 = nn.ModuleDict({name: nn.Linear(512, size) for name, size in HEADS[task].items()})
        self.dropout = dropout

    def forward(self, pixels: Tensor, random: torch.Generator | None = None) -> dict[str, Tensor]:
        """Logits by output; ``random`` is for dropout in training."""
        mean = self.mean[None]
        if pixels.shape[-1] != SIDE:
            mean = functional.interpolate(mean, size=pixels.shape[-2:], mode="bilinear", antialias=True)
        x = (pixels - mean) * self.input_scale
        # Pooling before ReLU gives the same values at less cost.
        x = local_response_norm(functional.relu(pool(self.conv1(x))))
        x = local_response_norm(functional.relu(pool(self.conv2(x))))
        x = functional.relu(pool(self.conv3(x)))
        if x.shape[-1] != _GRID:
            x = functional.interpolate(x, size=(_GRID, _GRID), mode="bilinear", align_corners=True)
        x = self._drop(functional.relu(self.fc6(x.flatten(1))), random)
        x = self._drop(functional.relu(self.fc7(x)), random)
        return {name: layer(x).float() for name, layer in self.fc8.items()}

    def _drop(self, x: Tensor, random: torch.Generator | None) -> Tensor:
        return x if not self.training or random is None else drop(x, self.dropout, random)


def initialise(net: LeviHassner, weights: Literal["gaussian", "kaiming"], seed: int) -> None:
    """Set initial weights.

    ``gaussian`` is that of the published definitions (train_val.prototxt): deviation 0.01, in fc6 and fc7 0.005; biases
    1 in conv2, fc6 and fc7, otherwise 0. ``kaiming``: He et al. (2015), arXiv:1502.01852;
    biases 0.
    """
    generator = torch.Generator().manual_seed(seed)
    for name, layer in net.named_modules():
        if not isinstance(layer, nn.Conv2d | nn.Linear):
            continue
        if weights == "gaussian":
            nn.init.normal_(layer.weight, 0.0, 0.005 if name in ("fc6", "fc7") else 0.01, generator)
            nn.init.constant_(_bias(layer), 1.0 if name in ("conv2", "fc6", "fc7") else 0.0)
        elif name.startswith("fc8"):
            nn.init.normal_(layer.weight, 0.0, 0.01, generator)
            nn.init.zeros_(_bias(layer))
        else:
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=generator)
            nn.init.zeros_(_bias(layer))


def _bias(layer: nn.Conv2d | nn.Linear) -> Tensor:
    assert layer.bias is not None  # noqa: S101
    return layer.bias
