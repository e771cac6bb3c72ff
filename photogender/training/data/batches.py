"""Batches: which faces, and how each is varied. All of it follows from a seed."""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from photogender.stream import prefetch
from photogender.training.data.labelled import Labelled
from photogender.training.data.views import Floats, relight, view
from photogender.training.recipe import Recipe, side


@dataclass(frozen=True, slots=True)
class Batch:
    """What the net sees in one iteration."""

    pixels: Floats
    """n × side × side × 3, BGR, 0 to 255."""
    targets: dict[str, Floats]


def batches(data: Labelled, recipe: Recipe, seed: int, start: int) -> Generator[Batch, None, None]:
    """The batches of the iterations from ``start`` to the recipe's end, prepared beside the training.

    Each depends on the seed and its iteration alone. Every face comes once, in a new order, before any comes again;
    with ``recipe.balance`` as many faces are drawn instead, each by its weight.
    """
    number, size = len(data.rows), recipe.batch_size
    weights = _weights(data, recipe.balance) if recipe.balance else None

    def order(epoch: int) -> NDArray[np.intp]:
        rng = np.random.default_rng([seed, epoch])
        return rng.permutation(number) if weights is None else rng.choice(number, number, p=weights)

    def prepare(iteration: int) -> Batch:
        places = range(iteration * size, (iteration + 1) * size)
        orders = {place // number: order(place // number) for place in (places[0], places[-1], *places[::number])}
        chosen = np.array([orders[place // number][place % number] for place in places])
        rng = np.random.default_rng([seed, iteration, 1])
        pixels = np.stack([view(data.chips[data.rows[each]], side(recipe, iteration), recipe, rng) for each in chosen])
        shown = pixels.astype(np.float32)
        if recipe.augmentation:
            relight(shown, recipe.augmentation, rng)
        batch = Batch(shown, {name: values[chosen] for name, values in data.targets.items()})
        return _mixed(batch, recipe.mixup, rng) if recipe.mixup else batch

    return prefetch(prepare, range(start, recipe.iterations), workers=1, ahead=3)


def _weights(data: Labelled, balance: float) -> NDArray[np.float64]:
    """How likely each face is to be drawn: by how many are within three years of it and of its gender."""
    ages = np.nan_to_num(data.ages, nan=-100.0)
    gender = data.targets["gender"].argmax(axis=1)
    weights = np.zeros(len(ages))
    for each in np.unique(gender):
        mine = gender == each
        place = np.sort(ages[mine])
        near = np.searchsorted(place, ages[mine] + 3, "right") - np.searchsorted(place, ages[mine] - 3, "left")
        weights[mine] = np.maximum(near, 10) ** -balance
    return np.asarray(weights / weights.sum())


def _mixed(batch: Batch, part: float, rng: np.random.Generator) -> Batch:
    """Another face of the batch shines through a part of them; targets are mixed alike."""
    number = len(batch.pixels)
    other = rng.permutation(number)
    share = np.where(rng.random(number) < part, rng.uniform(0.6, 1.0, number), 1.0).astype(np.float32)
    across, deep = share[:, None], share[:, None, None, None]
    pixels = deep * batch.pixels + (1 - deep) * batch.pixels[other]
    targets = {name: across * values + (1 - across) * values[other] for name, values in batch.targets.items()}
    return Batch(pixels, targets)
