"""Faces in a picture, with CenterFace: one ordinary look, and a further one only where it pays.

CenterFace (Xu et al., "CenterFace: Joint Face Detection and Alignment Using Face as Point", 2019,
arXiv:1911.03599) marks every cell of a grid, 4 pixels wide, with the probability that a face has its
centre there, and beside it the face's size, the centre's place within the cell and five landmarks.
"""

import math
import threading
from collections.abc import Sequence
from contextlib import nullcontext

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from photogender.errors import ModelError
from photogender.preprocess import to_batch
from photogender.records import FaceBox
from photogender.session import Granted, Session
from photogender.spec import ModelSpec

_OUTPUTS = ["537", "538", "539", "540"]
_CHANNELS = (1, 2, 2, 10)  # heat; log of height and width; offset y, x; five landmarks y, x
_STRIDE = 4  # input pixels per grid cell
_MULTIPLE = 32  # the net halves its input five times

_LARGE = 3 * 1024 * 768  # bytes of a look's input
_MARGIN = 4  # sides of a face around it in a closer look

Array = NDArray[np.float64]
Part = tuple[int, int, int, int]


class Detector:
    """CenterFace as its spec says. ``detect`` may be called from several threads at once."""

    def __init__(self, spec: ModelSpec, device: Granted, confidence: float | None = None) -> None:
        """Load the net; ``confidence`` replaces the spec's.

        Raises:
            ModelError: The spec is not a detector's, or its file is missing, altered or of another kind.
            RuntimeMissingError: The device was not granted.
        """
        if spec.detector is None:
            raise ModelError(f"The model {spec.name} does not detect faces.", "Choose one whose task is detect.")
        self._settings = spec.detector
        self._confidence = spec.detector.confidence if confidence is None else confidence
        self._input = spec.nets[0].input
        self._session = Session(spec.nets[0], device)
        self._large_look = threading.Lock()

    @property
    def decode_side(self) -> int:
        """Long side in pixels a picture should at least be decoded to, where the file has as many."""
        return self._settings.decode_side

    def detect(self, pixels: Image.Image) -> list[FaceBox]:
        """All faces of one RGB picture, best score first, in its own pixels; boxes end at its edges.

        A picture is looked at small first. Where that shows faces, or traces of faces, that are too small
        for the look, a closer one at that part of the picture answers for these; and so on. In a small
        picture the second look is taken always, and at all of it. No face at all brings a look at
        ``close_side``, which shows a face that fills the picture as the net knows faces.

        Raises:
            ModelError: The net's outputs are not CenterFace's.
        """
        settings = self._settings
        long_side = max(pixels.size)
        hint = min(settings.hint, self._confidence)
        found, small, parts = np.empty((0, 15)), math.inf, [(0, 0, *pixels.size)]
        for number, side in enumerate(self._sides(long_side)):
            closer = np.concatenate([self._look(pixels, part, side / long_side) for part in parts])
            found = np.concatenate([found[_side(found) >= small], closer[_side(closer) < 2 * small]])
            found = suppress(found, settings.overlap)
            small = settings.small_face * long_side / side  # in the picture's own pixels
            traces = found[(_side(found) < small) & (found[:, 4] >= hint)]
            if number == 0 and long_side <= settings.small_picture:
                continue
            if not len(traces):
                break
            parts = surroundings(traces, pixels.size)
        faces = found[found[:, 4] >= self._confidence]
        if not len(faces):
            closest = self._look(pixels, (0, 0, *pixels.size), settings.close_side / long_side)
            faces = suppress(closest[closest[:, 4] >= self._confidence], settings.overlap)
        faces[:, 0:4:2] = faces[:, 0:4:2].clip(0, pixels.width)
        faces[:, 1:4:2] = faces[:, 1:4:2].clip(0, pixels.height)
        return [_face_box(row) for row in faces.tolist()]

    def _sides(self, long_side: int) -> tuple[int, ...]:
        """Long sides of the looks at a picture, ascending; none but the first enlarges it."""
        settings = self._settings
        if long_side > settings.whole_picture:
            return tuple(sorted({min(side, long_side) for side in settings.sides}))
        first, own = settings.sides[0], max(long_side, settings.least_side)
        return (first, own) if own >= 1.25 * first else (own,)  # of fewer pixels more, the net sees nothing new

    def _look(self, pixels: Image.Image, part: Part, scale: float) -> Array:
        """Candidates (see ``candidates``) in the picture's pixels, from a part of it (x1, y1, x2, y2) resized."""
        width, height = (max(1, round((part[axis + 2] - part[axis]) * scale)) for axis in (0, 1))
        resized = pixels.resize((width, height), Image.Resampling.BILINEAR, box=part, reducing_gap=1.0)
        # Black to the right and below keeps the proportions; stretching would not cost less.
        canvas = np.zeros((-height % _MULTIPLE + height, -width % _MULTIPLE + width, 3), np.uint8)
        canvas[:height, :width] = np.asarray(resized)
        # The net needs some 200 bytes a pixel while it runs: of the largest looks, one at a time.
        with self._large_look if canvas.size > _LARGE else nullcontext():
            outputs = self._session.run(to_batch([canvas], self._input), _OUTPUTS)
        floor = min(self._settings.hint, self._confidence)
        found = candidates(outputs, floor)
        x, y = (part[2] - part[0]) / width, (part[3] - part[1]) / height
        return found * ([x, y, x, y, 1.0] + [x, y] * 5) + (part[:2] * 2 + (0,) + part[:2] * 5)


