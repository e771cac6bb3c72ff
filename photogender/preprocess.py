"""From face chips to a net's input: the one preprocessing shared by scan, evaluation and training."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from photogender.spec import NetInput


def to_batch(chips: Sequence[NDArray[np.uint8]], net_input: NetInput) -> NDArray[np.float32]:
    """What a net is fed: ``(pixel - mean) * scale`` in the net's own channel order.

    Args:
        chips: Pictures of one size: height × width × 3, RGB, uint8, 0-255. At least one.
        net_input: How the net wants them.

    Returns:
        batch × 3 × height × width, float32, contiguous.

    Raises:
        ValueError: The chips differ in size, or there are none.
    """
    pixels = np.stack(chips).astype(np.float32)
    if net_input.channels == "BGR":
        pixels = pixels[..., ::-1]
    scaled = (pixels - np.array(net_input.mean, np.float32)) * np.float32(net_input.scale)
    return np.ascontiguousarray(scaled.transpose(0, 3, 1, 2))
