"""How a training went, as a picture."""

from collections.abc import Sequence

from photogender.evaluation.charts import plot_curves
from photogender.training.loop import Row

_SCORES = {"age": "right age group", "one_off": "right age group or next", "gender": "right gender"}


def draw_curves(log: Sequence[Row], path: str) -> None:
    """Losses and scores over the iterations, into a PNG or SVG file.

    Raises:
        PhotogenderError: matplotlib is not installed, or the file cannot be written.
    """
    iterations = [row.iteration for row in log]
    shares = {label: [row.scores[name] for row in log] for name, label in _SCORES.items() if name in log[-1].scores}
    losses = {"loss in training": [row.loss for row in log], "loss in validation": [row.scores["loss"] for row in log]}
    plot_curves(iterations, shares, losses, path)
