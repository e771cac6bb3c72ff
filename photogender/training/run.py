"""The folder of a run: the best weights, the log, and the checkpoint from which it is resumed."""

import json
import os
import pickle
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor

from photogender.errors import PhotogenderError
from photogender.output import output
from photogender.training.nets.choose import Net, restored_net
from photogender.training.scores import quality
from photogender.training.task import Task

CHECKPOINT, BEST, LOG = "checkpoint.pt", "best.pt", "log.jsonl"
"""Files of the folder: everything that is needed to resume; the best weights so far; one line for each evaluation."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One evaluation on the validation part."""

    iteration: int
    side: int
    """Of the faces, in pixels."""
    learning_rate: float
    loss: float
    """Of training, mean since the last evaluation."""
    scores: dict[str, float]
    """See ``scores.score``."""
    seconds: float
    """Of training since the last evaluation."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Everything that is needed to resume a run."""

    settings: dict[str, Any]
    """``TrainingSettings`` as a dictionary."""
    net: dict[str, Tensor]
    average: dict[str, Tensor]
    """Moving average of the weights; empty if the recipe has none."""
    optimiser: dict[str, Any]
    iteration: int
    log: list[dict[str, Any]]
    """Evaluations as dictionaries."""


def best_of(log: Sequence[Evaluation]) -> Evaluation:
    """The best evaluation; of equal ones the first."""
    return max(log, key=lambda evaluation: quality(evaluation.scores))


def save_best(folder: str, task: Task, input_scale: float, weights: dict[str, Tensor], scored: Evaluation) -> None:
    """Write the best weights so far.

    Raises:
        PhotogenderError: The folder cannot be written.
    """
    plain = {name: values.contiguous() for name, values in weights.items()}
    content = {"task": task, "input_scale": input_scale, "weights": plain, "evaluation": asdict(scored)}
    _save(content, os.path.join(folder, BEST))


def load_best(folder: str) -> Net:
    """The best network of a run, ready to predict.

    Raises:
        PhotogenderError: There is none.
    """
    content = _load(os.path.join(folder, BEST), {"task", "input_scale", "weights", "evaluation"})
    return restored_net(content["task"], content["weights"], content["input_scale"])


def save_checkpoint(folder: str, checkpoint: Checkpoint) -> None:
    """Write the log and the checkpoint.

    Raises:
        PhotogenderError: The folder cannot be written.
    """
    with output(os.path.join(folder, LOG)) as stream:
        stream.writelines(json.dumps(evaluation).encode() + b"\n" for evaluation in checkpoint.log)
    content = {name: getattr(checkpoint, name) for name in Checkpoint.__slots__}
    _save(content, os.path.join(folder, CHECKPOINT))


def load_checkpoint(folder: str) -> Checkpoint | None:
    """The checkpoint of a run; None if it has not written one yet.

    Raises:
        PhotogenderError: It cannot be read.
    """
    path = os.path.join(folder, CHECKPOINT)
    return Checkpoint(**_load(path, set(Checkpoint.__slots__))) if os.path.exists(path) else None


def _save(content: dict[str, Any], path: str) -> None:
    with output(path) as stream:
        torch.save(content, stream)


def _load(path: str, names: set[str]) -> dict[str, Any]:
    hint = "Give the folder of a run, or start a new one."
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise PhotogenderError(f"{path} cannot be read: {error}.", hint) from error
    if not isinstance(content, dict) or set(content) != names:
        raise PhotogenderError(f"{path} was not written by photogender train.", hint)
    return content
