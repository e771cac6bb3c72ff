"""Layers that several networks share, in torch."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

NORM_SIZE, NORM_ALPHA, NORM_BETA = 5, 1e-4, 0.75
"""Parameters of the local response normalisation."""


def drop(x: Tensor, part: float, random: torch.Generator) -> Tensor:
    """Dropout with a given generator. Torch's own shares one between all threads, so a run could not be repeated."""
    kept = torch.empty(x.shape).bernoulli_(1 - part, generator=random)
    dropped: Tensor = x * kept.to(x.dtype) / (1 - part)
    return dropped


def convolved(x: Tensor, layer: nn.Conv2d) -> Tensor:
    """The convolution of ``x``, padded with zeros as in TensorFlow (``SAME``)."""
    before, after = padding(layer, x.shape[-1])
    return layer(functional.pad(x, (before, after, before, after)) if before or after else x)  # type: ignore[no-any-return]


def padding(layer: nn.Conv2d, side: int) -> tuple[int, int]:
    """Zeros before and after each row and column: the output's side is ``side`` over the stride, rounded up."""
    size, stride = layer.kernel_size[0], layer.stride[0]
    more = (-(-side // stride) - 1) * stride + size - side if size > 1 else 0
    return more // 2, more - more // 2


def initialise_as_he(net: nn.Module, seed: int, *, small_heads: bool) -> None:
    """Set initial weights: He et al. (2015), arXiv:1502.01852; biases 0.

    With ``small_heads``, those of the last layers, ``heads``, have a deviation of 0.01.
    """
    generator = torch.Generator().manual_seed(seed)
    for name, layer in net.named_modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            if small_heads and name.startswith("heads"):
                nn.init.normal_(layer.weight, 0.0, 0.01, generator)
            else:
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=generator)
            assert layer.bias is not None  # noqa: S101
            nn.init.zeros_(layer.bias)


def pool(x: Tensor) -> Tensor:
    """3 × 3 maxima, stride 2; as in Caffe, sizes are rounded up, so the last window may reach over the edge."""
    return functional.max_pool2d(x, 3, 2, ceil_mode=True)


def local_response_norm(x: Tensor) -> Tensor:
    """Caffe's LRN across channels: ``x / (1 + alpha / size * sum of squares)^beta``, batch × channels × h × w.

    The sum is over the ``size`` channels around each one. Torch's own takes five times as long on a CPU.
    """
    answer: Tensor = _Norm.apply(x)  # type: ignore[no-untyped-call]
    return answer


class _Norm(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:  # noqa: ANN401 - torch's own signature
        # The sums are the product of all channels with a banded matrix, computed as a convolution.
        places = torch.arange(x.shape[1])
        near = (places[:, None] - places[None]).abs() <= NORM_SIZE // 2
        band = near.to(x.dtype)[:, :, None, None] * (NORM_ALPHA / NORM_SIZE)
        sums = functional.conv2d(x * x, band) + 1
        factor = torch.rsqrt(sums * torch.sqrt(sums))  # the power -0.75
        ctx.save_for_backward(x, sums, factor, band)
        scaled: Tensor = x * factor
        return scaled

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:  # noqa: ANN401
        x, sums, factor, band = ctx.saved_tensors
        passed = gradients[0] * factor
        inner = functional.conv2d(passed * x / sums, band)  # the band is symmetric
        gradient: Tensor = passed - 2 * NORM_BETA * x * inner
        return gradient
