"""From chips to input tensors: the one place for means, scales, channel orders and views."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from photogender.models.spec import NetInput

Chip = NDArray[np.uint8]


def views(chips: Sequence[Chip], given: NetInput, oversample: bool) -> list[Chip]:
    """The views of each chip that a network sees; all views of the first chip come first.

    Args:
        chips: uint8, height × width × 3, of the size ``given.crop``.
        given: The input from the network's spec.
        oversample: Take the ten views of Levi & Hassner (2015), section 3.3: the centre and the four corners,
            each as it is and mirrored. A chip without a margin gives two: as it is and mirrored.

    Returns:
        The centre of each chip, or its views; of the size ``given.size``.
    """
    width, height = given.size or chips[0].shape[1::-1]
    right, bottom = chips[0].shape[1] - width, chips[0].shape[0] - height
    corners = [(0, 0), (right, 0), (0, bottom), (right, bottom)] if oversample and (right or bottom) else []
    places = [(right // 2, bottom // 2), *corners]
    seen = []
    for chip in chips:
        for x, y in places:
            view = chip[y : y + height, x : x + width]
            seen += [view, view[:, ::-1]] if oversample else [view]
    return seen


def to_batch(chips: Sequence[Chip], given: NetInput) -> NDArray[np.float32]:
    """One batch: ``(pixel - mean) * scale``, with the channels in the network's order.

    Args:
        chips: At least one, all of the same size; uint8, height × width × 3, RGB, 0-255.
        given: The input from the network's spec.

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
