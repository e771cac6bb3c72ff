"""From a folder of pictures to what a training needs: faces, parts, targets and the mean face."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from photogender.datasets import PARTS, Example, Part, split
from photogender.errors import PhotogenderError
from photogender.output import output
from photogender.training.faces import CHIP, Faces
from photogender.training.loader import Labelled, labelled
from photogender.training.net import SIDE, Task

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


def divide(examples: Sequence[Example], folder: str) -> dict[Part, list[str]]:
    """Paths by part, as ``datasets.split`` has them, or as kept in a run's folder for the same pictures."""
    path = os.path.join(folder, PARTS_FILE)
    if os.path.exists(path):
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            kept: dict[Part, list[str]] = json.load(file)
        if {one for each in kept.values() for one in each} == {example.path for example in examples}:
            return kept
        message = f"{folder} was begun with other pictures."
        raise PhotogenderError(message, "Go on with the same --data, or choose another folder with --out.")
    parts = {part: [example.path for example in each] for part, each in split(examples).items()}
    os.makedirs(folder, exist_ok=True)
    with output(path) as stream:
        stream.write(json.dumps(parts, indent=0, ensure_ascii=False).encode("utf-8", "surrogateescape"))
    return parts


def prepare(faces: Faces, parts: dict[Part, list[str]], task: Task, soft_ages: bool) -> Prepared:
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
