"""Recognizes the faces of a photo in its edited version: turned, mirrored, scaled, cropped or retouched.

Both versions are compared as small grey thumbnails. The earlier one is tried in all eight orientations, as a whole and
cropped so that one of its faces lies on one of the later version's; the crop is then refined. Only if the grey levels
agree are they versions of one photo: similar places of the faces are not enough, since another person may be there.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from heapq import nlargest
from itertools import islice, product

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from photogender.catalog.catalog import Catalog
from photogender.catalog.pictures.edits import (
    Edit,
    Thumbnail,
    Version,
    follow,
    lost,
    new_or_beside,
    open_edits,
    renamed_edit,
    version,
)
from photogender.records import THUMBNAIL, FaceBox, same_faces

_SAME_PICTURE = 0.9
"""Least correlation of the grey levels. Different portraits in front of the same background reach 0.8."""

_SURELY_SAME = 0.98
"""The same for a photo that was renamed as well, where the name is no evidence."""

_SURELY_PART = 0.92
"""The same for a photo that was renamed and cropped. Of 9,900 pairs of different photos the best reached 0.88, and of
100 crops of photos 93 more than this (Flickr; crops of 16 to 94 % of the area)."""

_WORTH_REFINING = 0.55
"""Least correlation of a crop that is guessed from the boxes of two faces alone."""

_LEAST_PART = 0.2
"""Least area of such a crop, of the whole: with fewer pixels, different photos look the same."""

_MOST_PAIRS = 50_000
"""Pairs of pictures that are looked at for it; they take eight seconds."""

_TOGETHER = 1000
"""Thumbnails compared at once; their pixels take 8 MB."""

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

    @property
    def area(self) -> float:
        """Of the whole picture, as a fraction."""
        x1, y1, x2, y2 = self.edges
        return (x2 - x1) * (y2 - y1)


def follow_edits(catalog: Catalog) -> None:
    """Let corrections follow to the edited versions of their photos, once all files of a scan are known."""
    for edit in open_edits(catalog):
        follow(catalog, edit, same_after_edit(edit))
    missing, found = lost(catalog), set()
    for similar in (_most_similar, partial(_most_similar_crops, catalog)):
        left = [each for each in missing if each.photo_id not in found]
        for earlier, later in similar(left, new_or_beside(catalog, left)) if left else ():
            renamed = renamed_edit(catalog, earlier, later)
            if renamed and (same := same_after_edit(renamed)):
                follow(catalog, renamed, same)
                found.add(earlier)


def _most_similar(some: Sequence[Thumbnail], others: Iterable[Thumbnail]) -> list[tuple[int, int]]:
    """Pairs of pictures, by id, that are surely the same, turned and mirrored or not; each at most once."""
    ids = [each.photo_id for each in some]
    turned = _directions([_turned_levels(_square(each), how) for each in some for how in _ORIENTATIONS])
    others, found = iter(others), []
    while together := list(islice(others, _TOGETHER)):
        scores = turned @ _directions([_square(each) for each in together]).T
        scores = scores.reshape(len(ids), len(_ORIENTATIONS), len(together)).max(axis=1)
        for i, j in np.argwhere(scores >= _SURELY_SAME).tolist():
            found.append((float(scores[i, j]), ids[i], together[j].photo_id))
    return _best_pairs(found)


def _most_similar_crops(
    catalog: Catalog, some: Sequence[Thumbnail], others: Iterable[Thumbnail]
) -> list[tuple[int, int]]:
    """Pairs of pictures, by id, the second of which is surely a part of the first; each at most once."""
    others = list(islice(others, _MOST_PAIRS // len(some) + 1))
    if len(some) * len(others) > _MOST_PAIRS:
        return []
    wholes, parts = (
        [(key, _relative(each)) for key in ids if (each := version(catalog, key))]
        for ids in ([each.photo_id for each in some], [each.photo_id for each in others])
    )
    found = []
    for (one, whole), (other, part) in product(wholes, parts):
        guesses = [guess for guess in _guesses(whole, part) if guess.area >= _LEAST_PART]
        guess = max(guesses, key=lambda guess: guess.score, default=None)
        if guess and guess.score >= _WORTH_REFINING:
            crop = _refined(whole, part, guess)
            if crop.score >= _SURELY_PART and crop.area >= _LEAST_PART:
                found.append((crop.score, one, other))
    return _best_pairs(found)


def _best_pairs(found: Iterable[tuple[float, int, int]]) -> list[tuple[int, int]]:
    """Of scored pairs the best, so that each picture is in one at most."""
    pairs: dict[int, int] = {}
    for _, one, other in sorted(found, reverse=True):
        if one not in pairs and other not in pairs.values():
            pairs[one] = other
    return list(pairs.items())


def _square(thumbnail: Thumbnail) -> NDArray[np.uint8]:
    return np.frombuffer(thumbnail.pixels, np.uint8).reshape(THUMBNAIL, THUMBNAIL)


def _directions(pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.float64]:
    """Grey levels as unit vectors, one a row: their products are correlations."""
    levels = np.stack(pictures).reshape(len(pictures), -1).astype(np.float64)
    levels -= levels.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(levels, axis=1, keepdims=True)
    directions: NDArray[np.float64] = levels / np.maximum(lengths, 1e-9)  # a picture of one grey has length 0
    return directions


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
    for crop in nlargest(_REFINED, _guesses(whole, part), key=lambda crop: crop.score):
        yield _refined(whole, part, crop)


def _guesses(whole: _Picture, part: _Picture) -> Iterator[_Crop]:
    """The crops of ``whole`` in which one of its faces lies on one of ``part``'s."""
    for face, other in product(whole.faces, part.faces):
        width, height = face.width / other.width, face.height / other.height
        x, y = face.x1 - other.x1 * width, face.y1 - other.y1 * height
        edges = (max(x, 0.0), max(y, 0.0), min(x + width, 1.0), min(y + height, 1.0))
        if min(edges[2] - edges[0], edges[3] - edges[1]) >= _LEAST_CROP:
            yield _scored(whole, part, edges)


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
    levels = _turned_levels(np.asarray(picture.pixels), orientation)
    faces = tuple(_turned_box(face, orientation) for face in picture.faces)
    return _Picture(Image.fromarray(np.ascontiguousarray(levels)), faces)


def _turned_levels(levels: NDArray[np.uint8], orientation: _Orientation) -> NDArray[np.uint8]:
    swap, mirror_x, mirror_y = orientation
    levels = levels.T if swap else levels
    levels = levels[:, ::-1] if mirror_x else levels
    return levels[::-1] if mirror_y else levels


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
