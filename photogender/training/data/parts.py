"""From a folder of pictures to what a training needs: faces, parts, targets and the mean face."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from photogender.errors import PhotogenderError
from photogender.evaluation.adience import Lists, fold
from photogender.evaluation.datasets import PARTS, Example, Part, split
from photogender.output import output
from photogender.training.data.faces import CHIP, Faces
from photogender.training.data.labelled import Labelled, labelled
from photogender.training.recipe import SIDE, Task

Parts = dict[Part, list[str]]
"""Paths by part; a path that is there twice counts twice."""

PARTS_FILE = "parts.json"
"""In a run's folder: which picture is in which part."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Faces by part, for one task."""

    train: Labelled
    validation: Labelled
    test: Labelled
    """Not for training, nor for choosing anything by it."""
    mean: Tensor
    """Float32, 3 × 227 × 227, BGR: the mean of the training part, whatever the task."""


def divide(examples: Sequence[Example], folder: str) -> Parts:
    """Paths by part, as ``datasets.split`` has them, or as kept in a run's folder for the same pictures.

    Raises:
        PhotogenderError: A picture cannot be read, or the run was begun with other ones.
    """
    kept = _kept(folder)
    if kept is None:
        return _keep({part: [example.path for example in each] for part, each in split(examples).items()}, folder)
    if {path for paths in kept.values() for path in paths} != {example.path for example in examples}:
        raise _other_pictures(folder)
    return kept


def divide_adience(lists: Lists, number: int, published: bool, place: str, folder: str) -> Parts:
    """Paths by part for one fold of Adience, see ``photogender.evaluation.adience``; kept in a run's folder.

    Args:
        lists: The fold lists.
        number: The fold that is not learnt from, 0 to 4.
        published: Divide as the original script does.
        place: The benchmark's folder.
        folder: The run's.

    Raises:
        PhotogenderError: There is no such fold, or the run was begun with other pictures.
    """
    chosen = fold(lists, number, published)
    faces = zip(PARTS, (chosen.train, chosen.validation, chosen.test), strict=True)
    parts: Parts = {part: [os.path.join(place, face.picture) for face in each] for part, each in faces}
    kept = _kept(folder)
    if kept is not None and kept != parts:
        raise _other_pictures(folder)
    return kept or _keep(parts, folder)


def _kept(folder: str) -> Parts | None:
    try:
        with open(os.path.join(folder, PARTS_FILE), encoding="utf-8", errors="surrogateescape") as file:
            kept: Parts = json.load(file)
    except FileNotFoundError:
        return None
    return kept


def _keep(parts: Parts, folder: str) -> Parts:
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise PhotogenderError(f"{folder} cannot be written: {error.strerror or error}.") from error
    with output(os.path.join(folder, PARTS_FILE)) as stream:
        stream.write(json.dumps(parts, indent=0, ensure_ascii=False).encode("utf-8", "surrogateescape"))
    return parts


def _other_pictures(folder: str) -> PhotogenderError:
    hint = "Go on with the same ones, or choose another folder with --out."
    return PhotogenderError(f"The run in {folder} was begun with other pictures, or another division of them.", hint)


def prepare(faces: Faces, parts: Parts, task: Task, soft_ages: bool) -> Prepared:
    """The faces of each part that can teach, or be scored in, a task.

    Raises:
        PhotogenderError: A part has none of them.
    """
    number = {example.path: index for index, example in enumerate(faces.examples)}
    rows = {part: [number[path] for path in parts[part]] for part in PARTS}
    # Scored are only faces in a group, as in the paper; soft ages are for learning.
    ready = {
        part: labelled(faces.examples, faces.chips, rows[part], task, soft_ages and part == "train") for part in PARTS
    }
    for part, each in ready.items():
        if not len(each.rows):
            message = f"There are no faces with a label for {task} in the {part} part."
            raise PhotogenderError(message, "Ten pictures or more with labels are needed, rather thousands.")
    return Prepared(**ready, mean=mean_face(faces, rows["train"]))


def mean_face(faces: Faces, rows: Sequence[int]) -> Tensor:
    """The mean of some chips, its middle: float32, 3 × 227 × 227, BGR."""
    total = np.zeros((CHIP, CHIP, 3), np.int64)
    for first in range(0, len(rows), 256):
        total += faces.chips[rows[first : first + 256]].sum(axis=0, dtype=np.int64)
    margin = (CHIP - SIDE) // 2
    middle = total[margin : margin + SIDE, margin : margin + SIDE, ::-1] / len(rows)
    return torch.from_numpy(np.ascontiguousarray(middle.transpose(2, 0, 1), np.float32))
