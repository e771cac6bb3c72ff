"""Batches: which faces, how each is varied, and what it is to be taken for. All of it follows from a seed."""

import math
from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from photogender.datasets import Example
from photogender.records import AGE_GROUP_STARTS, AGE_GROUPS
from photogender.stream import prefetch
from photogender.training.faces import CHIP
from photogender.training.net import SIDE, YEARS, Task
from photogender.training.recipe import Augmentation, Recipe, side

Floats = NDArray[np.float32]

GENDERS = ("male", "female")
"""In the order of the output, as in the published nets."""

_MARGIN = CHIP - SIDE


@dataclass(frozen=True, slots=True)
class Labelled:
    """Faces with what each is to be taken for."""

    chips: NDArray[np.uint8]
    """n × 256 × 256 × 3, RGB."""
    rows: NDArray[np.intp]
    """Which of the chips are meant, m of them."""
    targets: dict[str, Floats]
    """By output, m × its width: the wanted probabilities; a row of zeros where nothing is known."""


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
    names = ("age", "gender", "years") if task == "both" else (task,)
    every = {name: np.array([outputs[name](examples[row], soft_ages) for row in rows], np.float32) for name in names}
    useful = np.any([values.sum(axis=1) > 0 for values in every.values()], axis=0)
    kept = {name: values[useful] for name, values in every.items()}
    return Labelled(chips, np.array(rows, np.intp)[useful], kept)


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

    Each depends on the seed and its iteration alone. Every face comes once, in a new order, before any comes again.
    """
    number, size = len(data.rows), recipe.batch_size

    def order(epoch: int) -> NDArray[np.intp]:
        return np.random.default_rng([seed, epoch]).permutation(number)

    def prepare(iteration: int) -> Batch:
        places = range(iteration * size, (iteration + 1) * size)
        orders = {place // number: order(place // number) for place in (places[0], places[-1], *places[::number])}
        chosen = np.array([orders[place // number][place % number] for place in places])
        rng = np.random.default_rng([seed, iteration, 1])
        pixels = np.stack([_view(data.chips[data.rows[each]], side(recipe, iteration), recipe, rng) for each in chosen])
        shown = pixels.astype(np.float32)
        if recipe.augmentation:
            _relight(shown, recipe.augmentation, rng)
        return Batch(shown, {name: values[chosen] for name, values in data.targets.items()})

    return prefetch(prepare, range(start, recipe.iterations), workers=1, ahead=3)


def centre(chips: NDArray[np.uint8], pixels: int = SIDE) -> Floats:
    """The middle of some chips, as faces are shown for a prediction; n × pixels × pixels × 3, BGR, 0 to 255."""
    first = _MARGIN // 2
    middle = chips[:, first : first + SIDE, first : first + SIDE]
    if pixels != SIDE:
        middle = np.stack([np.asarray(Image.fromarray(chip).resize((pixels, pixels))) for chip in middle])
    return middle[..., ::-1].astype(np.float32)


def _view(chip: NDArray[np.uint8], pixels: int, recipe: Recipe, rng: np.random.Generator) -> NDArray[np.uint8]:
    """One random view of a chip: pixels × pixels × 3, BGR."""
    x, y = rng.integers(0, _MARGIN + 1, 2)
    mirrored = rng.random() < 0.5
    if recipe.augmentation is None and pixels == SIDE:
        view = chip[y : y + SIDE, x : x + SIDE]
        return np.ascontiguousarray((view[:, ::-1] if mirrored else view)[..., ::-1])
    varied = recipe.augmentation or Augmentation(0, 0, 0, 0, 0)
    zoom, turn = rng.uniform(-1, 1, 2) * (varied.zoom, math.radians(varied.turn))
    shrink = int(rng.integers(2, 5)) if rng.random() < varied.blur else 1
    picture = Image.fromarray(chip)
    picture = picture.reduce(shrink) if shrink > 1 else picture
    step = SIDE / pixels * math.exp(zoom)
    across, down = step * math.cos(turn), step * math.sin(turn)
    if mirrored:
        a, b, c, d = -across, -down, -down, across
    else:
        a, b, c, d = across, -down, down, across
    half = pixels / 2
    left, top = x + SIDE / 2 - half * (a + b), y + SIDE / 2 - half * (c + d)
    numbers = [value / shrink for value in (a, b, left, c, d, top)]
    turned = picture.transform((pixels, pixels), Image.Transform.AFFINE, numbers, Image.Resampling.BILINEAR)
    return np.asarray(turned)[..., ::-1]


def _relight(pixels: Floats, varied: Augmentation, rng: np.random.Generator) -> None:
    number = len(pixels)
    factor = rng.uniform(-1, 1, (number, 1)) * varied.light + rng.uniform(-1, 1, (number, 3)) * varied.light / 3
    shift = rng.uniform(-1, 1, (number, 1)) * varied.light * 60
    grey = rng.random(number) < varied.grey
    pixels[grey] = pixels[grey].mean(axis=3, keepdims=True)
    pixels *= np.exp(factor)[:, None, None].astype(np.float32)
    pixels += shift[:, None, None].astype(np.float32)
    np.clip(pixels, 0, 255, out=pixels)
