"""Targets from labels and teachers.

A teacher that has only features predicts through small networks on top of them. Each is fitted to four fifths of the
training part and predicts the fifth that it has not seen.
"""

import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from photogender.labels import AGE_GROUP_STARTS
from photogender.training.data.labelled import Labelled
from photogender.training.distillation.teacher import TeacherPredictions
from photogender.training.nets.layers import drop
from photogender.training.nets.mobile import FEATURES

_FOLDS, _EPOCHS, _BATCH, _HIDDEN = 5, 20, 128, 256


def with_teachers(
    data: Labelled, teachers: Sequence[TeacherPredictions], weight: float, seed: int, *, with_features: bool
) -> Labelled:
    """Faces to learn from, with the predictions of teachers mixed into their targets.

    Args:
        data: The training part.
        teachers: Predictions for all faces, by each teacher.
        weight: Of the teachers' mean prediction against the labels, 0 to 1.
        seed: The same seed gives the same targets.
        with_features: Add the target ``features``, m × 1,024 of length 1: those of the first teacher, if it has any.

    Returns:
        The same faces. A target that is not labelled is the teachers' alone; if none of them predicts it, it stays
        as it is.
    """
    predicted = [_probabilities(each, data, seed) for each in teachers]
    mixed = {}
    for name, values in data.targets.items():
        known = values.sum(axis=1, keepdims=True)
        given = [each[name] for each in predicted if name in each]
        mean = np.mean(given, axis=0) if given else values
        mixed[name] = (known * (1 - weight) * values + (1 - known * (1 - weight)) * mean).astype(np.float32)
    if not (with_features and teachers[0].features.shape[-1]):
        return replace(data, targets=mixed)
    middle = _features(teachers[0], data).mean(axis=1)
    middle /= np.maximum(np.linalg.norm(middle, axis=1, keepdims=True), 1e-6)
    return replace(data, targets={**mixed, "features": middle})


def _probabilities(teacher: TeacherPredictions, data: Labelled, seed: int) -> dict[str, NDArray[np.float32]]:
    """By output, m × its width."""
    if not teacher.probabilities:
        return _out_of_fold(_features(teacher, data), data.targets, seed)
    found = {name: values[data.rows] for name, values in teacher.probabilities.items()}
    if "years" not in found:
        return found
    starts = [math.ceil(start) for start in AGE_GROUP_STARTS]
    return {**found, "age": np.add.reduceat(found["years"], starts, axis=1)}


def _features(teacher: TeacherPredictions, data: Labelled) -> NDArray[np.float32]:
    """M × 2 × 1,024, of about 1."""
    features = teacher.features[data.rows].astype(np.float32)
    features /= np.sqrt((features**2).mean())
    return features


def _out_of_fold(
    features: NDArray[np.float32], targets: dict[str, NDArray[np.float32]], seed: int
) -> dict[str, NDArray[np.float32]]:
    """Probabilities by networks that have not seen the faces that they predict."""
    number = len(features)
    fold = np.random.default_rng(seed).permutation(number) % _FOLDS
    predicted = {name: np.zeros_like(values) for name, values in targets.items()}
    with ThreadPoolExecutor(os.cpu_count(), initializer=torch.set_num_threads, initargs=(1,)) as pool:
        jobs = [
            pool.submit(_fit, features[fold != each], {k: v[fold != each] for k, v in targets.items()}, seed + each)
            for each in range(_FOLDS)
        ]
        for each, job in enumerate(jobs):
            for name, values in job.result()(features[fold == each]).items():
                predicted[name][fold == each] = values
    return predicted


def _fit(
    features: NDArray[np.float32], targets: dict[str, NDArray[np.float32]], seed: int
) -> Callable[[NDArray[np.float32]], dict[str, NDArray[np.float32]]]:
    """Fit a network with one hidden layer; returns the function from features to probabilities."""
    random = torch.Generator().manual_seed(seed)
    inputs = torch.from_numpy(features)
    labels = {name: torch.from_numpy(values) for name, values in targets.items()}
    widths = [values.shape[1] for values in targets.values()]
    first, last = nn.Linear(FEATURES, _HIDDEN), nn.Linear(_HIDDEN, sum(widths))
    for layer in (first, last):
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu", generator=random)
        nn.init.zeros_(layer.bias)
    values = [*first.parameters(), *last.parameters()]
    optimiser = torch.optim.AdamW(values, 1e-3, weight_decay=1e-2)
    steps = _EPOCHS * len(features) // _BATCH
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, max(1, steps))

    def forward(x: torch.Tensor, dropped: bool) -> dict[str, torch.Tensor]:
        x = drop(x, 0.3, random) if dropped else x
        x = functional.relu(first(x))
        x = last(drop(x, 0.4, random) if dropped else x)
        return dict(zip(targets, torch.split(x, widths, dim=1), strict=True))

    for _ in range(steps):
        chosen = torch.randint(len(inputs), (_BATCH,), generator=random)
        view = torch.randint(2, (_BATCH,), generator=random)
        logits = forward(inputs[chosen, view], dropped=True)
        losses = [-(labels[name][chosen] * each.log_softmax(1)).sum() for name, each in logits.items()]
        optimiser.zero_grad()
        (torch.stack(losses).sum() / _BATCH).backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()

    def predict(x: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        with torch.no_grad():
            views = [forward(torch.from_numpy(np.ascontiguousarray(x[:, view])), dropped=False) for view in (0, 1)]
            return {name: torch.stack([each[name].softmax(1) for each in views]).mean(0).numpy() for name in targets}

    return predict
