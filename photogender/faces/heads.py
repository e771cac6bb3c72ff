"""Reading a network's outputs: probabilities of the genders, ages in years, and confidences.

A head is read in two steps, so that several views of a face can be averaged in between.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from photogender.labels import AGE_GROUP_STARTS, AGE_GROUPS, Gender, age_group
from photogender.models.spec import AgeHead, GenderHead

Array = NDArray[np.float64]

_MOST_ODDS = 40.0
"""Of one head, so that a probability of 0 is not the last word."""

INTERVAL = 0.8
"""Probability of an age interval: a tenth is below it, a tenth above."""


@dataclass(frozen=True, slots=True)
class Age:
    """The estimated age of one face."""

    years: float
    group: str
    """One of ``AGE_GROUPS``."""
    sure: float | None = None
    """Probability of the group; None if the network gives years alone."""
    low: float | None = None
    """Ends of the interval with probability ``INTERVAL``, both included; None without probabilities of years."""
    high: float | None = None


def answers(values: Array, head: GenderHead | AgeHead) -> Array:
    """Convert a head's outputs to the form in which views are averaged.

    Args:
        values: The head's columns: float64, faces × ``head.width``.
        head: From the network's spec.

    Returns:
        float64: probabilities of the two labels, of the years or of the groups; years × 1 for a regression;
        for pairs the probabilities, n of them, that the face is older than 0, 1, ... years.
    """
    match head.kind:
        case "logits":
            return softmax(values)
        case "sigmoid":
            return np.hstack([1 - values, values])
        case "regression":
            return (values * head.factor).clip(0)
        case "pairs":
            return softmax(values.reshape(len(values), head.pairs, 2))[..., 1]
        case "distribution" | "groups" if head.softmax:
            return softmax(values)
    return values


def genders(given: Sequence[tuple[GenderHead, Array]]) -> list[tuple[Gender, float]]:
    """The gender of each face and its probability: the weighted sum of the log-odds that some heads give.

    Log-odds add up if the errors of the networks are independent; the weights allow for how far they are not.

    Args:
        given: Heads, each with the result of ``answers``; at least one.
    """
    female = 1 / (1 + np.exp(-female_odds(given)))
    return [("female", share) if share > 0.5 else ("male", 1 - share) for share in female.tolist()]


def female_odds(given: Sequence[tuple[GenderHead, Array]]) -> Array:
    """The natural logarithm of the odds that each face is a woman's, as ``genders`` adds them up."""
    odds: Array = np.sum([head.weight * _odds(shares, head) for head, shares in given], axis=0)
    return odds


def _odds(shares: Array, head: GenderHead) -> Array:
    """Those of one head, within ±``_MOST_ODDS``."""
    place = head.labels.index("female")
    with np.errstate(divide="ignore"):
        odds: Array = np.log(shares[:, place]) - np.log(shares[:, 1 - place])
    return odds.clip(-_MOST_ODDS, _MOST_ODDS)


def ages(given: Array, head: AgeHead) -> list[Age]:
    """The age of each face, from the result of ``answers``."""
    match head.kind:
        case "regression":
            return [Age(years, age_group(years)) for years in given[:, 0].tolist()]
        case "pairs":
            return [_counted(older) for older in given]
    means = (given @ np.array(head.years)).tolist()
    if head.kind == "groups":
        best = given.argmax(axis=1).tolist()
        return [
            Age(years, head.groups[index], float(share[index]))
            for share, years, index in zip(given, means, best, strict=True)
        ]
    of_year = np.array([AGE_GROUPS.index(age_group(year)) for year in head.years])
    groups = [age_group(years) for years in means]
    low, high = (ends.tolist() for ends in interval(given, np.array(head.years)))
    return [
        Age(years, group, float(share[of_year == AGE_GROUPS.index(group)].sum()), *ends)
        for share, years, group, *ends in zip(given, means, groups, low, high, strict=True)
    ]


def interval(shares: Array, years: Array, level: float = INTERVAL) -> tuple[Array, Array]:
    """The interval that contains each face's age with a probability of at least ``level``.

    Args:
        shares: Probabilities, faces × n.
        years: The ages they are of, n, ascending.
        level: No more than half of the rest lies below the first age, nor above the second.

    Returns:
        The first and the last age of each face, both included.
    """
    rest = (1 - level) / 2
    below = shares.cumsum(axis=1)
    below /= below[:, -1:]
    first = (below > rest).argmax(axis=1)
    last = (below >= 1 - rest - 1e-9).argmax(axis=1)
    return years[first], years[last]


def _counted(older: Array) -> Age:
    """The age by ordered pairs: how many times "older" is the likelier answer.

    Niu et al. (2016), "Ordinal regression with multiple output CNN for age estimation", eq. 4, as in
    InsightFace's net of 2019. A group's probability is the difference of two of these answers.
    """
    years = float((older > 0.5).sum())
    group = age_group(years)
    at_least = np.minimum.accumulate(np.concatenate([[1.0], older]))  # index: whole years
    start, end = (np.ceil([*AGE_GROUP_STARTS, np.inf][AGE_GROUPS.index(group) + step]) for step in (0, 1))
    from_start, from_end = (float(at_least[int(edge)]) if edge < len(at_least) else 0.0 for edge in (start, end))
    return Age(years, group, from_start - from_end)


def softmax(logits: Array) -> Array:
    """Probabilities from logits, along the last axis."""
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: Array = raised / raised.sum(axis=-1, keepdims=True)
    return shares
