"""The faces of labelled pictures, detected and cropped once as by a scan, cached as one array on disk."""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from photogender.errors import DecodeError, PhotogenderError
from photogender.evaluation.datasets import Example
from photogender.evaluation.pictures import FaceCropper, padded, subject
from photogender.faces.detect.detector import Detector
from photogender.labels import DEFAULT_DETECTOR
from photogender.models.file import ModelFile
from photogender.models.read import load_spec
from photogender.models.spec import Alignment, ModelSpec, Net, NetInput, fingerprint
from photogender.output import output
from photogender.photos.file import read_picture
from photogender.records import DecodedImage, Point
from photogender.training.task import Task

CHIP = 256
"""Side of a chip in pixels, as in the paper."""

TEMPLATE: tuple[Point, ...] = ((0.300, 0.304), (0.689, 0.298), (0.486, 0.514), (0.329, 0.689), (0.648, 0.683))
"""Where the landmarks are placed, as fractions of the chip: the mean places that CenterFace finds in the pictures of
UTKFace's training part, so that a chip shows a head as they do. From ``python -m benchmarks.alignment_utkface``."""

WIDE_TEMPLATE: tuple[Point, ...] = ((0.418, 0.375), (0.583, 0.377), (0.496, 0.467), (0.431, 0.544), (0.564, 0.546))
"""The same for a chip that shows head and shoulders: 2.9 times as wide as the detector's box, of which a tenth lies
lower. From ``TYPICAL_LANDMARKS``, for a box 1.3 times as high as wide."""

ARRAY_FILE, INDEX_FILE = "faces.npy", "faces.json"
"""In the folder of the cache."""

EDGE = 0.25
"""Width of repeated edges, as a fraction of a picture's longer side. Faces of data sets fill the picture, and a
detector looks for a head."""


@dataclass(frozen=True, slots=True)
class Faces:
    """One crop for each example, in the same order."""

    examples: tuple[Example, ...]
    chips: NDArray[np.uint8]
    """n × 256 × 256 × 3, RGB, read from disk as it is used."""
    found: NDArray[np.bool_]
    """Where the detector found no face, the chip is the whole picture."""
    digest: str
    """SHA-256 of the chips."""


def template_for(task: Task) -> tuple[Point, ...]:
    """Where the landmarks are placed in the chips from which a task is learned."""
    return WIDE_TEMPLATE if task == "context" else TEMPLATE


def cache_faces(
    examples: Sequence[Example], folder: str, follow: Callable[[int], None], template: tuple[Point, ...] = TEMPLATE
) -> Faces:
    """The faces of ``examples``, from ``folder`` if they are cached there; otherwise detected, cropped and cached.

    The cache is valid for the same pictures (path, size, modification time), detector and alignment; that of other
    pictures is replaced.

    Args:
        examples: At least one.
        folder: Takes 197 kB for each example.
        follow: Gets the number of pictures done so far.
        template: Where the landmarks are placed.

    Raises:
        PhotogenderError: A picture cannot be read, or the folder cannot be written.
        ModelError: The detector is not installed.
    """
    spec = load_spec(DEFAULT_DETECTOR)
    key = _key(examples, spec, template)
    if (cached := _cached(examples, folder, key)) is not None:
        return cached
    array, index = os.path.join(folder, ARRAY_FILE), os.path.join(folder, INDEX_FILE)
    try:
        os.makedirs(folder, exist_ok=True)
        # First, since it describes the array that is about to be overwritten: the next call may find this one stopped.
        with suppress(FileNotFoundError):
            os.remove(index)
        chips = np.lib.format.open_memmap(array, "w+", np.uint8, (len(examples), CHIP, CHIP, 3))
    except OSError as error:
        raise PhotogenderError(f"{folder} cannot be written: {error}.", "Choose another place.") from error
    cropper, done = FaceCropper((_net(template),), Detector(spec, "cpu"), EDGE), count(1)

    def work(number: int) -> tuple[bool, bytes]:
        chips[number], is_found = _chip(examples[number].path, cropper)
        follow(next(done))
        return is_found, hashlib.sha256(chips[number]).digest()

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(work, range(len(examples))))
    chips.flush()
    digest = hashlib.sha256(b"".join(each for _, each in results)).hexdigest()
    found = [is_found for is_found, _ in results]
    with output(index) as stream:  # last: without it the array does not count
        stream.write(json.dumps({"key": key, "found": found, "digest": digest}).encode())
    return Faces(tuple(examples), np.load(array, mmap_mode="r"), np.array(found, np.bool_), digest)


def landmarks(path: str, detector: Detector) -> tuple[Point, ...] | None:
    """A picture's five landmarks, as fractions of its width and height; None if no face is found.

    Raises:
        PhotogenderError: The picture cannot be read.
    """
    own = _read(path)
    image = padded(own, EDGE)
    box = subject(detector.detect(image.pixels), image.pixels.size)
    if box is None:
        return None
    (width, height), wide = own.pixels.size, image.pixels.size
    left, top = (wide[0] - width) / 2, (wide[1] - height) / 2
    return tuple(((x - left) / width, (y - top) / height) for x, y in box.landmarks)


def _chip(path: str, cropper: FaceCropper) -> tuple[NDArray[np.uint8], bool]:
    image = _read(path)
    if crop := cropper.crop(image):
        return crop.chips[0], True
    return np.asarray(image.pixels.resize((CHIP, CHIP), Image.Resampling.BILINEAR)), False


def _read(path: str) -> DecodedImage:
    try:
        return read_picture(path)
    except DecodeError as error:
        raise _unreadable(path, error.message) from error


def _unreadable(path: str, reason: str) -> PhotogenderError:
    return PhotogenderError(f"{path} cannot be read: {reason}.", "Remove it from the list of examples.")


def _net(template: tuple[Point, ...]) -> Net:
    shown = NetInput("data", "BGR", (0.0, 0.0, 0.0), 1.0, (227, 227), (CHIP, CHIP))
    return Net(ModelFile("", "", 0), shown, Alignment(template))


def _key(examples: Sequence[Example], detector: ModelSpec, template: tuple[Point, ...]) -> str:
    pictures = []
    for example in examples:
        try:
            status = os.stat(example.path)
        except OSError as error:
            raise _unreadable(example.path, error.strerror or str(error)) from error
        pictures.append((os.fspath(example.path), status.st_size, status.st_mtime_ns))
    text = json.dumps([fingerprint((detector,), {"edge": EDGE, "second_edge": 0.0, "chip": CHIP}), template, pictures])
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _cached(examples: Sequence[Example], folder: str, key: str) -> Faces | None:
    """The faces that the index in a folder describes; None if there is none, or of other pictures."""
    try:
        with open(os.path.join(folder, INDEX_FILE), encoding="utf-8") as file:
            index = json.load(file)
        if index["key"] != key:
            return None
        chips = np.load(os.path.join(folder, ARRAY_FILE), mmap_mode="r")
        return Faces(tuple(examples), chips, np.array(index["found"], np.bool_), index["digest"])
    except (OSError, ValueError, KeyError, TypeError):  # a damaged cache is made anew
        return None
