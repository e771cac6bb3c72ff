"""The training itself: it may be stopped at any time, goes on as if it had not been, and keeps the best net."""

import os
import time
from collections.abc import Callable

import numpy as np
import torch

from photogender.training.data.batches import batches
from photogender.training.data.parts import Prepared
from photogender.training.recipe import Recipe, learning_rate, side
from photogender.training.run import Job, Row, State, begin, is_enough, keep
from photogender.training.scores import score
from photogender.training.step import weights_of

Follow = Callable[[int, float], None]
"""Called after each iteration with its number and loss."""


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
    state = begin(job, data, folder)
    losses: list[float] = []
    started = time.monotonic()
    if state.iteration >= job.recipe.iterations or is_enough(job, state):
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
            keep(job, state, folder)
            losses, started = [], time.monotonic()
            if is_enough(job, state):
                break
    finally:
        stream.close()
        state.stepper.close()
    return state.log


def _average(state: State, recipe: Recipe) -> None:
    if not recipe.average:
        return
    # Early weights are soon forgotten.
    stays = min(recipe.average, (1 + state.iteration) / (1 + recipe.recent + state.iteration))
    mine = state.average
    pairs = [(mine[name], values) for name, values in state.net.named_parameters()]
    with torch.no_grad():
        torch._foreach_lerp_([one for one, _ in pairs], [other.detach() for _, other in pairs], 1 - stays)
