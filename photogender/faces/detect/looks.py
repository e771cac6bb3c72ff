"""How a picture is looked at: one ordinary look, and a further one only where it pays.

The answers come from outside: a generator asks for looks and is sent what they showed, so that one
picture, or the looks of many pictures at once, can be fed to a net.
"""

import math
from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from photogender.faces.as_opencv import resized
from photogender.faces.detect.boxes import Array, Part, sides, suppress, surroundings
from photogender.models.spec import DetectorSettings

MULTIPLE = 32
"""The input's width and height are multiples of this: the nets halve it five times."""


@dataclass(frozen=True, slots=True)
class Look:
    """A part of a picture as a net is shown it."""

    canvas: NDArray[np.uint8]
    """Height × width × 3, RGB; black to the right and below."""
    scale: tuple[float, float]
    """Pixels of the picture per pixel of the canvas, along x and y."""
    corner: tuple[int, int]
    """Where the canvas begins in the picture."""

    def in_picture(self, found: Array) -> Array:
        """Faces in pixels of the canvas, in pixels of the picture."""
        points = (found.shape[1] - 5) // 2
        x, y = self.scale
        factors = [x, y, x, y, 1.0, *([x, y] * points)]
        return found * factors + (*self.corner, *self.corner, 0, *(self.corner * points))


Looking = Generator[list[Look], list[Array], Array]
"""Asks for looks, is sent the faces that each showed, in pixels of the picture; returns the faces."""


def looking(picture: Image.Image, settings: DetectorSettings, confidence: float) -> Looking:
    """Find all faces of a picture.

    A picture is looked at small first. Where that shows faces, or traces of faces, that are too small
    for the look, a closer one at that part of the picture answers for these; and so on. In a small
    picture the second look is taken always, and at all of it. No face at all brings a look at
    ``close_side``, which shows a face that fills the picture as the net knows faces.
    """
    long_side = max(picture.size)
    hint = min(settings.hint, confidence)
    found = np.empty((0, 0))
    kept: list[Array] = []  # what earlier looks answered for
    small, parts = math.inf, [(0, 0, *picture.size)]
    for number, side in enumerate(_sides(settings, long_side)):
        closer = np.concatenate((yield [look(picture, part, side / long_side) for part in parts]))
        found = suppress(np.concatenate([*kept, closer[sides(closer) < 2 * small]]), settings.overlap)
        small = settings.small_face * long_side / side  # in the picture's own pixels
        kept = [found[sides(found) >= small]]
        traces = found[(sides(found) < small) & (found[:, 4] >= hint)]
        if number == 0 and long_side <= settings.small_picture:
            continue
        if not len(traces):
            break
        parts = surroundings(traces, picture.size)
    faces = found[found[:, 4] >= confidence]
    if not len(faces):
        (closest,) = yield [look(picture, (0, 0, *picture.size), settings.close_side / long_side)]
        faces = suppress(closest[closest[:, 4] >= confidence], settings.overlap)
    return faces


def looking_once(picture: Image.Image, settings: DetectorSettings, confidence: float, side: int) -> Looking:
    """Find the faces that one look at ``side`` × ``side`` pixels shows, made as InsightFace makes it.

    Bilinear without averaging, sides rounded down, and one scale for both axes, that of the height:
    https://github.com/deepinsight/insightface, ``model_zoo/retinaface.py``.
    """
    width, height = picture.size
    size = (int(side / (height / width)), side) if height > width else (side, int(side * (height / width)))
    near = (max(1, size[0]), max(1, size[1]))
    canvas = np.zeros((side, side, 3), np.uint8)
    canvas[: near[1], : near[0]] = resized(picture, near)
    (found,) = yield [Look(canvas, (1.0, 1.0), (0, 0))]
    whole = settings.kind == "yunet"  # as OpenCV, which is its authors' own code
    kept = suppress(found[found[:, 4] >= confidence], settings.overlap, in_whole_pixels=whole)
    return Look(canvas, (height / near[1],) * 2, (0, 0)).in_picture(kept)


def look(picture: Image.Image, part: Part, scale: float) -> Look:
    """A part of a picture, ``scale`` times as large, averaged where it shrinks."""
    width, height = (max(1, round((part[axis + 2] - part[axis]) * scale)) for axis in (0, 1))
    near = picture.resize((width, height), Image.Resampling.BILINEAR, box=part, reducing_gap=1.0)
    # Black to the right and below keeps the proportions; stretching would not cost less.
    canvas = np.zeros((-height % MULTIPLE + height, -width % MULTIPLE + width, 3), np.uint8)
    canvas[:height, :width] = np.asarray(near)
    return Look(canvas, ((part[2] - part[0]) / width, (part[3] - part[1]) / height), part[:2])


def _sides(settings: DetectorSettings, long_side: int) -> tuple[int, ...]:
    """Long sides of the looks at a picture, ascending; none but the first enlarges it."""
    if long_side > settings.whole_picture:
        return tuple(sorted({min(side, long_side) for side in settings.sides}))
    first, own = settings.sides[0], max(long_side, settings.least_side)
    return (first, own) if own >= 1.25 * first else (own,)  # of fewer pixels more, the net sees nothing new
