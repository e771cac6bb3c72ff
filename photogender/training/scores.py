"""The accuracy of a network while it is trained."""

import numpy as np
import torch
from torch import Tensor

from photogender.labels import AGE_GROUPS, age_group, true_group
from photogender.training.data.labelled import Labelled
from photogender.training.data.views import centre
from photogender.training.nets.choose import Net
from photogender.training.precision import autocast
from photogender.training.recipe import SIDE, Precision
from photogender.training.step import known_faces, loss_of


def logits_of(net: Net, data: Labelled, pixels: int, precision: Precision, window: int) -> dict[str, Tensor]:
    """Logits for the centre crops of some faces: by output, m × its width."""
    net.eval()
    found: dict[str, list[Tensor]] = {}
    for first in range(0, len(data.rows), 64):
        shown = centre(data.chips[data.rows[first : first + 64]], pixels, window)
        with torch.no_grad(), autocast(precision):
            for name, values in net(torch.from_numpy(shown).permute(0, 3, 1, 2)).items():
                found.setdefault(name, []).append(values)
    return {name: torch.cat(values) for name, values in found.items()}


def score(
    net: Net, data: Labelled, pixels: int, precision: Precision = "float32", window: int = SIDE
) -> dict[str, float]:
    """The accuracy of a network on the centre crops of some faces.

    Returns:
        ``age`` and ``one_off``: share of the faces in the right group, or in it or a neighbouring one, among those
        whose target gives one group more than half; ``gender``: share of right genders; ``loss``; of a network that
        gives years also ``mae``, in years.
    """
    logits = logits_of(net, data, pixels, precision, window)
    targets = {name: torch.from_numpy(values) for name, values in data.targets.items()}
    known = {name: known_faces(name, values) for name, values in targets.items()}
    scores = {"loss": float(loss_of(logits, targets, known))}
    for name in set(logits) & {"age", "gender"}:
        sure = targets[name].max(dim=1).values > 0.5
        away = (logits[name].argmax(1) - targets[name].argmax(1))[sure].abs()
        scores[name] = float((away == 0).float().mean())
        if name == "age":
            scores["one_off"] = float((away <= 1).float().mean())
    if "years" in logits and "age" not in logits:
        scores |= _of_years(logits["years"], data)
    return scores


def _of_years(logits: Tensor, data: Labelled) -> dict[str, float]:
    """``age``, ``one_off`` and ``mae`` of a network that gives years: the expected age, and its group."""
    expected = (torch.softmax(logits, dim=1) @ torch.arange(logits.shape[1], dtype=torch.float32)).tolist()
    both = [(estimate, age) for estimate, age in zip(expected, data.ages.tolist(), strict=True) if age == age]
    away = [
        abs(AGE_GROUPS.index(age_group(estimate)) - AGE_GROUPS.index(group))
        for estimate, age in both
        if (group := true_group(age))
    ]
    return {
        "mae": float(np.mean([abs(estimate - age) for estimate, age in both])),
        "age": float(np.mean([each == 0 for each in away])),
        "one_off": float(np.mean([each <= 1 for each in away])),
    }


def quality(scores: dict[str, float]) -> float:
    """What the best weights are chosen by: the share of right age groups and genders, or the mean of both."""
    return float(np.mean([scores[name] for name in ("age", "gender") if name in scores]))
