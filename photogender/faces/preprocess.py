"""From pixels to what a net is fed: the one place that knows means, scales, channel orders and crops of chips."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from photogender.models.spec import NetInput

Chip = NDArray[np.uint8]


def views(chips: Sequence[Chip], given: NetInput, oversample: bool) -> list[Chip]:
    """What a net looks at of each chip, all views of the first chip first.

    Args:
        chips: uint8, height × width × 3, of the size ``given.crop``.
        given: The input of the net's spec.
        oversample: Take the ten views of Levi & Hassner (2015), section 3.3: the centre and the four corners,
            each as it is and mirrored. Where the chip has no margin: the chip as it is and mirrored.

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
