"""From pixels to what a net is fed: the one place that knows means, scales and channel orders."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from photogender.spec import NetInput


def to_batch(chips: Sequence[NDArray[np.uint8]], given: NetInput) -> NDArray[np.float32]:
    """One batch for a net: ``(pixel - mean) * scale``, with the channels in the net's own order.

    Args:
        chips: At least one, all of one size; uint8, height × width × 3, RGB, 0-255.
        given: The input of the net's spec.

    Returns:
        float32, contiguous, chips × 3 × height × width.
    """
    stacked = np.stack(chips)
    if given.channels == "BGR":
        stacked = stacked[..., ::-1]
    batch = np.ascontiguousarray(stacked.transpose(0, 3, 1, 2), dtype=np.float32)
    batch -= np.array(given.mean, np.float32)[:, None, None]
    batch *= np.float32(given.scale)
    return batch
