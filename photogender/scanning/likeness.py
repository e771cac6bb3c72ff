"""Describing the faces of a catalog: photos are read again, as small as the faces allow, and the faces cropped."""

import math
import os
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from photogender.catalog.said.likeness import Likeness, Wanted
from photogender.errors import DecodeError
from photogender.faces.align import crop_face, needed_scale
from photogender.faces.describe import Describer
from photogender.models.spec import ModelSpec, Net
from photogender.photos.file import open_scanned
from photogender.records import Photo
from photogender.runtime.device import choose_device
from photogender.stream import prefetch

LEAST_FACE = 24.0
"""Shorter side of a box, in pixels of the full-size photo, below which a face gets no descriptor: then 6 in 10,000
pairs of different people are near, six times as many as with large faces."""

LEAST_DETAIL = 4.1
"""``detail`` of a chip below which the face counts as blurred. Sharp faces have 9. Blurred ones are alike whoever they
are: at 4.3, 15 in 1,000 pairs of different people are near, at 3.4, 1 in 7 (docs/decisions/likeness.md)."""

_WINDOW = 16
"""Photos whose faces are described together and stored in one transaction."""

_Chip = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the describing is."""

    photos: int
    """That were read, so far."""
    described: int
    """Faces that have a descriptor now."""
    left_out: int
    """Faces that are too small or blurred."""
    unread: int
    """Photos that could not be read, or have changed since they were scanned; they are tried again next time."""
    path: str
    """The latest photo."""


def describe_faces(
    likeness: Likeness, wanted: Sequence[Wanted], spec: ModelSpec, device: str, workers: int | None = None
) -> Generator[Progress, None, None]:
    """Compute and store the missing descriptors; what was stored stays when the generator is closed early.

    Args:
        likeness: Open.
        wanted: From ``likeness.wanted()``.
        spec: A model with the task ``descriptor``.
        device: ``auto``, or the name of one.
        workers: Decoding threads; None: one for each core.

    Yields:
        After each window of photos.

    Raises:
        ModelError: The model is not installed, or gives something else than its spec says.
        RuntimeMissingError: ONNX Runtime or the device is not available.
        CatalogError: The file of likeness cannot be written; what was stored before is in it.
    """
    if not wanted:
        return
    describer = Describer(spec, choose_device(device)[0])
    threads = workers or os.cpu_count() or 1
    crops = prefetch(lambda photo: _chips(photo, describer.net), wanted, threads, ahead=4 * threads + _WINDOW)
    photos = described = left_out = unread = 0
    rest = iter(wanted)
    while window := list(islice(crops, _WINDOW)):
        rows: list[tuple[int, str, bytes | None]] = []
        chips: list[_Chip] = []
        faces: list[tuple[int, str]] = []
        for found, photo in zip(window, rest):  # noqa: B905 - the window ends first
            path = photo.path
            if found is None:
                unread += 1
                continue
            for (face, made_of, _), chip in zip(photo.faces, found, strict=True):
                if chip is None:
                    rows.append((face, made_of, None))
                else:
                    faces.append((face, made_of))
                    chips.append(chip)
        vectors = describer.describe(chips).astype("<f2")
        left_out += len(rows)
        described += len(faces)
        photos += len(window)
        rows += [(*face, vector.tobytes()) for face, vector in zip(faces, vectors, strict=True)]
        likeness.store(rows)
        yield Progress(photos, described, left_out, unread, path)


def detail(chip: _Chip) -> float:
    """How much detail a chip has: the mean difference of grey levels two pixels apart, of 255.

    Args:
        chip: uint8, height × width × 3.
    """
    grey = chip.mean(axis=2)
    return float(np.abs(grey[:, 2:] - grey[:, :-2]).mean() + np.abs(grey[2:] - grey[:-2]).mean()) / 2


def _chips(photo: Wanted, net: Net) -> list[_Chip | None] | None:
    """The chip of each face, None for one that is too small or blurred; None if the photo is not as it was scanned."""
    record = Photo(**{name: getattr(photo, name) for name in Photo._fields})
    large = [box for _, _, box in photo.faces if min(box.width, box.height) >= LEAST_FACE]
    try:
        with open_scanned(record) as file:
            if not large:
                return [None] * len(photo.faces)
            scale = min(max(needed_scale(box, (net,)) for box in large), 1.0)
            image = file.decode(math.ceil(scale * max(file.facts.width, file.facts.height)))
    except DecodeError:
        return None
    found: list[_Chip | None] = []
    for _, _, box in photo.faces:
        chip = crop_face(image, box, (net,)).chips[0] if min(box.width, box.height) >= LEAST_FACE else None
        found.append(chip if chip is not None and detail(chip) >= LEAST_DETAIL else None)
    return found
