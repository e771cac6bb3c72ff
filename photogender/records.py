"""The records that flow from stage to stage: frozen, slotted, and free of behaviour that does I/O.

Every box and landmark outside the detector is in pixels of the *upright* (orientation applied)
full-size photo: x to the right, y down, origin at the top left corner of the top left pixel.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from photogender.labels import Gender

if TYPE_CHECKING:  # a query imports this module, and needs neither
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

Point = tuple[float, float]

Stage = Literal["gone", "read", "decode", "estimate"]
"""Where a photo failed: it vanished, its file could not be read, its content is not a usable picture, a network gave
a number that is not finite."""


State = tuple[str, int, int, int]
"""Path, size, modification and change time of a file, as a ``Photo`` has them: all that is made of an unchanged one."""


def file_state(path: str, status: os.stat_result) -> State:
    """The state of a file; times beyond 64 bits (the year 2262), which SQLite cannot store, become the limit."""
    mtime_ns, ctime_ns = status.st_mtime_ns, status.st_ctime_ns
    if not (-(2**63) <= mtime_ns < 2**63 and -(2**63) <= ctime_ns < 2**63):
        mtime_ns, ctime_ns = (min(max(ns, -(2**63)), 2**63 - 1) for ns in (mtime_ns, ctime_ns))
    return path, status.st_size, mtime_ns, ctime_ns


class Photo(NamedTuple):
    """A file that was found, with the numbers that tell whether it changed."""

    path: str
    """Absolute, without links; bytes that are not UTF-8 are kept as surrogate escapes (PEP 383)."""
    root: str
    """The folder that was scanned, absolute."""
    size: int
    """Bytes."""
    mtime_ns: int
    """Modification time, nanoseconds since the epoch."""
    ctime_ns: int = 0
    """Change time of the inode, nanoseconds since the epoch: it moves also if a program puts ``mtime_ns`` back."""
    content_hash: str | None = None
    """SHA-256 of the file, hexadecimal, as it was scanned; None if that is not known."""
    orientation: int | None = None
    """EXIF orientation with which it was scanned, which counts if the file has none itself; None: its sidecar's."""

    @classmethod
    def of(cls, path: str, root: str, status: os.stat_result) -> "Photo":
        """The record of a file."""
        return cls.at(root, file_state(path, status))

    @classmethod
    def at(cls, root: str, state: State) -> "Photo":
        """The record of a file in this state."""
        path, size, mtime_ns, ctime_ns = state
        return cls(path, root, size, mtime_ns, ctime_ns)


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """What the file itself says, read while decoding."""

    content_hash: str
    """SHA-256 of the whole file, hexadecimal."""
    format: str
    """As the content tells, not the name: ``JPEG``, ``PNG``, ``HEIF``, ``RAW``, ..."""
    width: int
    """Full-size pixels, upright."""
    height: int
    taken: str | None = None
    """Date taken, from EXIF, XMP or IPTC, ``YYYY-MM-DDTHH:MM:SS`` in the camera's own local time."""
    camera: str | None = None
    """EXIF make and model."""
    note: str | None = None
    """What is wrong with a file that could be decoded all the same, as a sentence."""
    orientation: int | None = None
    """How the stored picture was turned to be upright, as in EXIF, 1 to 8."""


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """Pixels of one photo, possibly smaller than the file's own."""

    pixels: "Image.Image"
    """Mode RGB, upright."""
    facts: PhotoFacts

    @property
    def scale(self) -> tuple[float, float]:
        """Decoded pixels per full-size pixel, along x and y; both at most 1."""
        return self.pixels.width / self.facts.width, self.pixels.height / self.facts.height


def turn_of(landmarks: Sequence[Point]) -> int:
    """Degrees by which a face with these landmarks must be turned clockwise to be upright: 0, 90, 180 or 270.

    The nearest of them, by the way from the eyes to the mouth. 0 if there are no landmarks.
    """
    if not landmarks:
        return 0
    (ax, ay), (bx, by), _, (cx, cy), (dx, dy) = landmarks
    right, down = cx + dx - ax - bx, cy + dy - ay - by
    if abs(down) >= abs(right):
        return 0 if down >= 0 else 180
    return 90 if right > 0 else 270


