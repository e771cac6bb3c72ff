"""Charts with Matplotlib, saved to image files."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from photogender.errors import PhotogenderError
from photogender.output import output

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GREY = "#333333"
"""Colour of text and of lines that are not data."""


def save_chart(path: str, draw: "Callable[[Axes], None]", size: tuple[float, float], notice: str = "") -> None:
    """Draw a chart and save it, as SVG if the file name ends in ``.svg``, otherwise as PNG.

    Args:
        path: The file.
        draw: Draws on the axes.
        size: Width and height in inches, at 150 pixels per inch.
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
