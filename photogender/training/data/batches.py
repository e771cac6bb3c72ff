"""Batches: which faces, and how each is varied. Everything follows from a seed."""

from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from photogender.stream import prefetch
from photogender.training.data.labelled import Labelled
from photogender.training.data.views import Floats, relight, view, with_neighbour
from photogender.training.recipe import Recipe, side


@dataclass(frozen=True, slots=True)
class Batch:
    """The faces of one iteration."""

    pixels: Floats
    """n × side × side × 3, BGR, 0 to 255."""
    targets: dict[str, Floats]


def batches(data: Labelled, recipe: Recipe, seed: int, start: int) -> Generator[Batch, None, None]:
    """The batches from iteration ``start`` to the end of the recipe, prepared in the background.

    Each depends only on the seed and its iteration. An epoch has every face once, in random order; with
    ``recipe.balance`` it has as many faces, drawn by their weights.
    """
    number, size = len(data.rows), recipe.batch_size
    weights = _weights(data, recipe.balance, recipe.sets) if recipe.balance else None

    def order(epoch: int) -> NDArray[np.intp]:
        rng = np.random.default_rng([seed, epoch])
        return rng.permutation(number) if weights is None else rng.choice(number, number, p=weights)

    def prepare(iteration: int) -> Batch:
        places = range(iteration * size, (iteration + 1) * size)
        orders = {place // number: order(place // number) for place in (places[0], places[-1], *places[::number])}
        chosen = np.array([orders[place // number][place % number] for place in places])
        rng = np.random.default_rng([seed, iteration, 1])
        chips = [data.chips[data.rows[each]] for each in chosen]
        if recipe.augmentation and recipe.augmentation.neighbour:
            chips = [
                with_neighbour(chip, chips[place - 1], recipe.augmentation, rng) for place, chip in enumerate(chips)
            ]
        pixels = np.stack([view(chip, side(recipe, iteration), recipe, rng) for chip in chips])
        shown = pixels.astype(np.float32)
        if recipe.augmentation:
            relight(shown, recipe.augmentation, rng)
        batch = Batch(shown, {name: values[chosen] for name, values in data.targets.items()})
        return _mixup(batch, recipe.mixup, rng) if recipe.mixup else batch

    return prefetch(prepare, range(start, recipe.iterations), workers=1, ahead=3)


def _weights(data: Labelled, balance: float, sets: float) -> NDArray[np.float64]:
    """The probability of drawing each face, by the number of faces of its gender within three years of its age.

    If there are several folders, each has a share as its number of faces to the power of ``sets``, so that a large one
    does not drown the others; and within each, both genders are drawn equally often.
    """
    ages = np.nan_to_num(data.ages, nan=-100.0)
    gender = data.targets["gender"].argmax(axis=1)
    folders = np.array(data.folders)
    names, sizes = np.unique(folders, return_counts=True)
    weights = np.zeros(len(ages))
    for name, size in zip(names, sizes, strict=True):
        for each in np.unique(gender[folders == name]):
            chosen = (folders == name) & (gender == each)
            weights[chosen] = _rarity(ages[chosen], balance)
            if len(names) > 1:
                weights[chosen] *= size**sets / weights[chosen].sum()
    return np.asarray(weights / weights.sum())


def _rarity(ages: NDArray[np.float64], balance: float) -> NDArray[np.float64]:
    """The weight of each of some faces: the number of those within three years of its age, to the power of -balance."""
    order = np.sort(ages)
    near = np.searchsorted(order, ages + 3, "right") - np.searchsorted(order, ages - 3, "left")
    return np.asarray(np.maximum(near, 10) ** -balance)


def _mixup(batch: Batch, part: float, rng: np.random.Generator) -> Batch:
    """Mix a share of the faces with another one of the batch; their targets are mixed alike."""
    number = len(batch.pixels)
    other = rng.permutation(number)
    share = np.where(rng.random(number) < part, rng.uniform(0.6, 1.0, number), 1.0).astype(np.float32)
    across, deep = share[:, None], share[:, None, None, None]
    pixels = deep * batch.pixels + (1 - deep) * batch.pixels[other]
    targets = {name: across * values + (1 - across) * values[other] for name, values in batch.targets.items()}
    return Batch(pixels, targets)
