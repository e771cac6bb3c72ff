"""How sure a trained net may be: its logits are made sharper or blunter until they keep what they promise."""

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
from photogender.training.recipe import Recipe
from photogender.training.scores import logits_of

FILE = "calibration.json"
"""In a run's folder."""

Sharpness = dict[str, float]
"""By output, what its logits are multiplied by."""

_SHARP = np.exp(np.linspace(np.log(0.25), np.log(4.0), 161))


def calibrate(net: Compact, data: Labelled, recipe: Recipe) -> Sharpness:
    """The sharpness of each output on some faces that were not learnt from.

    Of the gender: by the least cross entropy (temperature scaling, Guo et al. (2017), arXiv:1706.04599). Of the
    age: so that the interval from the 10th to the 90th percentile holds the age of 80 of 100 faces.
    """
    said = logits_of(net, data, recipe.sides[-1][1], "float32", recipe.window)
    logits = {name: values.double().numpy() for name, values in said.items()}
    gender = data.targets["gender"].argmax(axis=1)
    known = data.targets["gender"].sum(axis=1) > 0
    with_age = ~np.isnan(data.ages)

    def surprise(factor: float) -> float:
        shares = softmax(logits["gender"][known] * factor)
        return float(-np.log(shares[np.arange(len(shares)), gender[known]] + 1e-12).mean())

    def miss(factor: float) -> float:
        shares = softmax(logits["years"][with_age] * factor)
        ends = interval(shares, np.arange(shares.shape[1], dtype=np.float64))
        return abs(float(inside(data.ages[with_age].astype(np.float64), *ends).mean()) - INTERVAL)

    return {"years": _least(miss), "gender": _least(surprise)}


def save_sharpness(sharpness: Sharpness, run: str) -> None:
    """Keep it in a run's folder."""
    with output(os.path.join(run, FILE)) as stream:
        stream.write(json.dumps(sharpness).encode())


def load_sharpness(run: str) -> Sharpness:
    """What was kept in a run's folder.

    Raises:
        PhotogenderError: Nothing was: the run has not come to its end.
    """
    try:
        with open(os.path.join(run, FILE), encoding="utf-8") as file:
            kept: Sharpness = json.load(file)
    except FileNotFoundError as error:
        message = f"The run in {run} is not finished."
        raise PhotogenderError(message, "Resume it with the same command.") from error
    return kept


def _least(cost: Callable[[float], float]) -> float:
    return float(min(_SHARP, key=cost))
