"""Recognizes the faces of a photo in its edited version: turned, mirrored, scaled, cropped or retouched.

Both versions are compared as small grey thumbnails. The earlier one is tried in all eight orientations, as a whole and
cropped so that one of its faces lies on one of the later version's; the crop is then refined. Only if the grey levels
agree are they versions of one photo: similar places of the faces are not enough, since another person may be there.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from heapq import nlargest
from itertools import product

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from photogender.catalog.edits import Edit, Version
from photogender.records import THUMBNAIL, FaceBox, same_faces

_SAME_PICTURE = 0.9
"""Least correlation of the grey levels. Different portraits in front of the same background reach 0.8."""

_SAME_FACE = 0.25
"""Least intersection over union of a face with its counterpart: detectors box a face that lies on its side loosely."""

_REFINED = 12
"""Crops that are refined, the best first."""

_STEPS = (0.06, 0.03, 0.015, 0.0075)
"""How far each edge of a crop is moved while refining, as a fraction of the picture."""

_LEAST_CROP = 0.2
"""Fraction of width or height below which a crop has too few pixels to be recognized."""

_Orientation = tuple[bool, bool, bool]
"""Whether x and y are swapped, and whether x and then y are mirrored afterwards."""

_ORIENTATIONS: tuple[_Orientation, ...] = tuple((s, x, y) for s, x, y in product((False, True), repeat=3))


@dataclass(frozen=True, slots=True)
class _Picture:
    """A thumbnail and its faces, as fractions of width and height."""

    pixels: Image.Image
    faces: tuple[FaceBox, ...]


@dataclass(frozen=True, slots=True)
class _Crop:
    """Where the later picture is in the turned earlier one, as fractions of width and height."""

    score: float
    edges: tuple[float, float, float, float]
    """x1, y1, x2, y2."""


def same_after_edit(edit: Edit) -> dict[int, int]:
    """Which face of the earlier picture is which of the later one, by id; empty unless they show the same picture."""
    earlier, later = _relative(edit.earlier), _relative(edit.later)
    # A photo may also have been cropped before, and put back whole now.
    forwards, backwards = _found(earlier, later), _found(later, earlier)
    whole, part = (list(edit.earlier.faces), list(edit.later.faces)), (list(edit.later.faces), list(edit.earlier.faces))
    if forwards[0] >= backwards[0]:
        return {whole[0][i]: whole[1][j] for i, j in forwards[1].items()}
    return {part[1][j]: part[0][i] for i, j in backwards[1].items()}


def _found(whole: _Picture, part: _Picture) -> tuple[float, dict[int, int]]:
    """How well ``part`` matches something of ``whole``, and which of the faces are the same."""
    every = [_turned(whole, orientation) for orientation in _ORIENTATIONS]
    uncropped = [(_scored(turned, part, (0.0, 0.0, 1.0, 1.0)), turned) for turned in every]
    crop, turned = max(uncropped, key=lambda each: each[0].score)
    if crop.score < _SAME_PICTURE:
        cropped = [(crop, turned) for turned in every for crop in _crops(turned, part)]
        crop, turned = max((*uncropped, *cropped), key=lambda each: each[0].score)
    if crop.score < _SAME_PICTURE:
        return crop.score, {}
    x1, y1, x2, y2 = crop.edges
    faces = [_moved(face, -x1, -y1).scaled(1 / (x2 - x1), 1 / (y2 - y1)) for face in turned.faces]
    return crop.score, same_faces(faces, part.faces, _SAME_FACE)


def _crops(whole: _Picture, part: _Picture) -> Iterator[_Crop]:
    """The best crops of ``whole`` in which one of its faces lies on one of ``part``'s, refined."""
    guesses = []
    for face, other in product(whole.faces, part.faces):
        width, height = face.width / other.width, face.height / other.height
        x, y = face.x1 - other.x1 * width, face.y1 - other.y1 * height
        edges = (max(x, 0.0), max(y, 0.0), min(x + width, 1.0), min(y + height, 1.0))
        if min(edges[2] - edges[0], edges[3] - edges[1]) >= _LEAST_CROP:
            guesses.append(_scored(whole, part, edges))
    for crop in nlargest(_REFINED, guesses, key=lambda crop: crop.score):
        yield _refined(whole, part, crop)


