"""What a network is trained with: the labelled faces of each part, and the mean face."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from photogender.errors import PhotogenderError
from photogender.evaluation.datasets import PARTS
from photogender.training.data.faces import CHIP, Faces
from photogender.training.data.labelled import Labelled, labelled
from photogender.training.data.parts import Parts
from photogender.training.recipe import SIDE
from photogender.training.task import Task


@dataclass(frozen=True, slots=True)
class Prepared:
    """Faces by part, for one task."""

    train: Labelled
    validation: Labelled
    test: Labelled
    """Neither for training nor for choosing anything."""
    mean: Tensor
    """Float32, 3 × 227 × 227, BGR: the mean of the training part, whatever the task."""


def prepare(faces: Faces, parts: Parts, task: Task, *, soft_ages: bool, only_found: bool = False) -> Prepared:
    """The faces of each part that have a label for a task.

    Raises:
        PhotogenderError: A part has none.
    """
    number = {example.path: index for index, example in enumerate(faces.examples)}
    rows = {part: [number[path] for path in parts[part]] for part in PARTS}
    if only_found:
        rows = {part: [row for row in each if faces.found[row]] for part, each in rows.items()}
    # Only faces in a group are scored, as in the paper; soft ages are for training.
    ready = {
        part: labelled(faces.examples, faces.chips, rows[part], task, soft_ages and part == "train") for part in PARTS
    }
    for part, each in ready.items():
        if not len(each.rows):
            message = f"There are no faces with a label for {task} in the {part} part."
            raise PhotogenderError(message, "It takes at least ten labelled pictures, better thousands.")
    return Prepared(**ready, mean=mean_face(faces, rows["train"]))


def mean_face(faces: Faces, rows: Sequence[int]) -> Tensor:
    """The middle of the mean of some chips: float32, 3 × 227 × 227, BGR."""
    total = np.zeros((CHIP, CHIP, 3), np.int64)
    for first in range(0, len(rows), 256):
        total += faces.chips[rows[first : first + 256]].sum(axis=0, dtype=np.int64)
    margin = (CHIP - SIDE) // 2
    middle = total[margin : margin + SIDE, margin : margin + SIDE, ::-1] / len(rows)
    return torch.from_numpy(np.ascontiguousarray(middle.transpose(2, 0, 1), np.float32))
