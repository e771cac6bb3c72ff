"""The training itself: it may be stopped at any time, goes on as if it had not been, and keeps the best net."""

import json
import os
import pickle
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from photogender.errors import PhotogenderError
from photogender.output import output
from photogender.training.compact import Compact
from photogender.training.compact_onnx import start_from_onnx
from photogender.training.dlib_weights import start_from_dlib
from photogender.training.loader import batches
from photogender.training.mobile import Mobile, start_from_faceres
from photogender.training.net import Task
from photogender.training.nets import Net, first_net, same_net
from photogender.training.prepare import Prepared
from photogender.training.recipe import Recipe, learning_rate, side
from photogender.training.scores import quality, score
from photogender.training.step import Stepper, weights_of

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


Follow = Callable[[int, float], None]
"""Called after each iteration with its number and loss."""


@dataclass
class _State:
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


def train(job: Job, data: Prepared, folder: str, follow: Follow) -> list[Row]:
    """Train, or go on where an earlier call was stopped, and leave in ``folder`` the best net and a log.

    Args:
        job: What to do. A folder in which another job was begun is refused.
        data: Faces to learn from and to choose the best net by; its test part is not looked at.
        folder: Is made if need be.
        follow: Told of each iteration.

    Raises:
        PhotogenderError: The folder holds another job, or cannot be written.
    """
    os.makedirs(folder, exist_ok=True)
    state = _begin(job, data, folder)
    losses: list[float] = []
    started = time.monotonic()
    if state.iteration >= job.recipe.iterations or _is_enough(job, state):
        return state.log
    stream = batches(data.train, job.recipe, job.seed, state.iteration)
    try:
        for batch in stream:
            losses.append(state.stepper.step(batch, state.iteration))
            _average(state, job.recipe)
            state.iteration += 1
            follow(state.iteration, losses[-1])
            if state.iteration % job.evaluate_every and state.iteration < job.recipe.iterations:
                continue
            seconds = time.monotonic() - started
            shown, rate = side(job.recipe, state.iteration - 1), learning_rate(job.recipe, state.iteration - 1)
            with weights_of(state.net, state.average):
                scores = score(state.net, data.validation, shown, job.recipe.precision, job.recipe.window)
            state.log.append(Row(state.iteration, shown, rate, float(np.mean(losses)), scores, seconds))
            _keep(job, state, folder)
            losses, started = [], time.monotonic()
            if _is_enough(job, state):
                break
    finally:
        stream.close()
        state.stepper.close()
    return state.log


def load_best(folder: str) -> Net:
    """The best net of a run, ready to predict.

    Raises:
        PhotogenderError: There is none.
    """
    kept = _load(os.path.join(folder, BEST))
    return same_net(kept["task"], kept["weights"], kept["input_scale"])


def _begin(job: Job, data: Prepared, folder: str) -> _State:
    recipe = job.recipe
    outputs = {name: values.shape[1] for name, values in data.train.targets.items()}
    net = first_net(job.task, outputs, data.mean, recipe, job.seed)
    if job.start is not None:
        _start_from(net, job.start)
    net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    state = _State(Stepper(net, recipe, job.seed, job.threads), {}, 0, [])
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


def _average(state: _State, recipe: Recipe) -> None:
    if not recipe.average:
        return
    # Early weights are soon forgotten.
    stays = min(recipe.average, (1 + state.iteration) / (1 + recipe.recent + state.iteration))
    mine = state.average
    pairs = [(mine[name], values) for name, values in state.net.named_parameters()]
    with torch.no_grad():
        torch._foreach_lerp_([one for one, _ in pairs], [other.detach() for _, other in pairs], 1 - stays)


def _is_enough(job: Job, state: _State) -> bool:
    return job.patience is not None and bool(state.log) and len(state.log) - 1 - state.best >= job.patience


def _keep(job: Job, state: _State, folder: str) -> None:
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
