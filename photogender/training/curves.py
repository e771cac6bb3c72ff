"""How a training went, as a picture."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from photogender.output import output

if TYPE_CHECKING:
    from photogender.training.loop import Row

NAMES = {"age": "age group", "one_off": "age group or next", "gender": "gender"}


def draw_curves(log: "Sequence[Row]", path: str) -> None:
    """Loss and scores over the iterations, as a PNG.

    Raises:
        PhotogenderError: The file cannot be written.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    iterations = [row.iteration for row in log]
    left.plot(iterations, [row.loss for row in log], label="training, varied faces")
    left.plot(iterations, [row.scores["loss"] for row in log], label="validation")
    left.set(title="Loss", xlabel="iteration")
    for name, label in NAMES.items():
        if name in log[-1].scores:
            right.plot(iterations, [row.scores[name] for row in log], label=label)
    right.set(title="Right on the validation part", xlabel="iteration", ylim=(0, 1))
    for axes in (left, right):
        axes.grid(alpha=0.3)
        axes.legend()
    with output(path) as stream:
        figure.savefig(stream, format="png", dpi=120)
