"""The library in numbers: totals, and an age pyramid by gender, for the terminal or as a picture."""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from photogender.catalog import Catalog
from photogender.errors import PhotogenderError
from photogender.output import COLOURS, NOTICE, output
from photogender.query import Filters, face_counts, photo_counts
from photogender.records import AGE_GROUPS
from photogender.text import count

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_OLDEST = 100
"""Years from which on all ages share one bar."""


class Bar(NamedTuple):
    """Faces of one range of ages."""

    label: str
    female: int
    male: int


@dataclass(frozen=True, slots=True)
class Summary:
    """What ``photogender stats`` shows."""

    photos: int
    with_faces: int
    skipped: int
    """Files that could not be read as photos; of the filters only the folder counts."""
    faces: int
    female: int
    male: int
    reviewed: int
    """Faces that a person corrected or confirmed."""
    decades: tuple[Bar, ...]
    """By ten years, youngest first, with no gap between the first and the last that have faces."""
    groups: tuple[Bar, ...]
    """By the eight groups of Levi & Hassner, youngest first."""


def summarize(catalog: Catalog, filters: Filters) -> Summary:
    """Count the faces and photos that match.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    decades: Counter[tuple[object, object]] = Counter()
    groups: Counter[tuple[object, object]] = Counter()
    reviewed = 0
    for row in face_counts(catalog, filters):
        decade, faces = min(_whole(row["decade"]), _OLDEST), _whole(row["faces"])
        decades[decade, row["gender"]] += faces
        groups[row["age_group"], row["gender"]] += faces
        reviewed += _whole(row["reviewed"])
    starts = [_whole(decade) for decade, _ in decades]
    shown = range(min(starts, default=0), max(starts, default=-10) + 10, 10)
    bars = tuple(
        Bar(
            f"{start}+" if start == _OLDEST else f"{start}-{start + 9}",
            decades[start, "female"],
            decades[start, "male"],
        )
        for start in shown
    )
    photos = photo_counts(catalog, filters)
    return Summary(
        photos=_whole(photos["photos"]),
        with_faces=_whole(photos["with_faces"]),
        skipped=_whole(photos["skipped"]),
        faces=decades.total(),
        female=sum(bar.female for bar in bars),
        male=sum(bar.male for bar in bars),
        reviewed=reviewed,
        decades=bars,
        groups=tuple(Bar(group, groups[group, "female"], groups[group, "male"]) for group in AGE_GROUPS),
    )


def _whole(value: object) -> int:
    assert isinstance(value, int)  # noqa: S101 - SQLite counts in integers
    return value


def plot_pyramid(summary: Summary, path: str) -> None:
    """Draw the age pyramid into a PNG or SVG file, by the ending of ``path``.

    Raises:
        PhotogenderError: There are no faces, matplotlib is not installed, or the file cannot be written.
    """
    if not summary.faces:
        raise PhotogenderError("There are no faces to draw.", "Scan some photos, or ask for more.")
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise PhotogenderError(
            "Plotting needs matplotlib, which is not installed.", "Install it with: pip install 'photogender[plot]'"
        ) from error
    figure = Figure(figsize=(8, 5.4), dpi=150, layout="constrained")
    _draw_pyramid(figure.add_subplot(), summary)
    figure.supxlabel(f"{NOTICE}  Made with photogender.", fontsize=7.5, color="#555555")
    with output(path) as stream:
        figure.savefig(stream, format="svg" if path.lower().endswith(".svg") else "png")


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
                color="#333333",
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
