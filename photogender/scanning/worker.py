"""What worker threads do with one photo: read, decode, detect, crop. Nothing here touches the catalog.

On a CPU a worker does all of it in one call. For a device the call is cut in two, and between them the
faces of many photos are found at once.
"""

import math
import os
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PIL import Image

from photogender.catalog.catalog import Place
from photogender.errors import DecodeError
from photogender.faces.align import crop_face, needed_scale
from photogender.faces.detect.detector import Detector, Search
from photogender.models.spec import Net
from photogender.photos.faults import CHANGED
from photogender.photos.file import PhotoFile, open_photo
from photogender.photos.thumbnails import portrait
from photogender.records import (
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
)

Gone = defaultdict[str, list[Place]]
"""By content hash: the catalog's photos with no file at their path."""


@dataclass(frozen=True, slots=True)
class Job:
    """A photo to be looked at."""

    photo: Photo
    faces: tuple[FaceBox, ...] | None = None
    """Where they are known from an earlier scan with the same detector; pixels of the upright full-size photo."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A photo whose faces are still to be found."""

    photo: Photo
    image: DecodedImage
    search: Search
    moved_from: str | None


@dataclass(frozen=True, slots=True)
class Cropped:
    """A photo whose faces wait for their window."""

    photo: Photo
    facts: PhotoFacts
    crops: tuple[FaceCrop, ...]
    portraits: tuple[Image.Image, ...]
    moved_from: str | None

    def tagged(self, predictions: Iterator[Prediction]) -> Tagged:
        """The photo's outcome, taking one prediction for each crop."""
        faces = tuple(Face(crop.box, next(predictions)) for crop in self.crops)
        return Tagged(self.photo, self.facts, faces, self.moved_from)


Examined = Cropped | Skipped | Moved


@dataclass(frozen=True, slots=True)
class Examiner:
    """What a worker thread does with one photo."""

    detector: Detector
    nets: tuple[Net, ...]
    min_face: float
    """Pixels of the full-size photo, shorter side of the box."""
    with_portraits: bool
    accept: str | None
    """The fingerprint with which the results of a photo that only moved are good as they are; None: never."""
    gone: Gone

    def __call__(self, job: Job) -> Examined:
        """The photo, with its faces cropped; or how it ended already."""
        try:
            with open_photo(job.photo) as file:
                seen = self._look(job, file)
                if isinstance(seen, Seen):
                    (boxes,) = self.detector.finish([seen.search])
                    seen = self._crop(seen, boxes, file.decode)
                    file.check_unchanged()
                return seen
        except DecodeError as error:
            return _skipped(job.photo, error)

    def look(self, job: Job) -> Seen | Examined:
        """The photo, decoded and closed again, so that it can wait for others; or how it ended already."""
        try:
            with open_photo(job.photo) as file:
                return self._look(job, file)
        except DecodeError as error:
            return _skipped(job.photo, error)

    def crop(self, found: tuple[Seen | Examined, list[FaceBox]]) -> Examined:
        """What ``look`` gave, with the faces that were found in its picture, in pixels of that picture."""
        seen, boxes = found
        if not isinstance(seen, Seen):
            return seen
        try:
            return self._crop(seen, boxes, lambda side: _decode_again(seen.photo, side))
        except DecodeError as error:
            return _skipped(seen.photo, error)

    def _look(self, job: Job, file: PhotoFile) -> Seen | Cropped | Moved:
        before = self._claim(file.content_hash)
        if before and before.fingerprint == self.accept:
            file.check_unchanged()
            return Moved(job.photo, before.path)
        moved_from = before.path if before else None
        if job.faces is not None:
            cropped = self._cut(job.photo, file.facts, job.faces, None, moved_from, file.decode)
            file.check_unchanged()
            return cropped
        image = file.decode(self.detector.decode_side)
        file.check_unchanged()
        return Seen(job.photo, image, self.detector.begin(image.pixels), moved_from)

    def _crop(self, seen: Seen, boxes: list[FaceBox], decode: Callable[[int], DecodedImage]) -> Cropped:
        x, y = seen.image.scale
        in_photo = [box.scaled(1 / x, 1 / y) for box in boxes]
        faces = tuple(box for box in in_photo if min(box.width, box.height) >= self.min_face)
        return self._cut(seen.photo, seen.image.facts, faces, seen.image, seen.moved_from, decode)

    def _cut(
        self,
        photo: Photo,
        facts: PhotoFacts,
        faces: tuple[FaceBox, ...],
        image: DecodedImage | None,
        moved_from: str | None,
        decode: Callable[[int], DecodedImage],
    ) -> Cropped:
        """Cut the faces out of the picture that was decoded, those that are too small there out of a larger one.

        Without one, a picture is decoded that is no smaller than it would have been for the detector.
        """
        scales = [min(needed_scale(box, self.nets), 1.0) for box in faces]
        finest, coarse = max(scales, default=0.0), min(image.scale) if image else 0.0
        side = max(self.detector.decode_side, math.ceil(finest * max(facts.width, facts.height)))
        larger = decode(side) if finest > coarse else image
        sources = [larger if scale > coarse or image is None else image for scale in scales]
        pairs = [(source, box) for source, box in zip(sources, faces, strict=True) if source]
        return Cropped(
            photo,
            facts,
            tuple(crop_face(source, box, self.nets) for source, box in pairs),
            tuple(portrait(source, box) for source, box in pairs if self.with_portraits),
            moved_from,
        )

    def _claim(self, content_hash: str) -> Place | None:
        """A gone photo of the same content, for this photo alone (``list.pop`` is atomic)."""
        try:
            return self.gone[content_hash].pop() if content_hash in self.gone else None
        except IndexError:
            return None


def _decode_again(photo: Photo, long_side: int) -> DecodedImage:
    with open_photo(photo) as file:
        image = file.decode(long_side)
        file.check_unchanged()
        return image


def _skipped(photo: Photo, error: DecodeError) -> Skipped:
    """How a photo that could not be examined ended: a file that is being copied is not a damaged one."""
    try:
        status = os.stat(photo.path)
    except OSError:
        return Skipped(photo, "gone" if not os.path.lexists(photo.path) else "read", error.message)
    if (status.st_size, status.st_mtime_ns) != (photo.size, photo.mtime_ns):
        return Skipped(photo, "read", CHANGED)
    return Skipped(photo, error.stage, error.message)
