"""The losses and scores of a training as a chart."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from photogender.plot import save_chart
from photogender.training.run import Evaluation

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SCORES = {"age": "right age group", "one_off": "right age group or next", "gender": "right gender"}


def draw_curves(log: Sequence[Evaluation], path: str) -> None:
    """Draw the scores (left axis) and losses (right axis, dashed) by iteration into a PNG or SVG file.

    Raises:
        PhotogenderError: matplotlib is not installed, or the file cannot be written.
    """
    iterations = [each.iteration for each in log]
    shares = {label: [each.scores[name] for each in log] for name, label in _SCORES.items() if name in log[-1].scores}
    losses = {"training loss": [each.loss for each in log], "validation loss": [each.scores["loss"] for each in log]}

    def draw(axes: "Axes") -> None:
        right = axes.twinx()
        lines = [axes.plot(iterations, values, label=label)[0] for label, values in shares.items()]
        lines += [
            right.plot(iterations, values, "--", color=grey, label=label)[0]
            for (label, values), grey in zip(losses.items(), ("#bbbbbb", "#666666"), strict=True)
        ]
        axes.set(xlabel="iteration", ylabel="share of the validation part", ylim=(0, 1))
        right.set(ylabel="loss", ylim=(0, None))
        axes.grid(alpha=0.3)
        axes.legend(handles=lines, loc="lower right")

    save_chart(path, draw, (8, 5))
