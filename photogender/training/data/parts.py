"""Which pictures are for training, validation and test; a run keeps its division."""

import json
import os

from photogender.errors import PhotogenderError
from photogender.evaluation.adience import examples, fold, read_lists
from photogender.evaluation.datasets import PARTS, Example, Part, read_examples, split
from photogender.output import output
from photogender.training.settings import AdienceFold

Parts = dict[Part, list[str]]
"""Paths by part; a path that is listed twice counts twice."""

PARTS_FILE = "parts.json"
"""In a run's folder: the pictures of each part."""


def divide(data: str | AdienceFold, folder: str) -> tuple[list[Example], Parts]:
    """The labelled pictures of a data set, and the paths of each part.

    Args:
        data: A folder of labelled pictures or its list (``datasets.read_examples``), divided by ``datasets.split``;
            or a fold of Adience, divided by ``adience.fold``.
        folder: Of the run, which keeps the division.

    Raises:
        PhotogenderError: A list or picture cannot be read, there is no such fold, or the run was started with other
            pictures.
    """
    if isinstance(data, AdienceFold):
        return _divide_adience(data, folder)
    found = read_examples(data)
    kept = _read(folder)
    if kept is None:
        return found, _write({part: [each.path for each in chosen] for part, chosen in split(found).items()}, folder)
    if {path for paths in kept.values() for path in paths} != {example.path for example in found}:
        raise _other_pictures(folder)
    return found, kept


def _divide_adience(data: AdienceFold, folder: str) -> tuple[list[Example], Parts]:
    lists = read_lists(data.folder)
    every = dict.fromkeys(face for faces in lists for face in faces)
    chosen = fold(lists, data.fold, data.published_lists)
    faces = zip(PARTS, (chosen.train, chosen.validation, chosen.test), strict=True)
    parts: Parts = {part: [os.path.join(data.folder, face.picture) for face in each] for part, each in faces}
    kept = _read(folder)
    if kept is not None and kept != parts:
        raise _other_pictures(folder)
    return examples(data.folder, every, data.published_lists), kept or _write(parts, folder)


def _read(folder: str) -> Parts | None:
    path = os.path.join(folder, PARTS_FILE)
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            kept: Parts = json.load(file)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise PhotogenderError(f"{path} cannot be read: {error}.", "Choose another folder with --out.") from error
    return kept


def _write(parts: Parts, folder: str) -> Parts:
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise PhotogenderError(f"{folder} cannot be written: {error.strerror or error}.") from error
    with output(os.path.join(folder, PARTS_FILE)) as stream:
        stream.write(json.dumps(parts, indent=0, ensure_ascii=False).encode("utf-8", "surrogateescape"))
    return parts


def _other_pictures(folder: str) -> PhotogenderError:
    message = f"The run in {folder} was started with other pictures, or another division of them."
    return PhotogenderError(message, "Resume it with the same ones, or choose another folder with --out.")
