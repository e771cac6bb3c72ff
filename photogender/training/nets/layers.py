"""Layers that several networks share, in torch."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

NORM_SIZE, NORM_ALPHA, NORM_BETA = 5, 1e-4, 0.75
"""Parameters of the local response normalisation."""


def drop(x: Tensor, part: float, random: torch.Generator) -> Tensor:
    """Dropout with a given generator. Torch's own shares one between all threads, so a run could not be repeated."""
    kept = torch.empty(x.shape).bernoulli_(1 - part, generator=random)
    dropped: Tensor = x * kept.to(x.dtype) / (1 - part)
    return dropped


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
