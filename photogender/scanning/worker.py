"""A worker's job for one photo: read, decode, detect, crop. Nothing here touches the catalog.

On a CPU a worker does all of it in one call. For a device the call is cut in two, and between them the
faces of many photos are found at once.
"""

import math
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import astuple, dataclass, field

from PIL import Image

from photogender.catalog.pictures.places import Original
from photogender.errors import DecodeError
from photogender.faces.align import crop_face, needed_scale
from photogender.faces.detect.detector import Detector, Search
from photogender.models.spec import Net
from photogender.photos.faults import CHANGED
from photogender.photos.file import PhotoFile, open_photo
from photogender.photos.thumbnails import portrait
from photogender.records import (
    Copied,
    DecodedImage,
    Face,
    FaceBox,
    FaceCrop,
    Moved,
    Photo,
    PhotoFacts,
    Prediction,
    Skipped,
    Tagged,
    Touched,
)
from photogender.scanning.edited import thumbnail
from photogender.source import is_remote, is_there, state_of


@dataclass(frozen=True, slots=True)
class Job:
    """A photo to be examined."""

    photo: Photo
    originals: Mapping[str, Original] = field(default_factory=dict)
    """By content hash: pictures of the same size whose results need not be computed again."""
    faces: tuple[FaceBox, ...] | None = None
    """Known from an earlier scan with the same detector, or None; pixels of the upright full-size photo."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A decoded photo before detection."""

    photo: Photo
    image: DecodedImage
    search: Search


@dataclass(frozen=True, slots=True)
class Cropped:
    """A photo with its faces cropped, before classification."""

    photo: Photo
    facts: PhotoFacts
    crops: tuple[FaceCrop, ...]
    portraits: tuple[Image.Image, ...]
    thumbnail: bytes | None

    def tagged(self, predictions: Iterator[Prediction]) -> Tagged | Skipped:
        """The photo's outcome; takes one prediction for each crop."""
        faces = tuple(Face(crop.box, next(predictions)) for crop in self.crops)
        if not all(_is_finite(face) for face in faces):
            return Skipped(self.photo, "estimate", "a network gave a number that is not finite for one of its faces")
        return Tagged(self.photo, self.facts, faces, self.thumbnail)


Known = Moved | Copied | Touched
Examined = Cropped | Skipped | Known


