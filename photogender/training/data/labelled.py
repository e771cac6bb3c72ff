"""Faces and their targets: the probabilities that a network should give for each."""

import math
import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from photogender.evaluation.datasets import Example
from photogender.labels import AGE_GROUP_STARTS, AGE_GROUPS
from photogender.training.data.views import Floats
from photogender.training.task import HEADS, YEARS, Task

GENDERS = ("male", "female")
"""In the order of the output, as in the published networks."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """Faces with their targets."""

    chips: NDArray[np.uint8]
    """n × 256 × 256 × 3, RGB."""
    rows: NDArray[np.intp]
    """The indices of the faces in ``chips``, m."""
    targets: dict[str, Floats]
    """By output, m × its width: probabilities; a row of zeros if nothing is known."""
    ages: Floats
    """Years, m; NaN if not known."""
    folders: tuple[str, ...]
    """Of each face's picture: a data set has one of its own."""


def labelled(
    examples: tuple[Example, ...], chips: NDArray[np.uint8], rows: list[int], task: Task, soft_ages: bool
) -> Labelled:
    """Those of the examples ``rows`` that have a label for a task."""
    outputs = {"age": _ages, "gender": _genders, "years": _years}
    names = tuple(HEADS[task])
    every = {name: np.array([outputs[name](examples[row], soft_ages) for row in rows], np.float32) for name in names}
    useful = np.any([values.sum(axis=1) > 0 for values in every.values()], axis=0)
    kept = {name: values[useful] for name, values in every.items()}
    ages = np.array([np.nan if (age := examples[row].age) is None else age for row in rows], np.float32)
    kept_rows = np.array(rows, np.intp)[useful]
    folders = tuple(os.path.dirname(examples[row].path) for row in kept_rows)
    return Labelled(chips, kept_rows, kept, ages[useful], folders)


def _ages(example: Example, soft: bool) -> list[float]:
    if soft and example.age is not None:
        return _normal(example.age, (*AGE_GROUP_STARTS[1:], math.inf))
    return [float(example.group == group) for group in AGE_GROUPS]  # soft or not, if only the group is known


def _years(example: Example, soft: bool) -> list[float]:
    return (
        [0.0] * YEARS if example.age is None else _normal(example.age, (*(year + 0.5 for year in range(100)), math.inf))
    )


def _genders(example: Example, soft: bool) -> list[float]:
    return [float(example.gender == gender) for gender in GENDERS]


def _normal(age: float, ends: tuple[float, ...]) -> list[float]:
    """The share of a normal distribution about an age below each end and above the previous one.

    Its standard deviation, 1 year and 5 % of the age, is about that between people who guess the age of a face.
    """
    deviation = 1 + 0.05 * age
    below = [0.5 * (1 + math.erf((end - age) / deviation / math.sqrt(2))) for end in ends]
    return [high - low for low, high in zip([0.0, *below], below, strict=False)]
