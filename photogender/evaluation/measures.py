"""How right answers are: accuracies, errors, their uncertainty. Numbers in, numbers out.

A measure is the mean of one value a face: 1 or 0 where an answer is right or wrong, years where it is
an error, NaN where a face does not count because its truth is not known. So all of them share one mean,
one bootstrap and one way to be taken over part of the faces. Classes are integers; -1 is "not known"
in a truth and "no answer" in an answer.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

Classes = NDArray[np.int64]

RESAMPLES = 1000
"""Enough for a 95 % percentile interval (Efron & Tibshirani 1993, "An Introduction to the Bootstrap", section 13.3)."""

_BLOCK = 2_000_000
"""Drawn indices held in memory at once."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over some faces and how sure it is."""

    value: float
    """NaN where no face counts."""
    low: float
    """Lower end of the interval; NaN if all values are equal, since drawing from them tells nothing, or none counts."""
    high: float
    faces: int
    """That count."""


@dataclass(frozen=True, slots=True)
class OverFolds:
    """A mean over folds and its standard error."""

    mean: float
    standard_error: float
    """NaN with fewer than two folds."""
    folds: int


def hits(truth: Classes, answers: Classes, within: int = 0) -> Floats:
    """1 where an answer is at most ``within`` classes from the truth, 0 where it is not or there is none.

    ``within`` 0 is the exact accuracy, 1 the "1-off" accuracy of age groups (Levi & Hassner 2015, section 4.2).

    Args:
        truth: n classes, NaN in the result where -1.
        answers: n classes, wrong where -1.
        within: Neighbouring classes that count as right.

    Returns:
        float64, n.
    """
    right = (np.abs(truth - answers) <= within) & (answers >= 0)
    return np.where(truth < 0, np.nan, right.astype(np.float64))


def errors(truth: Floats, answers: Floats) -> Floats:
    """Absolute errors, whose mean is the MAE; NaN where either is NaN.

    A face without an answer has no error, so it must be judged by ``within`` or ``hits`` too.

    Args:
        truth: n, in years.
        answers: n, in years.

    Returns:
        float64, n, years.
    """
    return np.abs(truth - answers)


def within(truth: Floats, answers: Floats, years: float) -> Floats:
    """1 where the error is at most ``years``, 0 where it is not or there is no answer; NaN where the truth is.

    The mean is the cumulative score CS(k) of Geng, Zhou & Smith-Miles (2007), "Automatic age estimation
    based on facial aging patterns", IEEE TPAMI 29(12), section 5.1, there in per cent.
    """
    close = np.abs(truth - answers) <= years  # false for NaN
    return np.where(np.isnan(truth), np.nan, close.astype(np.float64))


def calibration_error(sure: Floats, right: Floats, bins: int = 15) -> float:
    """How far the confidence lies from the share that is right: the expected calibration error (ECE).

    Faces are sorted into ``bins`` equal spans of confidence from 0 to 1; of each the distance between the mean
    confidence and the share of right answers counts by its faces. Naeini et al. (2015), "Obtaining well calibrated
    probabilities using Bayesian binning", AAAI, with the 15 bins of Guo et al. (2017), arXiv:1706.04599.

    Args:
        sure: n probabilities of the answer given, NaN where there is no answer.
        right: n, 1 or 0, NaN where the truth is not known.
        bins: At least 1.

    Returns:
        0 to 1; NaN where no face counts.
    """
    known = ~np.isnan(sure) & ~np.isnan(right)
    if not known.any():
        return math.nan
    sure, right = sure[known], right[known]
    place = np.minimum((sure * bins).astype(np.int64), bins - 1)
    apart = np.abs(np.bincount(place, sure - right, minlength=bins))
    return float(apart.sum() / len(sure))


def inside(truth: Floats, low: Floats, high: Floats) -> Floats:
    """1 where the truth lies from ``low`` to ``high``, both included, 0 where it does not; NaN where any is NaN.

    The mean is the coverage of an interval. Ages count as birthdays do: someone of 30.9 years is 30.
    """
    known = ~(np.isnan(truth) | np.isnan(low) | np.isnan(high))
    whole = np.floor(truth)
    return np.where(known, ((whole >= np.floor(low)) & (whole <= np.ceil(high))).astype(np.float64), np.nan)


def confusion(truth: Classes, answers: Classes, classes: int) -> NDArray[np.int64]:
    """How often each true class (row) got each answer (column); the last column is "no answer".

    Faces of unknown truth do not count.

    Returns:
        int64, classes × (classes + 1).
    """
    known = truth >= 0
    columns = np.where(answers[known] < 0, classes, answers[known])
    flat = np.bincount(truth[known] * (classes + 1) + columns, minlength=classes * (classes + 1))
    return flat.reshape(classes, classes + 1).astype(np.int64)


def estimate(values: Floats, resamples: int = RESAMPLES, seed: int = 0, level: float = 0.95) -> Estimate:
    """The mean of the values that are no NaN, with a percentile bootstrap interval (Efron 1979).

    Faces are drawn with replacement, as many as there are. Pictures of one person count as independent
    here, which makes the interval too narrow where a data set has many of each.

    Args:
        values: One a face.
        resamples: How often to draw.
        seed: Same seed, same interval.
        level: Share of the resampled means within the interval.
    """
    values = values[~np.isnan(values)]
    count = len(values)
    if not count:
        return Estimate(math.nan, math.nan, math.nan, 0)
    if values.min() == values.max():
        return Estimate(float(values[0]), math.nan, math.nan, count)
    rng = np.random.default_rng(seed)
    step = max(1, _BLOCK // count)
    means = [
        values[rng.integers(count, size=(min(step, resamples - start), count))].mean(axis=1)
        for start in range(0, resamples, step)
    ]
    low, high = np.quantile(np.concatenate(means), [(1 - level) / 2, (1 + level) / 2])
    return Estimate(float(values.mean()), float(low), float(high), count)


def over_folds(values: Sequence[float]) -> OverFolds:
    """Mean of one number a fold, and its standard error: the sample deviation (n - 1) over the root of n."""
    if not values:
        return OverFolds(math.nan, math.nan, 0)
    given = np.array(values, np.float64)
    deviation = float(given.std(ddof=1)) / math.sqrt(len(given)) if len(given) > 1 else math.nan
    return OverFolds(float(given.mean()), deviation, len(given))
