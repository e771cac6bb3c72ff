"""Batches: which faces, how each is varied, and what it is to be taken for. All of it follows from a seed."""

import math
from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from photogender.evaluation.datasets import Example
from photogender.labels import AGE_GROUP_STARTS, AGE_GROUPS
from photogender.stream import prefetch
from photogender.training.net import HEADS, YEARS, Task
from photogender.training.recipe import Recipe, side
from photogender.training.views import Floats, relight, view

GENDERS = ("male", "female")
"""In the order of the output, as in the published nets."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """Faces with what each is to be taken for."""

    chips: NDArray[np.uint8]
    """n × 256 × 256 × 3, RGB."""
    rows: NDArray[np.intp]
    """Which of the chips are meant, m of them."""
    targets: dict[str, Floats]
    """By output, m × its width: the wanted probabilities; a row of zeros where nothing is known."""
    ages: Floats
    """Years, m; not a number where they are not known."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What the net sees in one iteration."""

    pixels: Floats
    """n × side × side × 3, BGR, 0 to 255."""
    targets: dict[str, Floats]


def labelled(
    examples: tuple[Example, ...], chips: NDArray[np.uint8], rows: list[int], task: Task, soft_ages: bool
) -> Labelled:
    """Those of the examples ``rows`` that can teach, or be scored in, a task."""
    outputs = {"age": _ages, "gender": _genders, "years": _years}
    names = tuple(HEADS[task])
    every = {name: np.array([outputs[name](examples[row], soft_ages) for row in rows], np.float32) for name in names}
    useful = np.any([values.sum(axis=1) > 0 for values in every.values()], axis=0)
    kept = {name: values[useful] for name, values in every.items()}
    ages = np.array([np.nan if (age := examples[row].age) is None else age for row in rows], np.float32)
    return Labelled(chips, np.array(rows, np.intp)[useful], kept, ages[useful])


def _ages(example: Example, soft: bool) -> list[float]:
    if soft and example.age is not None:
        return _bell(example.age, (*AGE_GROUP_STARTS[1:], math.inf))
    return [float(example.group == group) for group in AGE_GROUPS]  # where only the group is known, soft or not


def _years(example: Example, soft: bool) -> list[float]:
    return (
        [0.0] * YEARS if example.age is None else _bell(example.age, (*(year + 0.5 for year in range(100)), math.inf))
    )


def _genders(example: Example, soft: bool) -> list[float]:
    return [float(example.gender == gender) for gender in GENDERS]


def _bell(age: float, ends: tuple[float, ...]) -> list[float]:
    """How much of a normal distribution about an age lies below each end and above the one before.

    Its deviation, 1 year and 5 % of the age, is about that between people who are asked for the age of a face.
    """
    deviation = 1 + 0.05 * age
    below = [0.5 * (1 + math.erf((end - age) / deviation / math.sqrt(2))) for end in ends]
    return [high - low for low, high in zip([0.0, *below], below, strict=False)]


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
