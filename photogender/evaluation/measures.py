"""Accuracies and errors of predictions, with their uncertainty.

A measure is the mean of one value for each face: 1 or 0 for a right or wrong prediction, years for an error, NaN if the
face does not count because its truth is not known. So all measures share one mean, one bootstrap and one way to select
faces. Classes are integers; -1 is an unknown truth or a missing prediction.
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
"""Number of drawn indices in memory at once."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over some faces with its interval."""

    value: float
    """NaN if no face counts."""
    low: float
    """Lower end of the interval; NaN if all values are equal, since drawing from them tells nothing, or none counts."""
    high: float
    faces: int
    """Number of faces that count."""


@dataclass(frozen=True, slots=True)
class OverFolds:
    """A mean over folds and its standard error."""

    mean: float
    standard_error: float
    """NaN with fewer than two folds."""
    folds: int


def hits(truth: Classes, predictions: Classes, within: int = 0) -> Floats:
    """1 for a prediction at most ``within`` classes from the truth, 0 for any other or none.

    ``within`` 0 is the exact accuracy, 1 the "1-off" accuracy of age groups (Levi & Hassner 2015, section 4.2).

    Args:
        truth: n classes; -1 gives NaN.
        predictions: n classes; -1 is wrong.
        within: How many neighbouring classes count as right.

    Returns:
        float64, n.
    """
    right = (np.abs(truth - predictions) <= within) & (predictions >= 0)
    return np.where(truth < 0, np.nan, right.astype(np.float64))


def errors(truth: Floats, predictions: Floats) -> Floats:
    """Absolute errors, whose mean is the MAE; NaN if either is NaN.

    A face without a prediction has no error, so it also has to be measured by ``within`` or ``hits``.

    Args:
        truth: n, in years.
        predictions: n, in years.

    Returns:
        float64, n, years.
    """
    return np.abs(truth - predictions)


def within(truth: Floats, predictions: Floats, years: float) -> Floats:
    """1 for an error of at most ``years``, 0 for a larger one or no prediction; NaN if the truth is NaN.

    The mean is the cumulative score CS(k) of Geng, Zhou & Smith-Miles (2007), "Automatic age estimation
    based on facial aging patterns", IEEE TPAMI 29(12), section 5.1, there in per cent.
    """
    close = np.abs(truth - predictions) <= years  # false for NaN
    return np.where(np.isnan(truth), np.nan, close.astype(np.float64))


def calibration_error(confidence: Floats, right: Floats, bins: int = 15) -> float:
    """The expected calibration error (ECE): the difference between confidence and accuracy.

    Faces are sorted into ``bins`` equal ranges of confidence from 0 to 1; each range's difference between mean
    confidence and share of right predictions counts by its number of faces. Naeini et al. (2015), "Obtaining well
    calibrated probabilities using Bayesian binning", AAAI, with the 15 bins of Guo et al. (2017), arXiv:1706.04599.

    Args:
        confidence: n probabilities of the predictions; NaN without a prediction.
        right: n, 1 or 0; NaN if the truth is not known.
        bins: At least 1.

    Returns:
        0 to 1; NaN if no face counts.
    """
    known = ~np.isnan(confidence) & ~np.isnan(right)
    if not known.any():
        return math.nan
    confidence, right = confidence[known], right[known]
    place = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    apart = np.abs(np.bincount(place, confidence - right, minlength=bins))
    return float(apart.sum() / len(confidence))


def inside(truth: Floats, low: Floats, high: Floats) -> Floats:
    """1 if the truth is between ``low`` and ``high``, both included, 0 otherwise; NaN if any of them is NaN.

    The mean is the coverage of an interval. Ages are in completed years: someone of 30.9 years is 30.
    """
    known = ~(np.isnan(truth) | np.isnan(low) | np.isnan(high))
    whole = np.floor(truth)
    return np.where(known, ((whole >= np.floor(low)) & (whole <= np.ceil(high))).astype(np.float64), np.nan)


def confusion(truth: Classes, predictions: Classes, classes: int) -> NDArray[np.int64]:
    """How often each true class (row) got each prediction (column); the last column is "no prediction".

    Faces of unknown truth do not count.

    Returns:
        int64, classes × (classes + 1).
    """
    known = truth >= 0
    columns = np.where(predictions[known] < 0, classes, predictions[known])
    flat = np.bincount(truth[known] * (classes + 1) + columns, minlength=classes * (classes + 1))
    return flat.reshape(classes, classes + 1).astype(np.int64)


def estimate(values: Floats, resamples: int = RESAMPLES, seed: int = 0, level: float = 0.95) -> Estimate:
    """The mean of the values that are not NaN, with a percentile bootstrap interval (Efron 1979).

    Pictures of one person count as independent, which makes the interval too narrow for data sets with several pictures
    of each person.

    Args:
        values: One for each face.
        resamples: Number of samples, drawn with replacement.
        seed: The same seed gives the same interval.
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
    """Mean of one number for each fold, and its standard error: sample deviation (n - 1) over the root of n."""
    if not values:
        return OverFolds(math.nan, math.nan, 0)
    given = np.array(values, np.float64)
    deviation = float(given.std(ddof=1)) / math.sqrt(len(given)) if len(given) > 1 else math.nan
    return OverFolds(float(given.mean()), deviation, len(given))
