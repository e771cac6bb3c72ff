"""What the product says of labelled pictures, each of which shows one person in its middle."""

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
    """A labelled picture that is not there or is damaged: no fault of the model, so it is not judged."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Look:
    """From a labelled picture to its person's face, by the stages of a scan."""

    nets: tuple[Net, ...]
    detector: Detector | None
    """None: each picture is as a whole the aligned face; its centred square becomes the chip."""
    pad: float = 0.0
    """Repeated edge around each picture before a face is looked for, as a fraction of its longer side; where none is
    found so, the picture is looked at as it is."""

    def __call__(self, path: str) -> FaceCrop | DecodeError | None:
        """The face over the middle of a picture."""
        try:
            image = read_picture(path)
        except DecodeError as error:
            return error
        return self.crop(image)

    def crop(self, image: DecodedImage) -> FaceCrop | None:
        """The face over the middle of a picture that is decoded in full size; None where there is none."""
        if self.detector is None:
            whole = FaceBox(0.0, 0.0, float(image.pixels.width), float(image.pixels.height), 1.0)
            return crop_face(image, whole, tuple(replace(net, alignment=None) for net in self.nets))
        for shown in (padded(image, self.pad), image) if self.pad else (image,):
            if box := subject(self.detector.detect(shown.pixels), shown.pixels.size):
                return crop_face(shown, box, self.nets)
        return None


def judge(pictures: Sequence[Example], look: Look, classifier: Classifier, workers: int) -> Iterator[Case | Unreadable]:
    """Each picture's truth with the model's answer, in order, as they come.

    Args:
        pictures: What is true of them as far as it is known.
        look: How a face is found; its nets are the classifier's.
        classifier: Runs on the calling thread.
        workers: Threads that decode, detect and crop.

    Raises:
        ModelError: A net's output is not what its spec says.
    """
    rest = iter(pictures)
    looked = prefetch(look, (picture.path for picture in pictures), workers, ahead=2 * WINDOW)
    while window := list(islice(looked, WINDOW)):
        said = iter(classifier.classify([each for each in window if isinstance(each, FaceCrop)]))
        for found, picture in zip(window, rest):  # noqa: B905 - the window ends first
            if isinstance(found, DecodeError):
                yield Unreadable(picture.path, found.message)
            else:
                answer = next(said) if found else None
                yield Case(answer, picture.gender, picture.age, picture.group, picture.race)


def padded(image: DecodedImage, pad: float) -> DecodedImage:
    """A picture with its edge repeated outwards, so that a close-up becomes a head in a photo.

    Args:
        image: In full size.
        pad: Width of the new edge, as a fraction of the longer side.
    """
    edge = round(pad * max(image.pixels.size))
    if not edge:
        return image
    pixels = Image.fromarray(np.pad(np.asarray(image.pixels), ((edge, edge), (edge, edge), (0, 0)), "edge"))
    return DecodedImage(pixels, PhotoFacts(image.facts.content_hash, image.facts.format, *pixels.size))


def subject(boxes: Sequence[FaceBox], size: tuple[int, int]) -> FaceBox | None:
    """The best of the faces over the middle of a picture of this width and height."""
    x, y = size[0] / 2, size[1] / 2
    return next((box for box in boxes if box.x1 < x < box.x2 and box.y1 < y < box.y2), None)
