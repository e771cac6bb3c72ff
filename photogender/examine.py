"""What a worker thread does with one photo: read, decode, detect, crop. Nothing here touches the catalog."""

import math
import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from photogender.catalog import Place
from photogender.crop import crop_face, needed_scale, portrait
from photogender.decode import CHANGED, PhotoFile, open_photo
from photogender.detect import Detector
from photogender.errors import DecodeError
from photogender.records import Face, FaceCrop, Moved, Photo, PhotoFacts, Prediction, Skipped, Tagged
from photogender.spec import Net

Gone = defaultdict[str, list[Place]]
"""By content hash: the catalog's photos with no file at their path."""


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

    def __call__(self, photo: Photo) -> Cropped | Skipped | Moved:
        """The photo, with its faces cropped; or how it ended already."""
        try:
            with open_photo(photo) as file:
                return self._examine(photo, file)
        except DecodeError as error:
            return _skipped(photo, error)

    def _examine(self, photo: Photo, file: PhotoFile) -> Cropped | Moved:
        before = self._claim(file.content_hash)
        if before and before.fingerprint == self.accept:
            file.check_unchanged()
            return Moved(photo, before.path)
        image = file.decode(self.detector.decode_side)
        x, y = image.scale
        boxes = [box.scaled(1 / x, 1 / y) for box in self.detector.detect(image.pixels)]
        boxes = [box for box in boxes if min(box.width, box.height) >= self.min_face]
        scales = [min(needed_scale(box, self.nets), 1.0) for box in boxes]
        finest = max(scales, default=0.0)
        larger = image
        if finest > min(x, y):
            larger = file.decode(math.ceil(finest * max(file.facts.width, file.facts.height)))
        sources = [larger if scale > min(x, y) else image for scale in scales]
        file.check_unchanged()
        return Cropped(
            photo,
            file.facts,
            tuple(crop_face(source, box, self.nets) for source, box in zip(sources, boxes, strict=True)),
            tuple(portrait(source, box) for source, box in zip(sources, boxes, strict=True) if self.with_portraits),
            before.path if before else None,
        )

    def _claim(self, content_hash: str) -> Place | None:
        """A gone photo of the same content, for this photo alone (``list.pop`` is atomic)."""
        try:
            return self.gone[content_hash].pop() if content_hash in self.gone else None
        except IndexError:
            return None


def _skipped(photo: Photo, error: DecodeError) -> Skipped:
    """How a photo that could not be examined ended: a file that is being copied is not a damaged one."""
    try:
        status = os.stat(photo.path)
    except OSError:
        return Skipped(photo, "gone" if not os.path.lexists(photo.path) else "read", error.message)
    if (status.st_size, status.st_mtime_ns) != (photo.size, photo.mtime_ns):
        return Skipped(photo, "read", CHANGED)
    return Skipped(photo, error.stage, error.message)