@dataclass(frozen=True, slots=True)
class FaceBox:
    """One detected face."""

    x1: float
    y1: float
    x2: float
    y2: float
    score: float
    """The detector's own, 0 to 1; comparable only between faces of one detector."""
    landmarks: tuple[Point, ...] = ()
    """Eye, eye, nose tip, mouth corner, mouth corner; in each pair the one further left in the photo
    comes first for an upright face. Empty where a detector has none."""

    @property
    def turn(self) -> int:
        """Degrees by which the photo must be turned clockwise to show the face upright: 0, 90, 180 or 270."""
        return turn_of(self.landmarks)

    @property
    def width(self) -> float:
        """Box width in pixels."""
        return self.x2 - self.x1

    @property
    def height(self) -> float:
        """Box height in pixels."""
        return self.y2 - self.y1

    @property
    def longer(self) -> float:
        """Longer side of the box in pixels."""
        return max(self.width, self.height)

    def iou(self, other: "FaceBox") -> float:
        """Intersection over union with another box of the same frame: 0 (apart) to 1 (equal)."""
        width = min(self.x2, other.x2) - max(self.x1, other.x1)
        height = min(self.y2, other.y2) - max(self.y1, other.y1)
        if width <= 0 or height <= 0:
            return 0.0
        return width * height / (self.width * self.height + other.width * other.height - width * height)

    def scaled(self, x: float, y: float) -> "FaceBox":
        """The same face in a frame whose pixels are ``x`` and ``y`` times as many."""
        points = tuple((px * x, py * y) for px, py in self.landmarks)
        return FaceBox(self.x1 * x, self.y1 * y, self.x2 * x, self.y2 * y, self.score, points)

    def moved(self, x: float, y: float) -> "FaceBox":
        """The same face in a frame whose origin is ``x`` and ``y`` pixels further left and up."""
        points = tuple((px + x, py + y) for px, py in self.landmarks)
        return FaceBox(self.x1 + x, self.y1 + y, self.x2 + x, self.y2 + y, self.score, points)


def same_faces(some: Sequence[FaceBox], others: Sequence[FaceBox], least: float) -> dict[int, int]:
    """Which of ``some`` is which of ``others``, by index: the best overlaps first, each box at most once.

    Args:
        some: Boxes.
        others: Boxes of the same frame.
        least: Smallest intersection over union of the same face.
    """
    overlaps = ((a.iou(b), i, j) for i, a in enumerate(some) for j, b in enumerate(others))
    same = [each for each in overlaps if each[0] >= least]
    found: dict[int, int] = {}
    taken: set[int] = set()
    for _, i, j in sorted(same, key=lambda each: (-each[0], each[1], each[2])):
        if i not in found and j not in taken:
            found[i] = j
            taken.add(j)
    return found


@dataclass(frozen=True, slots=True)
class FaceCrop:
    """One face ready to be classified."""

    box: FaceBox
    chips: "tuple[NDArray[np.uint8], ...]"
    """One per net of the age/gender model, in the spec's order: height × width × 3, RGB, 0-255."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """Apparent age and gender of one face, estimated from its pixels."""

    gender: Gender
    gender_confidence: float
    """Probability the net gives to ``gender``: 0.5 to 1."""
    age: float
    """Years: the expectation where the net gives a distribution."""
    age_group: str
    """One of ``AGE_GROUPS``: the net's own answer where it gives groups, else the one ``age`` falls into."""
    age_confidence: float | None
    """Probability the net gives to ages that fall into ``age_group``: 0 to 1; None where it gives years alone."""
    age_low: float | None = None
    """Years: the age lies from here ..."""
    age_high: float | None = None
    """... to here with a probability of 0.8, as the net sees it; None where it gives no probabilities of years."""


@dataclass(frozen=True, slots=True)
class Face:
    """One face with what is estimated of it."""

    box: FaceBox
    prediction: Prediction


@dataclass(frozen=True, slots=True)
class Tagged:
    """A photo that was examined; ``faces`` may be empty, which is a result too."""

    photo: Photo
    facts: PhotoFacts
    faces: tuple[Face, ...]
    thumbnail: bytes | None = None
    """If it has faces: ``THUMBNAIL`` × ``THUMBNAIL`` grey levels, by rows; an edited photo is recognized by them."""


THUMBNAIL = 32
"""Pixels of both sides of a photo's thumbnail, whatever its shape."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A photo that could not be examined, and why."""

    photo: Photo
    stage: Stage
    reason: str
    """A sentence for a person, without the path."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A file whose content the catalog knows from a place where it no longer is."""

    photo: Photo
    content_hash: str
    old_path: str


@dataclass(frozen=True, slots=True)
class Copied:
    """A file whose content the catalog knows from another place, where it still is."""

    photo: Photo
    content_hash: str
    original: str


@dataclass(frozen=True, slots=True)
class Touched:
    """A file of which only the dates changed."""

    photo: Photo
    content_hash: str


Outcome = Tagged | Skipped | Moved | Copied | Touched
