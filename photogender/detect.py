"""Faces in a picture, with CenterFace: which looks are taken, and what the network's maps mean.

The network (Xu, Yan, Yang, Chen, "CenterFace: Joint Face Detection and Alignment Using Face as Point",
2019, arXiv:1911.03599) sees each face as a point of a map of a quarter of the picture's size; at that
point other maps give the box and five landmarks.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from photogender.errors import ModelError
from photogender.records import FaceBox
from photogender.session import Granted, Session
from photogender.spec import ModelSpec

STRIDE = 4
"""Pixels of the input per cell of the maps."""
MULTIPLE = 32
"""Width and height of the input must be multiples of this."""
OUTPUTS = ["537", "538", "539", "540"]
"""Score; logarithm of height and width; offset down and right; landmarks, down and right."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Possible faces, in pixels of one picture."""

    boxes: NDArray[np.float64]
    """n × 4: left, top, right, bottom."""
    scores: NDArray[np.float64]
    """n, 0 to 1."""
    landmarks: NDArray[np.float64]
    """n × 5 × 2: x, y; in the order of ``FaceBox.landmarks``."""

    def pick(self, which: NDArray[np.intp] | NDArray[np.bool_]) -> "Candidates":
        """Those at the given places."""
        return Candidates(self.boxes[which], self.scores[which], self.landmarks[which])


class Detector:
    """A loaded detector; ``detect`` may be called from several threads at once."""

    def __init__(self, spec: ModelSpec, device: Granted, confidence: float | None = None) -> None:
        """Load the network.

        Args:
            spec: A model of the task ``detect``.
            device: As granted by ``choose_device``.
            confidence: Lowest score that counts as a face, 0 to 1; None: the spec's.

        Raises:
            ModelError: The file is missing or altered, or the spec is not of a detector.
            RuntimeMissingError: ONNX Runtime is not installed.
        """
        if spec.detector is None:
            raise ModelError(f"The model {spec.name} is no detector.")
        self._settings = spec.detector
        self._confidence = spec.detector.confidence if confidence is None else confidence
        self._session = Session(spec.nets[0], device)
        self.decode_side = 1000
        """Long side in pixels that a picture should have to be looked at."""

    def detect(self, pixels: Image.Image) -> list[FaceBox]:
        """The faces in a picture, best score first.

        Args:
            pixels: RGB, upright, any size.

        Returns:
            Boxes and landmarks in pixels of the given picture; they may reach over its edge.
        """
        found = suppress(self._look(pixels, self._settings.long_side), self._settings.overlap)
        return [
            FaceBox(*map(float, box), float(score), tuple((float(x), float(y)) for x, y in points))
            for box, score, points in zip(found.boxes, found.scores, found.landmarks, strict=True)
        ]

    def _look(self, picture: Image.Image, long_side: int) -> Candidates:
        """All candidates of one look at the picture, brought to the given long side, in its own pixels."""
        ratio = long_side / max(picture.size)
        width, height = (max(1, round(side * ratio)) for side in picture.size)
        resized = picture.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0)
        batch = np.zeros((1, 3, -(-height // MULTIPLE) * MULTIPLE, -(-width // MULTIPLE) * MULTIPLE), np.float32)
        batch[0, :, :height, :width] = np.asarray(resized).transpose(2, 0, 1)
        found = decode_maps(*self._session.run(batch, OUTPUTS), self._confidence)
        zoom = np.array([picture.width / width, picture.height / height])
        return Candidates(found.boxes * np.tile(zoom, 2), found.scores, found.landmarks * zoom)


def decode_maps(
    score: NDArray[np.float32],
    size: NDArray[np.float32],
    offset: NDArray[np.float32],
    landmarks: NDArray[np.float32],
    confidence: float,
) -> Candidates:
    """What the network's maps say, in pixels of its input.

    Args:
        score: 1 × 1 × rows × columns, 0 to 1: whether a face's centre is in the cell.
        size: 1 × 2 × rows × columns: natural logarithm of height and width in cells.
        offset: 1 × 2 × rows × columns: from the cell's middle to the centre, down and right, in cells.
        landmarks: 1 × 10 × rows × columns: five times down and right from the box's top left, in
            units of its height and width.
        confidence: Lowest score to keep.

    Returns:
        One candidate per cell that is kept, row by row. Paper, section 3.1-3.2.
    """
    row, column = np.nonzero(score[0, 0] >= confidence)
    extent = np.exp(size[0][:, row, column].T.astype(np.float64)) * STRIDE
    centre = (np.stack([row, column], axis=1) + 0.5 + offset[0][:, row, column].T) * STRIDE
    corner = centre - extent / 2
    points = landmarks[0][:, row, column].T.reshape(-1, 5, 2) * extent[:, None] + corner[:, None]
    boxes = np.concatenate([corner[:, ::-1], (corner + extent)[:, ::-1]], axis=1)
    return Candidates(boxes, score[0, 0, row, column].astype(np.float64), points[..., ::-1])


def suppress(found: Candidates, overlap: float) -> Candidates:
    """Greedy non-maximum suppression: the best first, none whose IoU with a better one is above ``overlap``."""
    order = np.argsort(-found.scores, kind="stable")
    x1, y1, x2, y2 = found.boxes.T
    areas = (x2 - x1) * (y2 - y1)
    kept: list[np.intp] = []
    while order.size:
        best, rest = order[0], order[1:]
        kept.append(best)
        width = np.minimum(x2[best], x2[rest]) - np.maximum(x1[best], x1[rest])
        height = np.minimum(y2[best], y2[rest]) - np.maximum(y1[best], y1[rest])
        shared = np.clip(width, 0, None) * np.clip(height, 0, None)
        order = rest[shared <= overlap * (areas[best] + areas[rest] - shared)]
    return found.pick(np.array(kept, dtype=np.intp))
