"""The faces of labelled pictures, found and cropped once as a scan would, kept as one array on the disk."""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from photogender.crop import crop_face
from photogender.datasets import Example
from photogender.detect import Detector
from photogender.errors import PhotogenderError
from photogender.model_file import ModelFile
from photogender.output import output
from photogender.records import DecodedImage, FaceBox, PhotoFacts, Point
from photogender.spec import DEFAULT_DETECTOR, Alignment, ModelSpec, Net, NetInput, fingerprint, load_spec

CHIP = 256
"""Side of a chip in pixels, as in the paper."""

TEMPLATE: tuple[Point, ...] = ((0.300, 0.304), (0.689, 0.298), (0.486, 0.514), (0.329, 0.689), (0.648, 0.683))
"""Where the landmarks go, as fractions of the chip: CenterFace's mean places in UTKFace's own pictures of the
training part, so that a chip shows a head as they do. ``python -m benchmarks.alignment_utkface``."""

EDGE = 0.25
"""Data sets show a face that fills the picture; repeated edges, so wide in picture sides, let a detector see a head."""


@dataclass(frozen=True, slots=True)
class Faces:
    """One chip an example, in the same order."""

    examples: tuple[Example, ...]
    chips: NDArray[np.uint8]
    """n × 256 × 256 × 3, RGB, read from the disk as it is used."""
    found: NDArray[np.bool_]
    """Where the detector found no face, the chip is the whole picture."""


def cache_faces(examples: Sequence[Example], folder: str, follow: Callable[[int], None]) -> Faces:
    """The faces of ``examples``, from ``folder`` if they were kept there before; otherwise found, cropped and kept.

    What was kept counts only for the same pictures (path, size, time of change), detector and alignment; what
    is there of others is replaced.

    Args:
        examples: At least one.
        folder: Takes 197 kB an example.
        follow: Told how many were worked on so far.

    Raises:
        PhotogenderError: A picture cannot be read, or the folder cannot be written.
        ModelError: The detector is not installed.
    """
    detector = load_spec(DEFAULT_DETECTOR)
    key = _key(examples, detector)
    array, index = os.path.join(folder, "faces.npy"), os.path.join(folder, "faces.json")
    if (found := _kept(index, key)) is None:
        try:
            os.makedirs(folder, exist_ok=True)
            chips = np.lib.format.open_memmap(array, "w+", np.uint8, (len(examples), CHIP, CHIP, 3))
        except OSError as error:
            raise PhotogenderError(f"{folder} cannot be written: {error}.", "Choose another place.") from error
        eyes, done = Detector(detector, "cpu"), count(1)

        def work(number: int) -> bool:
            chips[number], is_found = _chip(examples[number].path, eyes)
            follow(next(done))
            return is_found

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            found = list(pool.map(work, range(len(examples))))
        chips.flush()
        with output(index) as stream:  # last: without it the array does not count
            stream.write(json.dumps({"key": key, "found": found}).encode())
    return Faces(tuple(examples), np.load(array, mmap_mode="r"), np.array(found, np.bool_))


def landmarks(path: str, detector: Detector) -> tuple[Point, ...] | None:
    """Where a picture's five landmarks are, as fractions of the picture's width and height; None: no face found."""
    pixels = _read(path)
    box = _subject(pixels, detector)
    if box is None:
        return None
    left, top = EDGE * pixels.width, EDGE * pixels.height
    return tuple(((x - left) / pixels.width, (y - top) / pixels.height) for x, y in box.landmarks)


def _chip(path: str, detector: Detector) -> tuple[NDArray[np.uint8], bool]:
    pixels = _read(path)
    box = _subject(pixels, detector)
    if box is None:
        return np.asarray(pixels.resize((CHIP, CHIP), Image.Resampling.BILINEAR)), False
    wide = _padded(pixels)
    image = DecodedImage(wide, PhotoFacts("", "", *wide.size))
    return crop_face(image, box, (_NET,)).chips[0], True


def _subject(pixels: Image.Image, detector: Detector) -> FaceBox | None:
    """The best face over the middle of a picture; in pixels of ``_padded``."""
    wide = _padded(pixels)
    x, y = wide.width / 2, wide.height / 2
    return next((box for box in detector.detect(wide) if box.x1 < x < box.x2 and box.y1 < y < box.y2), None)


def _padded(pixels: Image.Image) -> Image.Image:
    x, y = round(EDGE * pixels.width), round(EDGE * pixels.height)
    return Image.fromarray(np.pad(np.asarray(pixels), ((y, y), (x, x), (0, 0)), "edge"))


def _read(path: str) -> Image.Image:
    try:
        with Image.open(path) as picture:
            return picture.convert("RGB")
    except OSError as error:
        raise PhotogenderError(f"{path} cannot be read: {error}.", "Take it out of the list of examples.") from error


_NET = Net(
    ModelFile("", "", 0),
    NetInput("data", "BGR", (0.0, 0.0, 0.0), 1.0, (227, 227), (CHIP, CHIP)),
    Alignment(TEMPLATE),
)


def _key(examples: Sequence[Example], detector: ModelSpec) -> str:
    stats = [(example.path, os.stat(example.path)) for example in examples]
    pictures = [(os.fspath(path), status.st_size, status.st_mtime_ns) for path, status in stats]
    text = json.dumps([fingerprint((detector,), {"edge": EDGE, "chip": CHIP}), TEMPLATE, pictures])
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def _kept(index: str, key: str) -> list[bool] | None:
    try:
        with open(index, encoding="utf-8") as file:
            kept = json.load(file)
    except (OSError, ValueError):
        return None
    found: list[bool] | None = kept["found"] if kept.get("key") == key else None
    return found
