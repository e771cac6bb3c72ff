"""Calibration: a factor for the logits of each output, so that its probabilities hold on unseen faces."""

import json
import os
from collections.abc import Callable

import numpy as np

from photogender.errors import PhotogenderError
from photogender.evaluation.measures import inside
from photogender.faces.heads import INTERVAL, interval, softmax
from photogender.output import output
from photogender.training.data.labelled import Labelled
from photogender.training.nets.compact import Compact
from photogender.training.nets.context import Context
from photogender.training.nets.small import Small
from photogender.training.recipe import Recipe
from photogender.training.scores import logits_of

FILE = "calibration.json"
"""In a run's folder."""

Sharpness = dict[str, float]
"""By output, the factor of its logits: the inverse of a temperature."""

_FACTORS = np.exp(np.linspace(np.log(0.25), np.log(4.0), 161))


def calibrate(net: Compact | Small | Context, data: Labelled, recipe: Recipe) -> Sharpness:
    """The factor of each output, measured on faces that were not used for training.

    For the gender it minimises the cross entropy (temperature scaling, Guo et al. (2017), arXiv:1706.04599); for the
    age it makes the interval from the 10th to the 90th percentile contain 80 % of the ages.
    """
    raw = logits_of(net, data, recipe.sides[-1][1], "float32", recipe.window)
    logits = {name: values.double().numpy() for name, values in raw.items()}
    gender = data.targets["gender"].argmax(axis=1)
    known = data.targets["gender"].sum(axis=1) > 0
    with_age = ~np.isnan(data.ages)

    def cross_entropy(factor: float) -> float:
        shares = softmax(logits["gender"][known] * factor)
        return float(-np.log(shares[np.arange(len(shares)), gender[known]] + 1e-12).mean())

    def coverage_error(factor: float) -> float:
        shares = softmax(logits["years"][with_age] * factor)
        ends = interval(shares, np.arange(shares.shape[1], dtype=np.float64))
        return abs(float(inside(data.ages[with_age].astype(np.float64), *ends).mean()) - INTERVAL)

    sharpness = {"gender": _least(cross_entropy)}
    return sharpness | {"years": _least(coverage_error)} if "years" in logits else sharpness


def save_sharpness(sharpness: Sharpness, run: str) -> None:
    """Write the factors into a run's folder.

    Raises:
        PhotogenderError: The folder cannot be written.
    """
    with output(os.path.join(run, FILE)) as stream:
        stream.write(json.dumps(sharpness).encode())


def load_sharpness(run: str) -> Sharpness:
    """The factors in a run's folder.

    Raises:
        PhotogenderError: There are none, since the run is not finished.
    """
    try:
        with open(os.path.join(run, FILE), encoding="utf-8") as file:
            sharpness: Sharpness = json.load(file)
    except FileNotFoundError as error:
        message = f"The run in {run} is not finished."
        raise PhotogenderError(message, "Resume it with the same command.") from error
    return sharpness


def _least(cost: Callable[[float], float]) -> float:
    return float(min(_FACTORS, key=cost))
