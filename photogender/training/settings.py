"""What the caller of ``train`` gives, and what is reported to them meanwhile."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from photogender.training.recipe import Recipe
from photogender.training.task import Task


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """How a network is trained. With the same pictures the weights depend on these alone, but not on ``faces``."""

    task: Task
    recipe: Recipe
    """One of ``RECIPES``, or a variation of it."""
    seed: int = 0
    start: str | None = None
    """Folder of a run whose best network this one starts from; outputs that it lacks start from random weights. The
    compact network can also start from an exported ONNX file or dlib's face recognition network, and the teacher from
    ``faceres-deep.json``."""
    teachers: tuple[str, ...] = ()
    """Runs of a teacher, or ``faceres-deep.json``, whose predictions are learned from as well as the labels."""
    evaluate_every: int = 250
    """Iterations between two evaluations; each writes a checkpoint."""
    patience: int | None = None
    """Stop after this many evaluations without a better one."""
    threads: int = os.cpu_count() or 1
    """Threads of torch. A run can be resumed with another number, but rounds its sums differently from then on."""
    faces: str | None = None
    """Folder in which cropped faces and teachers' predictions are cached; None: ``faces`` in the run's folder."""


@dataclass(frozen=True, slots=True)
class AdienceFold:
    """The Adience benchmark without one of its folds, which is left for the test."""

    folder: str
    fold: int
    """0 to 4."""
    published_lists: bool = False
    """Divide the faces as the original script does, see ``photogender.evaluation.adience``."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stage of the training is. Every stage starts with ``done`` 0."""

    stage: Literal["faces", "teacher", "training"]
    """Faces are cropped; a teacher predicts them; the network is trained."""
    done: int
    total: int
    """Faces, or iterations."""
    loss: float | None = None
    """Of the last iteration."""


@dataclass(frozen=True, slots=True)
class FaceCounts:
    """How many faces the network learns from, and how many choose its best weights."""

    training: int
    validation: int


Follow = Callable[[Progress | FaceCounts], None]
"""Gets reports while a network is trained; called from several threads, except for ``done`` 0 and the counts."""
