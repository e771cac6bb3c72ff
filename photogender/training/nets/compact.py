"""The compact network: residual, without normalisation layers, for about 300 faces per second on one thread."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from photogender.runtime.dlib_file import STAGES
from photogender.training.nets.layers import drop, initialise_as_he

SIDE = 112
"""Side in pixels of its input."""

MEAN_BGR = (104.298, 117.001, 122.782)
"""Subtracted from each channel before it is divided by 256, as in dlib, from whose network it can start."""

INPUT_SCALE = 1 / 256

DETAIL = 0.5
"""Pixels of a photo for each pixel of the input. More do not make it better (``benchmarks.detail``), since it was
trained on faces of low resolution."""

FEATURES = STAGES[-1][0]


class Block(nn.Module):
    """Two 3 × 3 convolutions and a shortcut.

    To halve the side, the first has stride 2, and the shortcut is the mean of 2 × 2.
    """

    def __init__(self, inputs: int, outputs: int, halves: bool) -> None:
        super().__init__()
        self.halves, self.more = halves, outputs - inputs
        self.conv1 = nn.Conv2d(inputs, outputs, 3, 2 if halves else 1, 0 if halves else 1)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """Batch × channels × side × side; the shortcut is zero for additional channels."""
        shortcut, inner = x, x
        if self.halves:
            # Stride 2 would miss the last row and column of an even side; zeros after them prevent that.
            inner = functional.pad(x, (0, 1, 0, 1)) if x.shape[-1] % 2 == 0 else x
            shortcut = functional.avg_pool2d(x, 2)
        if self.more:
            shortcut = functional.pad(shortcut, (0, 0, 0, 0, 0, self.more))
        return functional.relu(shortcut + self.conv2(functional.relu(self.conv1(inner))))


class Compact(nn.Module):
    """A residual network with 14 blocks that gives ages 0 to 100 and the gender, and more outputs while it is trained.

    Its body is that of dlib's face recognition network (D. King, dlib_face_recognition_resnet_model_v1, CC0) with the
    normalisations multiplied into the convolutions; in addition it uses the last row of an even side. Takes float32,
    batch × 3 × side × side, BGR, 0 to 255, and gives logits, batch × n, by the output's name.
    """

    mean: Tensor

    def __init__(self, outputs: dict[str, int], mean: Tensor, dropout: float, input_scale: float) -> None:
        """``outputs``: their widths. ``mean``: float32, 3 × 1 × 1, BGR."""
        super().__init__()
        self.input_scale, self.dropout = input_scale, dropout
        self.register_buffer("mean", mean)
        self.stem = nn.Conv2d(3, STAGES[0][0], 7, stride=2)
        blocks, inputs = [], STAGES[0][0]
        for stage, (channels, number) in enumerate(STAGES):
            for place in range(number):
                blocks.append(Block(inputs, channels, bool(stage) and not place))
                inputs = channels
        self.blocks = nn.Sequential(*blocks)
        self.heads = nn.ModuleDict({name: nn.Linear(FEATURES, size) for name, size in outputs.items()})

    def forward(self, pixels: Tensor, random: torch.Generator | None = None) -> dict[str, Tensor]:
        """Logits by output; ``random`` is for dropout in training."""
        x = (pixels - self.mean) * self.input_scale
        x = functional.max_pool2d(functional.relu(self.stem(x)), 3, 2)
        x = self.blocks(x).mean((2, 3))
        if self.training and random is not None and self.dropout:
            x = drop(x, self.dropout, random)
        return {name: layer(x).float() for name, layer in self.heads.items()}


def initialise(net: Compact, seed: int) -> None:
    """Set initial weights: He et al. (2015), arXiv:1502.01852, with damped blocks.

    Without normalisation layers the sum over the blocks would grow, so each block's second convolution starts at a
    quarter (as in Zhang et al. (2019), arXiv:1901.09321, for this number of blocks).
    """
    initialise_as_he(net, seed, small_heads=True)
    for name, layer in net.named_modules():
        if name.endswith("conv2"):
            assert isinstance(layer, nn.Conv2d)  # noqa: S101
            layer.weight.data *= 0.25
