"""Scans that lie on their side or upside down: the other three turns are tried where few faces are upright."""

from collections.abc import Generator

import numpy as np
from PIL import Image

from photogender.faces.detect.boxes import Array, suppress
from photogender.faces.detect.passes import Passes, Tile, search, tile
from photogender.models.spec import DetectorSettings
from photogender.records import turn_of

_CLOCKWISE = {
    90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}


def search_turned(picture: Image.Image, settings: DetectorSettings, confidence: float) -> Passes:
    """Find all faces of a picture as ``search`` does; if they are not upright, in the turn that shows them so.

    The network finds many faces that are turned, and their landmarks tell so, but with lower scores, and far from all.
    So if no upright face is surely one, small pictures of the other turns are looked at. The turn that shows most is
    searched like any picture, and its faces are the answer if they are better than those found before.
    """
    faces = yield from search(picture, settings, confidence)
    if not settings.turn_side or _upright(faces).max(initial=0.0) >= settings.sure:
        return faces
    before = _upright(faces).sum()
    turn, shown = yield from _best_turn(picture, settings, confidence)
    if shown <= before:
        return faces
    turned = picture.transpose(_CLOCKWISE[turn])
    others = yield from search(turned, settings, confidence)
    return turned_back(others, turned.size, turn) if _upright(others).sum() > before else faces


def _best_turn(
    picture: Image.Image, settings: DetectorSettings, confidence: float
) -> Generator[list[Tile], list[Array], tuple[int, float]]:
    """The turn in which a small picture shows most upright faces, in degrees clockwise, and the sum of their scores."""
    scale = min(settings.turn_side / max(picture.size), 1.0)
    width, height = (max(1, round(side * scale)) for side in picture.size)
    small = picture.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=1.0)
    turned = {turn: small.transpose(how) for turn, how in _CLOCKWISE.items()}
    found = yield [tile(each, (0, 0, *each.size), 1.0) for each in turned.values()]
    shown = {
        turn: float(_upright(suppress(each[each[:, 4] >= confidence], settings.overlap)).sum())
        for turn, each in zip(turned, found, strict=True)
    }
    best = max(shown, key=lambda turn: shown[turn])
    return best, shown[best]


def _upright(faces: Array) -> Array:
    """The scores of the faces whose landmarks are upright, or that have none."""
    marks = [tuple(zip(row[5::2], row[6::2], strict=True)) for row in faces.tolist()]
    is_upright = np.array([turn_of(points) == 0 for points in marks], bool)
    scores: Array = faces[is_upright, 4]
    return scores


def turned_back(faces: Array, size: tuple[int, int], turn: int) -> Array:
    """Faces of a turned picture in the frame of the picture as it was; landmarks keep their order.

    Args:
        faces: n × 5 or more, as in ``boxes``.
        size: Width and height of the turned picture, in pixels.
        turn: Degrees by which it was turned clockwise: 90, 180 or 270.
    """
    width, height = size
    columns = np.array([0, 2, *range(5, faces.shape[1], 2)])
    x, y = faces[:, columns], faces[:, columns + 1]
    x, y = {90: (y, width - x), 180: (width - x, height - y), 270: (height - y, x)}[turn]
    back = faces.copy()
    back = faces.copy()
    back[:, 5::2], back[:, 6::2] = x[:, 2:], y[:, 2:]
    for axis, places in enumerate((x[:, :2], y[:, :2])):
        back[:, axis], back[:, axis + 2] = places.min(axis=1), places.max(axis=1)
    return back
