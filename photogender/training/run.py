"""A run's folder: the state of a training, kept and taken up again."""

import json
import os
import pickle
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from photogender.errors import PhotogenderError
from photogender.output import output
from photogender.training.data.parts import Prepared
from photogender.training.files.compact_onnx import start_from_onnx
from photogender.training.files.dlib_weights import start_from_dlib
from photogender.training.files.faceres_weights import start_from_faceres
from photogender.training.nets.choose import Net, first_net, same_net
from photogender.training.nets.compact import Compact
from photogender.training.nets.mobile import Mobile
from photogender.training.recipe import Recipe, Task
from photogender.training.scores import quality
from photogender.training.step import Stepper

CHECKPOINT, BEST, LOG = "checkpoint.pt", "best.pt", "log.jsonl"
"""Files of a run's folder: all that is needed to go on; the best weights so far; one line an evaluation."""


@dataclass(frozen=True, slots=True)
class Job:
    """One training, from the first iteration to the last. With ``data`` the same, its weights are always the same."""

    task: Task
    recipe: Recipe
    seed: int = 0
    start: str | None = None
    """A folder of a run whose best net this one begins with; outputs it lacks begin anew. For the compact net also
    the ONNX file of one, or the file of dlib's face recognition net; for its teacher that of HSE-FaceRes."""
    evaluate_every: int = 250
    """Iterations; also between two checkpoints."""
    patience: int | None = None
    """Stop after so many evaluations without a better one."""
    threads: int = 2
    """Of torch. The same job goes on with another number, but sums are then rounded otherwise."""


@dataclass(frozen=True, slots=True)
class Row:
    """One evaluation."""

    iteration: int
    side: int
    learning_rate: float
    loss: float
    """Mean since the last evaluation."""
    scores: dict[str, float]
    """On the validation part, see ``score``."""
    seconds: float
    """Of training since the last evaluation."""


@dataclass
class State:
    """A training under way."""

    stepper: Stepper
    average: dict[str, Tensor]
    iteration: int
    log: list[Row]

    @property
    def net(self) -> Net:
        """The net, with its own last weights."""
        return self.stepper.net

    @property
    def best(self) -> int:
        """Which evaluation was the best one; the first of equals."""
        return int(np.argmax([quality(row.scores) for row in self.log]))


def load_best(folder: str) -> Net:
    """The best net of a run, ready to predict.

    Raises:
        PhotogenderError: There is none.
    """
    kept = _load(os.path.join(folder, BEST))
    return same_net(kept["task"], kept["weights"], kept["input_scale"])


def begin(job: Job, data: Prepared, folder: str) -> State:
    """A training at its beginning, or where an earlier call left it in ``folder``.

    Raises:
        PhotogenderError: The folder holds another training, or a file of it cannot be read.
    """
    recipe = job.recipe
    outputs = {name: values.shape[1] for name, values in data.train.targets.items()}
    net = first_net(job.task, outputs, data.mean, recipe, job.seed)
    if job.start is not None:
        _start_from(net, job.start)
    net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    state = State(Stepper(net, recipe, job.seed, job.threads), {}, 0, [])
    checkpoint = os.path.join(folder, CHECKPOINT)
    if os.path.exists(checkpoint):
        kept = _load(checkpoint)
        mine = {**asdict(job), "threads": kept["job"]["threads"]}
        changed = sorted(name for name in mine if kept["job"].get(name) != mine[name])
        if changed:
            message = f"In {folder} another training was begun; it differs in: {', '.join(changed)}."
            raise PhotogenderError(message, "Go on with its own settings, or choose another folder with --out.")
        net.load_state_dict(kept["net"])
        state.stepper.optimiser.load_state_dict(kept["optimiser"])
        state.average, state.iteration = kept["average"], kept["iteration"]
        state.log = [Row(**row) for row in kept["log"]]
    elif recipe.average:
        state.average = {name: values.clone() for name, values in net.state_dict().items()}
    return state


def _start_from(net: Net, place: str) -> None:
    if isinstance(net, Compact) and os.path.isfile(place):
        start_from_onnx(net, place) if place.endswith(".onnx") else start_from_dlib(net, place)
        return
    if isinstance(net, Mobile) and os.path.isfile(place):
        start_from_faceres(net, place)
        return
    kept = load_best(place)
    if kept.input_scale != net.input_scale:
        raise PhotogenderError(f"The net in {place} was trained with another scale of the input.", "Use its recipe.")
    weights = {name: values for name, values in kept.state_dict().items() if name in net.state_dict()}
    net.load_state_dict({**net.state_dict(), **weights})


def is_enough(job: Job, state: State) -> bool:
    """Whether the last ``job.patience`` evaluations were no better than one before."""
    return job.patience is not None and bool(state.log) and len(state.log) - 1 - state.best >= job.patience


def keep(job: Job, state: State, folder: str) -> None:
    """Write what is needed to go on, and the best net where the last evaluation found it.

    Raises:
        PhotogenderError: The folder cannot be written.
    """
    if state.best == len(state.log) - 1:
        weights = {name: values.contiguous() for name, values in (state.average or state.net.state_dict()).items()}
        kept = {
            "task": job.task,
            "input_scale": job.recipe.input_scale,
            "weights": weights,
            "row": asdict(state.log[-1]),
        }
        _save(kept, os.path.join(folder, BEST))
    with output(os.path.join(folder, LOG)) as stream:
        stream.writelines(json.dumps(asdict(row)).encode() + b"\n" for row in state.log)
    everything = {
        "job": asdict(job),
        "net": state.net.state_dict(),
        "average": state.average,
        "optimiser": state.stepper.optimiser.state_dict(),
        "iteration": state.iteration,
        "log": [asdict(row) for row in state.log],
    }
    _save(everything, os.path.join(folder, CHECKPOINT))


def _save(value: dict[str, Any], path: str) -> None:
    with output(path) as stream:
        torch.save(value, stream)


def _load(path: str) -> dict[str, Any]:
    try:
        kept: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError) as error:
        raise PhotogenderError(
            f"{path} cannot be read: {error}.", "Name the folder of a run, or begin anew."
        ) from error
    return kept
