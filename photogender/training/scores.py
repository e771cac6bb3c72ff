"""How right a net is while it is trained."""

import numpy as np
import torch
from torch import Tensor

from photogender.labels import AGE_GROUPS, age_group, true_group
from photogender.training.data.labelled import Labelled
from photogender.training.data.views import centre
from photogender.training.nets.choose import Net
from photogender.training.precision import computing
from photogender.training.recipe import SIDE, Precision
from photogender.training.step import known_of, loss_of


def logits_of(net: Net, data: Labelled, pixels: int, precision: Precision, window: int) -> dict[str, Tensor]:
    """What a net says of the centre crops of some faces: by output, m × its width."""
    net.eval()
    found: dict[str, list[Tensor]] = {}
    for first in range(0, len(data.rows), 64):
        shown = centre(data.chips[data.rows[first : first + 64]], pixels, window)
        with torch.no_grad(), computing(precision):
            for name, values in net(torch.from_numpy(shown).permute(0, 3, 1, 2)).items():
                found.setdefault(name, []).append(values)
    return {name: torch.cat(values) for name, values in found.items()}


def score(
    net: Net, data: Labelled, pixels: int, precision: Precision = "float32", window: int = SIDE
) -> dict[str, float]:
    """How right a net is on the centre crops of some faces.

    Returns:
        ``age`` and ``one_off``: part of the faces put into the right group, or into it or one beside it, of those
        whose target has a group with more than half of it; ``gender``: part that is right; ``loss``.
    """
    answers = logits_of(net, data, pixels, precision, window)
    targets = {name: torch.from_numpy(values) for name, values in data.targets.items()}
    known_sums = {name: known_of(name, values) for name, values in targets.items()}
    scores = {"loss": float(loss_of(answers, targets, known_sums))}
    for name in set(answers) & {"age", "gender"}:
        known = targets[name].max(dim=1).values > 0.5
        away = (answers[name].argmax(1) - targets[name].argmax(1))[known].abs()
        scores[name] = float((away == 0).float().mean())
        if name == "age":
            scores["one_off"] = float((away <= 1).float().mean())
    if "years" in answers and "age" not in answers:
        scores |= _of_years(answers["years"], data)
    return scores


def _of_years(logits: Tensor, data: Labelled) -> dict[str, float]:
    """The same of a net that gives years, by the group its expectation falls into; and ``mae`` in years."""
    expected = (torch.softmax(logits, dim=1) @ torch.arange(logits.shape[1], dtype=torch.float32)).tolist()
    both = [(said, age) for said, age in zip(expected, data.ages.tolist(), strict=True) if age == age]
    away = [
        abs(AGE_GROUPS.index(age_group(said)) - AGE_GROUPS.index(group))
        for said, age in both
        if (group := true_group(age))
    ]
    return {
        "mae": float(np.mean([abs(said - age) for said, age in both])),
        "age": float(np.mean([each == 0 for each in away])),
        "one_off": float(np.mean([each <= 1 for each in away])),
    }


def quality(scores: dict[str, float]) -> float:
    """What the best net is chosen by: the part of right answers, the mean of both where there are two."""
    return float(np.mean([scores[name] for name in ("age", "gender") if name in scores]))