def _refined(whole: _Picture, part: _Picture, crop: _Crop) -> _Crop:
    for step in _STEPS:
        better = True
        while better:
            better = False
            for edge, change in product(range(4), (-step, step)):
                moved = (*crop.edges[:edge], crop.edges[edge] + change, *crop.edges[edge + 1 :])
                if _is_crop(moved) and (other := _scored(whole, part, moved)).score > crop.score:
                    crop, better = other, True
    return crop


def _is_crop(edges: tuple[float, ...]) -> bool:
    x1, y1, x2, y2 = edges
    return min(x1, y1) >= 0 and max(x2, y2) <= 1 and min(x2 - x1, y2 - y1) >= _LEAST_CROP


def _scored(whole: _Picture, part: _Picture, edges: tuple[float, ...]) -> _Crop:
    """Correlation of a crop with the other picture, at as many pixels as the crop has."""
    x1, y1, x2, y2 = edges
    size = (max(round((x2 - x1) * THUMBNAIL), 4), max(round((y2 - y1) * THUMBNAIL), 4))
    box = (x1 * THUMBNAIL, y1 * THUMBNAIL, x2 * THUMBNAIL, y2 * THUMBNAIL)
    crop = _levels(whole.pixels.resize(size, Image.Resampling.BILINEAR, box=box))
    other = _levels(part.pixels.resize(size, Image.Resampling.BOX))
    spread = float(np.linalg.norm(crop) * np.linalg.norm(other))
    score = float((crop * other).sum()) / spread if spread > 0 else 0.0
    return _Crop(score, (x1, y1, x2, y2))


def _levels(picture: Image.Image) -> NDArray[np.float64]:
    levels = np.asarray(picture, dtype=np.float64)
    centred: NDArray[np.float64] = levels - levels.mean()
    return centred


def _relative(version: Version) -> _Picture:
    pixels = Image.frombytes("L", (THUMBNAIL, THUMBNAIL), version.thumbnail)
    faces = tuple(box.scaled(1 / version.width, 1 / version.height) for box in version.faces.values())
    return _Picture(pixels, faces)


def _turned(picture: _Picture, orientation: _Orientation) -> _Picture:
    swap, mirror_x, mirror_y = orientation
    levels = np.asarray(picture.pixels)
    levels = levels.T if swap else levels
    levels = levels[:, ::-1] if mirror_x else levels
    levels = levels[::-1] if mirror_y else levels
    faces = tuple(_turned_box(face, orientation) for face in picture.faces)
    return _Picture(Image.fromarray(np.ascontiguousarray(levels)), faces)


def _turned_box(face: FaceBox, orientation: _Orientation) -> FaceBox:
    swap, mirror_x, mirror_y = orientation
    x1, y1, x2, y2 = (face.y1, face.x1, face.y2, face.x2) if swap else (face.x1, face.y1, face.x2, face.y2)
    x1, x2 = (1 - x2, 1 - x1) if mirror_x else (x1, x2)
    y1, y2 = (1 - y2, 1 - y1) if mirror_y else (y1, y2)
    return replace(face, x1=x1, y1=y1, x2=x2, y2=y2, landmarks=())


def _moved(face: FaceBox, x: float, y: float) -> FaceBox:
    return replace(face, x1=face.x1 + x, y1=face.y1 + y, x2=face.x2 + x, y2=face.y2 + y, landmarks=())


def thumbnail(picture: Image.Image) -> bytes:
    """A photo's thumbnail as ``Tagged`` keeps it."""
    return picture.convert("L").resize((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX).tobytes()
