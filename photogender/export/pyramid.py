"""The age pyramid of a library as a chart."""

from typing import TYPE_CHECKING

from photogender.catalog.queries.stats import Summary
from photogender.errors import PhotogenderError
from photogender.labels import COLOURS, NOTICE
from photogender.plot import GREY, save_chart
from photogender.text import count

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_pyramid(summary: Summary, path: str) -> None:
    """Draw the age pyramid into a PNG or SVG file, by the suffix of ``path``.

    Raises:
        PhotogenderError: There are no faces, matplotlib is not installed, or the file cannot be written.
    """
    if not summary.faces:
        raise PhotogenderError("There are no faces to draw.", "Scan some photos, or use fewer filters.")
    save_chart(path, lambda axes: _draw_pyramid(axes, summary), (8, 5.4), f"{NOTICE}  Made with photogender.")


def _draw_pyramid(axes: "Axes", summary: Summary) -> None:
    bars = summary.decades
    rows = range(len(bars))
    male, female = [bar.male for bar in bars], [bar.female for bar in bars]
    most = max([1, *male, *female])
    axes.barh(rows, [-number for number in male], color=COLOURS["male"], height=0.85)
    axes.barh(rows, female, color=COLOURS["female"], height=0.85)
    for row, bar in enumerate(bars):
        for number, side, sign in ((bar.male, "right", -1), (bar.female, "left", 1)):
            axes.annotate(
                f"{number:,}",
                (sign * number, row),
                (sign * 4, 0),
                textcoords="offset points",
                ha=side,
                va="center",
                fontsize=8,
                color=GREY,
            )
    axes.set_xlim(-1.15 * most, 1.15 * most)
    axes.set_xticks([])
    axes.set_yticks(rows, [bar.label for bar in bars])
    axes.set_ylabel("apparent age, years")
    axes.tick_params(axis="y", length=0)
    axes.spines[:].set_visible(False)
    axes.axvline(0, color="white", linewidth=1)
    for x, head, colour in (
        (0.25, f"male ({summary.male:,})", COLOURS["male"]),
        (0.75, f"female ({summary.female:,})", COLOURS["female"]),
    ):
        axes.text(x, 1, head, transform=axes.transAxes, ha="center", va="bottom", color=colour, fontweight="bold")
    found = f"{count(summary.faces, 'face')} in {count(summary.with_faces, 'photo')}"
    axes.set_title(f"Apparent age and gender, {found}", pad=24)