@dataclass(frozen=True, slots=True)
class Examiner:
    """Examines photos, one at a time; shared by all workers."""

    detector: Detector
    nets: tuple[Net, ...]
    min_face: float
    """Pixels of the full-size photo, shorter side of the box."""
    with_portraits: bool

    def __call__(self, job: Job) -> Examined:
        """Examine a photo: its cropped faces, or its outcome if it needs no classification."""
        try:
            with open_photo(job.photo) as file:
                seen: Seen | Examined = self._look(job, file)
                if isinstance(seen, Seen):
                    (boxes,) = self.detector.finish([seen.search])
                    seen = self._crop(seen, boxes, file.decode)
                    file.check_unchanged()
                return seen
        except DecodeError as error:
            return _skipped(job.photo, error)

    def look(self, job: Job) -> Seen | Examined:
        """First half: decode a photo and close its file, so that it can wait for its batch; or its outcome."""
        try:
            with open_photo(job.photo) as file:
                return self._look(job, file)
        except DecodeError as error:
            return _skipped(job.photo, error)

    def crop(self, found: tuple[Seen | Examined, list[FaceBox] | None]) -> Examined:
        """Second half: crop the faces found in the result of ``look``; as ``Detector.finish`` gave them."""
        seen, boxes = found
        if not isinstance(seen, Seen):
            return seen
        try:
            return self._crop(seen, boxes, lambda side: _decode_again(seen.photo, side))
        except DecodeError as error:
            return _skipped(seen.photo, error)

    def _look(self, job: Job, file: PhotoFile) -> Seen | Cropped | Known:
        if job.originals and (original := job.originals.get(file.content_hash)):
            file.check_unchanged()
            return known_outcome(job.photo, file.content_hash, original)
        if job.faces is not None:
            cropped = self._cut(job.photo, file.facts, job.faces, None, file.decode)
            file.check_unchanged()
            return cropped
        image = file.decode(self.detector.decode_side(file.facts.width, file.facts.height))
        file.check_unchanged()
        return Seen(job.photo, image, self.detector.begin(image.pixels))

    def _crop(
        self, seen: Seen, boxes: list[FaceBox] | None, decode: Callable[[int], DecodedImage]
    ) -> Cropped | Skipped:
        if boxes is None:
            return Skipped(seen.photo, "estimate", "the detector gave a number that is not finite")
        x, y = seen.image.scale
        in_photo = [box.scaled(1 / x, 1 / y) for box in boxes]
        faces = tuple(box for box in in_photo if min(box.width, box.height) >= self.min_face)
        return self._cut(seen.photo, seen.image.facts, faces, seen.image, decode)

    def _cut(
        self,
        photo: Photo,
        facts: PhotoFacts,
        faces: tuple[FaceBox, ...],
        image: DecodedImage | None,
        decode: Callable[[int], DecodedImage],
    ) -> Cropped:
        """Crop the faces from the decoded picture, or from a larger decode for faces that are too small in it.

        Without a decoded picture, one is decoded that is at least as large as for the detector.
        """
        scales = [min(needed_scale(box, self.nets), 1.0) for box in faces]
        finest, coarse = max(scales, default=0.0), min(image.scale) if image else 0.0
        size = (facts.width, facts.height)
        side = max(self.detector.decode_side(*size), math.ceil(finest * max(size)))
        larger = decode(side) if finest > coarse else image
        sources = [larger if scale > coarse or image is None else image for scale in scales]
        pairs = [(source, box) for source, box in zip(sources, faces, strict=True) if source]
        return Cropped(
            photo,
            facts,
            tuple(crop_face(source, box, self.nets) for source, box in pairs),
            tuple(portrait(source, box) for source, box in pairs if self.with_portraits),
            thumbnail((image or pairs[0][0]).pixels) if pairs else None,
        )


def known_outcome(photo: Photo, content_hash: str, original: Original) -> Known:
    """The outcome of a file whose content the catalog knows."""
    if original.path == photo.path:
        return Touched(photo, content_hash)
    if not is_there(original.path):
        return Moved(photo, content_hash, original.path)
    try:
        _, *now = state_of(original.path)
    except OSError:
        return Moved(photo, content_hash, original.path)
    is_same = now[:2] == [original.size, original.mtime_ns]
    return (Copied if is_same else Moved)(photo, content_hash, original.path)


def _is_finite(face: Face) -> bool:
    """Whether all numbers of a face are finite, and its box is valid."""
    box = face.box
    numbers = [value for value in astuple(face.prediction) if isinstance(value, float)]
    numbers += [box.score, *(coordinate for point in box.landmarks for coordinate in point)]
    return all(map(math.isfinite, numbers)) and -1e9 < box.x1 < box.x2 < 1e9 and -1e9 < box.y1 < box.y2 < 1e9


def _decode_again(photo: Photo, long_side: int) -> DecodedImage:
    with open_photo(photo) as file:
        image = file.decode(long_side)
        file.check_unchanged()
        return image


def _skipped(photo: Photo, error: DecodeError) -> Skipped:
    """The outcome of a photo that could not be examined; a file still being copied does not count as damaged."""
    try:
        now = state_of(photo.path)
    except OSError as unseen:
        is_gone = isinstance(unseen, FileNotFoundError) if is_remote(photo.path) else not os.path.lexists(photo.path)
        return Skipped(photo, "gone" if is_gone else "read", error.message)
    if Photo.at(photo.root, now) != photo._replace(orientation=None):
        return Skipped(photo, "read", CHANGED)
    return Skipped(photo, error.stage, error.message)
