"""Drawing a chart with Matplotlib into an image file."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from photogender.errors import PhotogenderError
from photogender.output import output

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GREY = "#333333"
"""Of text and lines that are no data."""


def save_chart(path: str, draw: "Callable[[Axes], None]", size: tuple[float, float], notice: str = "") -> None:
    """Write a chart to a file, as SVG where its name says so, otherwise as PNG.

    Args:
        path: The file.
        draw: Draws on the chart's axes.
        size: Width and height in inches, at 150 pixels an inch.
        notice: Small print below the chart.

    Raises:
        PhotogenderError: Matplotlib is not installed, or the file cannot be written.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise PhotogenderError(
            "Plotting needs matplotlib, which is not installed.", "Install it with: pip install 'photogender[plot]'"
        ) from error
    figure = Figure(figsize=size, dpi=150, layout="constrained")
    draw(figure.add_subplot())
    if notice:
        figure.supxlabel(notice, fontsize=7.5, color="#555555")
    with output(path) as stream:
        figure.savefig(stream, format="svg" if path.lower().endswith(".svg") else "png")
