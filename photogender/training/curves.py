"""How a training went, as a picture."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from photogender.plot import save_chart
from photogender.training.run import Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

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


def plot_curves(
    steps: Sequence[int], shares: dict[str, list[float]], losses: dict[str, list[float]], path: str
) -> None:
    """Draw how a training went into a PNG or SVG file: shares to the left axis, losses, dashed, to the right one.

    Args:
        steps: Iterations.
        shares: By label, a value a step, 0 to 1.
        losses: By label, a value a step.
        path: Where to.

    Raises:
        PhotogenderError: matplotlib is not installed, or the file cannot be written.
    """

    def draw(axes: "Axes") -> None:
        right = axes.twinx()
        lines = [axes.plot(steps, values, label=label)[0] for label, values in shares.items()]
        lines += [
            right.plot(steps, values, "--", color=grey, label=label)[0]
            for (label, values), grey in zip(losses.items(), ("#bbbbbb", "#666666"), strict=True)
        ]
        axes.set(xlabel="iteration", ylabel="of the validation part", ylim=(0, 1))
        right.set(ylabel="loss", ylim=(0, None))
        axes.grid(alpha=0.3)
        axes.legend(handles=lines, loc="lower right")

    save_chart(path, draw, (8, 5))
