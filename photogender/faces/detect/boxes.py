"""Faces as rows of numbers: x1, y1, x2, y2, score, then x, y of each landmark, if there are any."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from photogender.records import FaceBox

Array = NDArray[np.float64]

Outputs = Sequence[NDArray[np.float32]]

Part = tuple[int, int, int, int]
"""x1, y1, x2, y2 in whole pixels of a picture."""

_MARGIN = 4
"""Surroundings of a face in a closer pass, in sides of the face."""


def suppress(found: Array, overlap: float, *, in_whole_pixels: bool = False) -> Array:
    """Non-maximum suppression: drop every face that overlaps a better one too much; best first.

    Args:
        found: n × 5 or more.
        overlap: Intersection over union above which the face with the lower score is dropped.
        in_whole_pixels: Compare corners, widths and heights cut down to whole pixels, as OpenCV does.
    """
    # Ties are broken by position, so the result does not depend on the order of the rows.
    found = found[np.lexsort((found[:, 1], found[:, 0], -found[:, 4]))]
    corner = np.trunc(found[:, :2]) if in_whole_pixels else found[:, :2]
    extent = np.trunc(found[:, 2:4] - found[:, :2]) if in_whole_pixels else found[:, 2:4] - found[:, :2]
    boxes = np.hstack([corner, corner + extent])
    kept, rest = [], np.arange(len(found))
    while len(rest):
        kept.append(rest[0])
        rest = rest[1:][_overlaps(boxes[rest[0]], boxes[rest[1:]]) <= overlap]
    answer: Array = found[kept]
    return answer


def _overlaps(box: Array, boxes: Array) -> Array:
    """Intersection over union of one box with each of n."""
    corner = np.maximum(box[:2], boxes[:, :2])
    shared = (np.minimum(box[2:4], boxes[:, 2:4]) - corner).clip(0).prod(axis=1)
    union = sides(box[None]) ** 2 + sides(boxes) ** 2 - shared
    ratio: Array = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return ratio


def sides(boxes: Array) -> Array:
    """Side in pixels of a square with the area of each box."""
    side: Array = np.sqrt(((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])).clip(0))
    return side


def surroundings(faces: Array, size: tuple[int, int]) -> list[Part]:
    """The parts of a picture for a closer pass: each face with the surroundings that a network needs.

    Args:
        faces: n × 4 or more, n at least 1.
        size: Width and height of the picture.

    Returns:
        Parts that do not overlap; the whole picture if they add up to half of it.
    """
    parts: list[Part] = []
    for (x1, y1, x2, y2), side in zip(faces[:, :4].tolist(), sides(faces).tolist(), strict=True):
        margin = _MARGIN * side
        part = (
            math.floor(max(x1 - margin, 0)),
            math.floor(max(y1 - margin, 0)),
            math.ceil(min(x2 + margin, size[0])),
            math.ceil(min(y2 + margin, size[1])),
        )
        while touching := next((other for other in parts if _touch(part, other)), None):
            parts.remove(touching)
            low, high = (tuple(map(pick, part, touching)) for pick in (min, max))
            part = (low[0], low[1], high[2], high[3])
        parts.append(part)
    area = sum((x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in parts)
    return parts if 2 * area < size[0] * size[1] else [(0, 0, *size)]


def _touch(one: Part, other: Part) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def strongest(candidates: Array, side: float, most: int, size: tuple[int, int]) -> list[Part]:
    """Square windows around the candidates with the highest scores, until each of these lies in one.

    Args:
        candidates: n × 5 or more.
        side: Of a window, in pixels of the picture; less at most where the picture is smaller.
        most: At most as many windows.
        size: Width and height of the picture.
    """
    width, height = (min(math.ceil(side), length) for length in size)
    rest = candidates[np.lexsort((candidates[:, 1], candidates[:, 0], -candidates[:, 4]))]
    boxes = rest[:, 0:4].clip(0, (*size, *size))
    windows: list[Part] = []
    while len(boxes) and len(windows) < most:
        centre = (boxes[0, 0:2] + boxes[0, 2:4]) / 2
        x, y = (
            int(min(max(middle - length / 2, 0), whole - length))
            for middle, length, whole in zip(centre.tolist(), (width, height), size, strict=True)
        )
        windows.append((x, y, x + width, y + height))
        outside = np.hstack([boxes[:, 0:2] < (x, y), boxes[:, 2:4] > (x + width, y + height)])
        boxes = boxes[1:][outside[1:].any(axis=1)]
    return windows


def face_boxes(faces: Array, size: tuple[int, int]) -> list[FaceBox]:
    """The rows as records, with boxes clipped to a picture of that width and height."""
    faces = faces.copy()
    faces[:, 0:4:2] = faces[:, 0:4:2].clip(0, size[0])
    faces[:, 1:4:2] = faces[:, 1:4:2].clip(0, size[1])
    return [
        FaceBox(x1, y1, x2, y2, min(score, 1.0), tuple(zip(marks[0::2], marks[1::2], strict=True)))
        for x1, y1, x2, y2, score, *marks in faces.tolist()
    ]
