"""Predictions for labelled pictures, each of which shows one person in its middle."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from PIL import Image

from photogender.errors import DecodeError
from photogender.evaluation.datasets import Example
from photogender.evaluation.scoring import Case
from photogender.faces.align import crop_face
from photogender.faces.classify import Classifier
from photogender.faces.detect.detector import Detector
from photogender.models.spec import Net
from photogender.photos.file import read_picture
from photogender.records import DecodedImage, FaceBox, FaceCrop, PhotoFacts
from photogender.stream import prefetch

WINDOW = 16
"""Pictures whose faces are classified together."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A labelled picture that is missing or damaged; it does not count, since that is not the model's fault."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class FaceCropper:
    """Crops the face of the person in the middle of a picture, by the stages of a scan."""

    nets: tuple[Net, ...]
    detector: Detector | None
    """None: each picture is an aligned face, whose centred square becomes the chip."""
    pad: float = 0.0
    """Width of the repeated edge around each picture, as a fraction of its longer side. If no face is found, detection
    is repeated without it."""

    def __call__(self, path: str) -> FaceCrop | DecodeError | None:
        """The face in the middle of a picture file."""
        try:
            image = read_picture(path)
        except DecodeError as error:
            return error
        return self.crop(image)

    def crop(self, image: DecodedImage) -> FaceCrop | None:
        """The face in the middle of a picture that is decoded at full size; None if there is none."""
        if self.detector is None:
            whole = FaceBox(0.0, 0.0, float(image.pixels.width), float(image.pixels.height), 1.0)
            return crop_face(image, whole, tuple(replace(net, alignment=None) for net in self.nets))
        for shown in (padded(image, self.pad), image) if self.pad else (image,):
            if box := subject(self.detector.detect(shown.pixels), shown.pixels.size):
                return crop_face(shown, box, self.nets)
        return None


def classify_pictures(
    pictures: Sequence[Example], cropper: FaceCropper, classifier: Classifier, workers: int
) -> Iterator[Case | Unreadable]:
    """Predict the labelled pictures one after the other; yields truth and prediction of each.

    Args:
        pictures: With their labels.
        cropper: For the networks of the classifier.
        classifier: Runs on the calling thread.
        workers: Threads that decode, detect and crop.

    Raises:
        ModelError: A network's output does not match its spec.
    """
    rest = iter(pictures)
    crops = prefetch(cropper, (picture.path for picture in pictures), workers, ahead=2 * WINDOW)
    while window := list(islice(crops, WINDOW)):
        predictions = iter(classifier.classify([each for each in window if isinstance(each, FaceCrop)]))
        for found, picture in zip(window, rest):  # noqa: B905 - the window ends first
            if isinstance(found, DecodeError):
                yield Unreadable(picture.path, found.message)
            else:
                prediction = next(predictions) if found else None
                yield Case(prediction, picture.gender, picture.age, picture.group, picture.race)


def padded(image: DecodedImage, pad: float) -> DecodedImage:
    """A picture with its edges repeated outwards, so that a close-up becomes a head in a photo.

    Args:
        image: At full size.
        pad: Width of the added edge, as a fraction of the longer side.
    """
    edge = round(pad * max(image.pixels.size))
    if not edge:
        return image
    pixels = Image.fromarray(np.pad(np.asarray(image.pixels), ((edge, edge), (edge, edge), (0, 0)), "edge"))
    return DecodedImage(pixels, PhotoFacts(image.facts.content_hash, image.facts.format, *pixels.size))


def subject(boxes: Sequence[FaceBox], size: tuple[int, int]) -> FaceBox | None:
    """The best face that covers the middle of a picture of this width and height, or else the only face in it."""
    x, y = size[0] / 2, size[1] / 2
    only = boxes[0] if len(boxes) == 1 else None
    return next((box for box in boxes if box.x1 < x < box.x2 and box.y1 < y < box.y2), only)
