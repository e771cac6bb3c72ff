"""The iterations of a training: they can be stopped at any time, and resume with the same result."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor

from photogender.errors import PhotogenderError
from photogender.training.data.batches import batches
from photogender.training.data.prepared import Prepared
from photogender.training.first_weights import start_from
from photogender.training.nets.choose import Net, new_net
from photogender.training.recipe import Recipe, learning_rate, side
from photogender.training.run import Checkpoint, Evaluation, best_of, load_checkpoint, save_best, save_checkpoint
from photogender.training.scores import score
from photogender.training.settings import TrainingSettings
from photogender.training.step import Stepper, weights_of

_MAY_CHANGE = ("threads", "faces")
"""Settings with which a run may be resumed although they differ."""


@dataclass
class _State:
    """A training under way."""

    stepper: Stepper
    average: dict[str, Tensor]
    first: dict[str, Tensor]
    """The weights that it started from; empty if none of them stays."""
    iteration: int
    log: list[Evaluation]

    @property
    def net(self) -> Net:
        return self.stepper.net

    def result(self, recipe: Recipe) -> dict[str, Tensor]:
        """The weights that are evaluated and kept."""
        trained = self.average or self.net.state_dict()
        if not self.first:
            return trained
        return {name: values.lerp(self.first[name], recipe.stays) for name, values in trained.items()}


def run_iterations(
    settings: TrainingSettings, data: Prepared, folder: str, follow: Callable[[int, float], None]
) -> list[Evaluation]:
    """Train, or resume an earlier call, and write the best network and a log into ``folder``.

    Args:
        settings: A folder with a run of other settings is refused.
        data: Faces to learn from and to choose the best weights by; the test part is not used.
        folder: Created if need be.
        follow: Gets the number and the loss of each iteration.

    Raises:
        PhotogenderError: The folder holds another run, or cannot be written.
    """
    os.makedirs(folder, exist_ok=True)
    recipe = settings.recipe
    with _begin(settings, data, folder) as state:
        if state.iteration >= recipe.iterations or _stops_early(settings, state.log):
            return state.log
        losses: list[float] = []
        started = time.monotonic()
        with closing(batches(data.train, recipe, settings.seed, state.iteration)) as stream:
            for batch in stream:
                losses.append(state.stepper.step(batch, state.iteration))
                _update_average(state, recipe)
                state.iteration += 1
                follow(state.iteration, losses[-1])
                if state.iteration % settings.evaluate_every and state.iteration < recipe.iterations:
                    continue
                seconds = time.monotonic() - started
                _evaluate(state, recipe, data, float(np.mean(losses)), seconds)
                _save(settings, state, folder)
                losses, started = [], time.monotonic()
                if _stops_early(settings, state.log):
                    break
        return state.log


@contextmanager
def _begin(settings: TrainingSettings, data: Prepared, folder: str) -> Iterator[_State]:
    """A training at its first iteration, or at the last checkpoint in ``folder``; its threads end with the context."""
    recipe = settings.recipe
    outputs = {name: values.shape[1] for name, values in data.train.targets.items()}
    net = new_net(settings.task, outputs, data.mean, recipe, settings.seed)
    if settings.start is not None:
        start_from(net, settings.start)
    net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    first = {name: values.clone() for name, values in net.state_dict().items()} if recipe.stays else {}
    with closing(Stepper(net, recipe, settings.seed, settings.threads)) as stepper:
        if (checkpoint := load_checkpoint(folder)) is None:
            average = {name: values.clone() for name, values in net.state_dict().items()} if recipe.average else {}
            yield _State(stepper, average, first, 0, [])
            return
        _check_same(settings, checkpoint, folder)
        net.load_state_dict(checkpoint.net)
        stepper.optimiser.load_state_dict(checkpoint.optimiser)
        log = [Evaluation(**row) for row in checkpoint.log]
        yield _State(stepper, checkpoint.average, first, checkpoint.iteration, log)


def _check_same(settings: TrainingSettings, checkpoint: Checkpoint, folder: str) -> None:
    given = {name: value for name, value in asdict(settings).items() if name not in _MAY_CHANGE}
    changed = sorted(name for name, value in given.items() if checkpoint.settings.get(name) != value)
    if changed:
        message = f"{folder} holds a run with other settings; it differs in: {', '.join(changed)}."
        raise PhotogenderError(message, "Resume it with its own settings, or choose another folder with --out.")


def _evaluate(state: _State, recipe: Recipe, data: Prepared, loss: float, seconds: float) -> None:
    """Add an evaluation to the log."""
    pixels, rate = side(recipe, state.iteration - 1), learning_rate(recipe, state.iteration - 1)
    with weights_of(state.net, state.result(recipe)):
        scores = score(state.net, data.validation, pixels, recipe.precision, recipe.window)
    state.log.append(Evaluation(state.iteration, pixels, rate, loss, scores, seconds))


def _stops_early(settings: TrainingSettings, log: list[Evaluation]) -> bool:
    """Whether the last ``patience`` evaluations were no better than an earlier one."""
    return settings.patience is not None and bool(log) and len(log) - 1 - log.index(best_of(log)) >= settings.patience


def _save(settings: TrainingSettings, state: _State, folder: str) -> None:
    if best_of(state.log) is state.log[-1]:
        save_best(folder, settings.task, settings.recipe.input_scale, state.result(settings.recipe), state.log[-1])
    checkpoint = Checkpoint(
        settings=asdict(settings),
        net=state.net.state_dict(),
        average=state.average,
        optimiser=state.stepper.optimiser.state_dict(),
        iteration=state.iteration,
        log=[asdict(row) for row in state.log],
    )
    save_checkpoint(folder, checkpoint)


def _update_average(state: _State, recipe: Recipe) -> None:
    if not recipe.average:
        return
    # The first weights, which are random, lose their part soon.
    stays = min(recipe.average, (1 + state.iteration) / (1 + recipe.recent + state.iteration))
    pairs = [(state.average[name], values) for name, values in state.net.named_parameters()]
    with torch.no_grad():
        torch._foreach_lerp_([one for one, _ in pairs], [other.detach() for _, other in pairs], 1 - stays)
