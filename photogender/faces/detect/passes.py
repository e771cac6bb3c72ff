"""Multi-scale detection: a small first pass over the whole picture, closer passes only where they pay off.

A search is a generator. It yields the tiles that the network should see next and receives the faces found in
each, so the same code serves one picture on a CPU and the tiles of many pictures batched on a device.
"""

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from photogender.faces.as_opencv import resized
from photogender.faces.detect.boxes import Array, Part, sides, strongest, suppress, surroundings
from photogender.models.spec import DetectorSettings

MULTIPLE = 32
"""The input's width and height are multiples of this, because the networks halve it five times."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A part of a picture, scaled for the network."""

    canvas: NDArray[np.uint8]
    """Height × width × 3, RGB, 0-255; padded with black on the right and at the bottom."""
    scale: tuple[float, float]
    """Pixels of the picture per pixel of the canvas, along x and y."""
    corner: tuple[int, int]
    """Top left corner of the canvas in the picture, in pixels of the picture."""

    def in_picture(self, found: Array) -> Array:
        """Convert faces from pixels of the canvas to pixels of the picture."""
        points = (found.shape[1] - 5) // 2
        x, y = self.scale
        factors = [x, y, x, y, 1.0, *([x, y] * points)]
        return found * factors + (*self.corner, *self.corner, 0, *(self.corner * points))


_SLENDER = 2.0
"""Longer side over shorter side above which a picture is searched as several beside each other."""

_MOST_SLENDER = 8
"""At most as many, so that memory is bounded."""


def searched_side(width: int, height: int) -> float:
    """The long side of a picture that its passes refer to, in pixels: of a panorama, that of one of its parts.

    Faces in a panorama are as large as its height allows, however wide it is.
    """
    long_side = max(width, height)
    return min(long_side, max(_SLENDER * min(width, height), long_side / _MOST_SLENDER))


_WINDOW = 4 * MULTIPLE
"""Side of a window in pixels of the network's input."""

_WINDOWS = 12
"""At most as many of a picture; each further one costs more and finds less."""

_FEW = 2
"""If the windows show more faces than these, there may be many."""

Passes = Generator[list[Tile], list[Array], Array]
"""Yields the tiles of a pass, receives the faces found in each (pixels of the picture), returns all faces."""


def search(picture: Image.Image, settings: DetectorSettings, confidence: float) -> Passes:
    """Find all faces of a picture.

    The first pass is small; a small picture and a panorama get a second one. If they find faces, or traces of faces,
    that are too small for them, a closer pass looks at their surroundings and its result replaces theirs; and so on. Of
    several such faces, it looks at the whole picture, since others may have left no trace. If no face is found, windows
    around the strongest traces are looked at closely, however weak these are. If there is still none, a last pass at
    ``close_side`` shows a face that fills the picture at the size the network knows.
    """
    whole = (0, 0, *picture.size)
    long_side = searched_side(*picture.size)
    looks_twice = long_side < max(picture.size) or long_side <= settings.small_picture
    hint = min(settings.hint, confidence)
    faces = found = np.empty((0, 5))
    kept: list[Array] = []  # faces large enough for an earlier pass
    small, parts = math.inf, [whole]
    all_sides = _sides(settings, long_side)
    for number, side in enumerate(all_sides):
        candidates = np.concatenate((yield [tile(picture, part, side / long_side) for part in parts]))
        closer = candidates[(candidates[:, 4] >= hint) & (sides(candidates) < 2 * small)]
        found = suppress(np.concatenate([*kept, closer]), settings.overlap)
        faces = found[found[:, 4] >= confidence]
        small = settings.small_face * long_side / side  # in the picture's own pixels
        kept = [found[sides(found) >= small]]
        traces = found[sides(found) < small]
        if number == 0 and looks_twice:
            continue
        if not len(faces) and parts == [whole] and side < all_sides[-1] and settings.window_side:
            faces = yield from _windows(picture, settings, confidence, candidates)
            break
        if not len(traces):
            break
        parts = [whole] if len(traces) > 1 else surroundings(traces, picture.size)
    if not len(faces):
        (closest,) = yield [tile(picture, whole, settings.close_side / long_side)]
        faces = suppress(closest[closest[:, 4] >= confidence], settings.overlap)
    return faces


def _windows(picture: Image.Image, settings: DetectorSettings, confidence: float, candidates: Array) -> Passes:
    """Look for small faces around the best of the candidates that a pass found; if there are several, everywhere.

    A face of 7 pixels leaves a trace that is too weak to be told from others, but mostly among the strongest ones.
    """
    long_side = searched_side(*picture.size)
    scale = min(settings.window_side / long_side, 1.0)
    parts = strongest(candidates[candidates[:, 4] >= settings.faint], _WINDOW / scale, _WINDOWS, picture.size)
    found = np.concatenate([candidates[:0], *((yield [tile(picture, part, scale) for part in parts]) if parts else [])])
    faces = suppress(found[found[:, 4] >= confidence], settings.overlap)
    if len(faces) > _FEW:
        scale = min(settings.sides[-1] / long_side, 1.0)
        (everywhere,) = yield [tile(picture, (0, 0, *picture.size), scale)]
        faces = suppress(np.concatenate([faces, everywhere[everywhere[:, 4] >= confidence]]), settings.overlap)
    return faces


def search_once(picture: Image.Image, settings: DetectorSettings, confidence: float, side: int) -> Passes:
    """Find the faces of a picture in one pass at ``side`` × ``side`` pixels, as InsightFace does.

    Bilinear without averaging, sides rounded down, and one scale for both axes, that of the height:
    https://github.com/deepinsight/insightface, ``model_zoo/retinaface.py``.
    """
    width, height = picture.size
    size = (int(side / (height / width)), side) if height > width else (side, int(side * (height / width)))
    near = (max(1, size[0]), max(1, size[1]))
    canvas = np.zeros((side, side, 3), np.uint8)
    canvas[: near[1], : near[0]] = resized(picture, near)
    (found,) = yield [Tile(canvas, (1.0, 1.0), (0, 0))]
    candidates = found[found[:, 4] >= confidence]
    kept = suppress(candidates, settings.overlap, in_whole_pixels=settings.whole_pixels)
    return Tile(canvas, (height / near[1],) * 2, (0, 0)).in_picture(kept)


def tile(picture: Image.Image, part: Part, scale: float) -> Tile:
    """Scale a part of a picture by ``scale``; shrinking averages."""
    width, height = (max(1, round((part[axis + 2] - part[axis]) * scale)) for axis in (0, 1))
    near = picture.resize((width, height), Image.Resampling.BILINEAR, box=part, reducing_gap=1.0)
    # Black padding keeps the proportions; stretching the picture instead would not be faster.
    canvas = np.zeros((-height % MULTIPLE + height, -width % MULTIPLE + width, 3), np.uint8)
    canvas[:height, :width] = np.asarray(near)
    return Tile(canvas, ((part[2] - part[0]) / width, (part[3] - part[1]) / height), part[:2])


def _sides(settings: DetectorSettings, long_side: float) -> Sequence[float]:
    """Long sides of the passes over a picture, ascending; only the first may enlarge it."""
    if long_side > settings.whole_picture:
        return tuple(sorted({min(side, long_side) for side in settings.sides}))
    first, own = settings.sides[0], max(long_side, settings.least_side)
    return (first, own) if own >= 1.25 * first else (own,)  # a second pass hardly larger finds nothing new