def surroundings(faces: Array, size: tuple[int, int]) -> list[Part]:
    """The parts of a picture to look at closer: each face and as much around it as the net needs.

    Args:
        faces: n × 4 or more, n at least 1: x1, y1, x2, y2.
        size: Width and height of the picture.

    Returns:
        Parts that do not overlap, in whole pixels (x1, y1, x2, y2); the whole picture once they come to half of it.
    """
    parts: list[Part] = []
    for (x1, y1, x2, y2), side in zip(faces[:, :4].tolist(), _side(faces).tolist(), strict=True):
        margin = _MARGIN * side
        part = (
            math.floor(max(x1 - margin, 0)),
            math.floor(max(y1 - margin, 0)),
            math.ceil(min(x2 + margin, size[0])),
            math.ceil(min(y2 + margin, size[1])),
        )
        while touching := next((other for other in parts if _overlap(part, other)), None):
            parts.remove(touching)
            low, high = (tuple(map(pick, part, touching)) for pick in (min, max))
            part = (low[0], low[1], high[2], high[3])
        parts.append(part)
    area = sum((x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in parts)
    return parts if 2 * area < size[0] * size[1] else [(0, 0, *size)]


def _overlap(one: Part, other: Part) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def candidates(outputs: Sequence[NDArray[np.float32]], floor: float) -> Array:
    """Every grid cell whose score is at least ``floor``, as a face, not yet thinned out.

    Args:
        outputs: Heat (1 × 1 × h × w), log size (2 channels: height, width, in cells), offset (2: y, x, in
            cells) and landmarks (10: five pairs y, x, as fractions of the box from its top left corner);
            float32. The centre is ``(cell + offset + 0.5) * 4`` and the size ``exp(log size) * 4``, as in
            the authors' own code, https://github.com/Star-Clouds/CenterFace.
        floor: Lowest score.

    Returns:
        float64, n × 15: x1, y1, x2, y2, score, then x, y of the five landmarks; input pixels.

    Raises:
        ModelError: The outputs have other shapes.
    """
    grid = outputs[0].shape[2:]
    if [output.shape for output in outputs] != [(1, channels, *grid) for channels in _CHANNELS] or len(grid) != 2:
        raise ModelError(f"The detector's outputs {[output.shape for output in outputs]} are not CenterFace's.")
    heat, log_size, offset, points = (output[0] for output in outputs)
    cells = np.nonzero(heat[0] >= floor)
    size = np.exp(log_size[:, *cells].astype(np.float64)) * _STRIDE  # 2 × n, y before x
    corner = (np.stack(cells) + offset[:, *cells] + 0.5) * _STRIDE - size / 2
    marks = points[:, *cells].reshape(5, 2, -1) * size + corner
    found = np.empty((size.shape[1], 15))
    found[:, 0:2] = corner[::-1].T
    found[:, 2:4] = (corner + size)[::-1].T
    found[:, 4] = heat[0][cells]
    found[:, 5:] = marks[:, ::-1].reshape(10, -1).T
    return found


def suppress(found: Array, overlap: float) -> Array:
    """Non-maximum suppression: the faces no better one overlaps too much, best first.

    Args:
        found: n × 5 or more: x1, y1, x2, y2, score, and whatever else belongs to a face.
        overlap: Intersection over union above which the one of lower score goes.
    """
    # Equal scores go by place, so that the answer does not depend on the order of the rows.
    rest = found[np.lexsort((found[:, 1], found[:, 0], -found[:, 4]))]
    kept = []
    while len(rest):
        kept.append(rest[0])
        rest = rest[1:][_overlaps(rest[0], rest[1:]) <= overlap]
    return np.array(kept).reshape(-1, found.shape[1])


def _overlaps(box: Array, boxes: Array) -> Array:
    """Intersection over union of one box with each of n."""
    corner = np.maximum(box[:2], boxes[:, :2])
    shared = (np.minimum(box[2:4], boxes[:, 2:4]) - corner).clip(0).prod(axis=1)
    union = _side(box[None]) ** 2 + _side(boxes) ** 2 - shared
    ratio: Array = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return ratio


def _side(boxes: Array) -> Array:
    """Side in pixels of the square as large as each box."""
    side: Array = np.sqrt((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]))
    return side


def _face_box(row: list[float]) -> FaceBox:
    x1, y1, x2, y2, score, *marks = row
    return FaceBox(x1, y1, x2, y2, min(score, 1.0), tuple(zip(marks[0::2], marks[1::2], strict=True)))
