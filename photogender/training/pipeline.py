"""A training from labelled pictures to the best network of a run."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from os import PathLike
from typing import Literal

from photogender.errors import PhotogenderError
from photogender.training.calibrate import calibrate, save_sharpness
from photogender.training.curves import draw_curves
from photogender.training.data.faces import cache_faces, template_for
from photogender.training.data.parts import divide
from photogender.training.data.prepared import prepare
from photogender.training.distillation.targets import with_teachers
from photogender.training.distillation.teacher import predict
from photogender.training.loop import run_iterations
from photogender.training.nets.compact import Compact
from photogender.training.nets.context import Context
from photogender.training.nets.small import Small
from photogender.training.run import Evaluation, best_of, load_best
from photogender.training.settings import AdienceFold, FaceCounts, Follow, Progress, TrainingSettings


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training came to; the weights are in the run's folder."""

    best: Evaluation
    """Its weights are the ones that ``export_model`` takes."""
    log: tuple[Evaluation, ...]


def _ignore(report: Progress | FaceCounts) -> None:
    pass


def train(
    data: str | PathLike[str] | AdienceFold,
    out: str | PathLike[str],
    settings: TrainingSettings,
    follow: Follow = _ignore,
) -> Trained:
    """Train a network on labelled pictures, or resume where an earlier call was stopped.

    Faces are detected and cropped once, as by a scan. A tenth of the pictures chooses the best weights, and another
    tenth is left for tests.

    Args:
        data: A folder with ``labels.csv`` or pictures named as in UTKFace, such a list alone, or a fold of Adience.
        out: The run's folder. It gets ``best.pt``, ``checkpoint.pt``, ``log.jsonl``, ``parts.json`` and ``curves.png``.
        settings: Must be the same when a run is resumed.
        follow: Gets reports of progress.

    Raises:
        PhotogenderError: The data cannot be read or are too few, the recipe is for another task, or ``out`` cannot be
            written or holds another run.
        ModelError: The detector is not installed.
    """
    recipe = settings.recipe
    if settings.task not in recipe.tasks:
        message = f"The recipe {recipe.name} is for {', '.join(recipe.tasks)}, not for {settings.task}."
        raise PhotogenderError(message, "See RECIPES in photogender.training.")
    if settings.task == "context" and settings.teachers:
        raise PhotogenderError("The context network learns from labels alone.", "Leave the teachers out.")
    out = os.fspath(out)
    examples, parts = divide(data if isinstance(data, AdienceFold) else os.fspath(data), out)
    cache = settings.faces or os.path.join(out, "faces")
    faces = cache_faces(examples, cache, _stage(follow, "faces", len(examples)), template_for(settings.task))
    ready = prepare(faces, parts, settings.task, soft_ages=recipe.soft_ages, only_found=recipe.only_found)
    predictions = [
        predict(faces, teacher, cache, _stage(follow, "teacher", len(examples))) for teacher in settings.teachers
    ]
    if predictions:
        with_features = settings.task == "compact"
        learned = with_teachers(ready.train, predictions, recipe.teacher, settings.seed, with_features=with_features)
        ready = replace(ready, train=learned)
    follow(FaceCounts(len(ready.train.rows), len(ready.validation.rows)))
    follow(Progress("training", 0, recipe.iterations))
    log = run_iterations(
        settings, ready, out, lambda done, loss: follow(Progress("training", done, recipe.iterations, loss))
    )
    if isinstance(net := load_best(out), Compact | Small | Context):
        save_sharpness(calibrate(net, ready.validation, recipe), out)
    draw_curves(log, os.path.join(out, "curves.png"))
    return Trained(best_of(log), tuple(log))


def _stage(follow: Follow, stage: Literal["faces", "teacher"], total: int) -> Callable[[int], None]:
    """Report that a stage starts; returns what reports its progress."""
    follow(Progress(stage, 0, total))
    return lambda done: follow(Progress(stage, done, total))
