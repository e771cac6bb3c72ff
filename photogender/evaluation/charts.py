"""The accuracy of a model as charts."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from photogender.evaluation.measures import Estimate
from photogender.evaluation.scoring import Row
from photogender.plot import GREY, save_chart

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_confusion(table: NDArray[np.int64], names: Sequence[str], title: str, path: str) -> None:
    """Draw a confusion matrix into a PNG or SVG file: shares of each true class, with counts.

    Args:
        table: ``measures.confusion`` of the named classes; the last column is "no face".
        names: Of the classes, in order.
        title: Of the chart.
        path: The file.

    Raises:
        PhotogenderError: matplotlib is not installed, or the file cannot be written.
    """
    columns = [*names, "no face"] if table[:, -1].any() else list(names)
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)

    def draw(axes: "Axes") -> None:
        axes.imshow(shares[:, : len(columns)], cmap="Blues", vmin=0, vmax=1, aspect="auto")
        for row, column in np.ndindex(len(names), len(columns)):
            share = shares[row, column]
            text = f"{share:.0%}\n{table[row, column]:,}" if table[row, column] else ""
            colour = "white" if share > 0.55 else GREY
            axes.text(column, row, text, ha="center", va="center", fontsize=8, color=colour)
        axes.set_xticks(range(len(columns)), columns)
        totals = table.sum(axis=1).tolist()
        axes.set_yticks(range(len(names)), [f"{name}  ({of:,})" for name, of in zip(names, totals, strict=True)])
        axes.set_xlabel("estimated")
        axes.set_ylabel("true (faces)")
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set_title(title)

    save_chart(path, draw, (1.5 + 0.75 * len(columns), 1.6 + 0.6 * len(names)))


def plot_accuracy(rows: Sequence[Row], title: str, path: str) -> None:
    """Draw the accuracy for groups of faces with its intervals into a PNG or SVG file.

    Raises:
        PhotogenderError: matplotlib is not installed, or the file cannot be written.
    """
    measures: tuple[tuple[str, str, Callable[[Row], Estimate]], ...] = (
        ("gender", "#009E73", lambda row: row.gender),
        ("age group", "#0072B2", lambda row: row.exact),
        ("age group, 1-off", "#56B4E9", lambda row: row.one_off),
        ("age within 5 years", "#E69F00", lambda row: row.close),
    )

    def draw(axes: "Axes") -> None:
        shown = [each for each in measures if any(each[2](row).faces for row in rows)]
        width = 0.84 / max(len(shown), 1)
        for index, (name, colour, of) in enumerate(shown):
            known = [(place, of(row)) for place, row in enumerate(rows) if of(row).faces]
            places = [place + (index - (len(shown) - 1) / 2) * width for place, _ in known]
            values = [each.value for _, each in known]
            ends = [[each.value - each.low for _, each in known], [each.high - each.value for _, each in known]]
            axes.bar(places, values, width * 0.92, color=colour, label=name)
            axes.errorbar(places, values, ends, fmt="none", ecolor=GREY, elinewidth=1, capsize=2)
        axes.set_xticks(range(len(rows)), [f"{row.name}\n{row.faces:,}" for row in rows])
        axes.set_ylim(0, 1.02)
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        axes.grid(axis="y", color="#dddddd", linewidth=0.8)
        axes.set_axisbelow(True)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(length=0)
        axes.set_ylabel("correct, with 95 % intervals")
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, frameon=False, fontsize=8)
        axes.set_title(title, pad=28)

    save_chart(path, draw, (2.5 + 0.95 * len(rows), 4.4))
