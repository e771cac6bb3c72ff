"""Layout of a report's charts.

x is in percent of the chart's width and y in CSS pixels, so that a chart fills the page and its text keeps its size,
also on a phone.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from photogender.catalog.queries.stats import Bar
from photogender.report.places import Tally

MALE_END, FEMALE_START = 42.0, 58.0
"""Percent: a pyramid's labels are between these."""

_LONGEST = 29.0
"""Percent: the longest bar of a pyramid; the rest of its side is for the number."""

ROW = 26
"""Pixels from one bar of a pyramid to the next."""

TALLEST = 120
"""Pixels: the tallest column of a timeline."""

_FILLED = 5
"""Most consecutive years without photos that are drawn; a longer span, as after a wrong date, becomes one gap."""

_SLOTS = 100
"""Most columns of a timeline: older years share the first one."""


class Row(NamedTuple):
    """One age of a pyramid."""

    label: str
    y: int
    """Top edge."""
    male: int
    male_start: float
    male_width: float
    female: int
    female_width: float


def pyramid(bars: Sequence[Bar]) -> list[Row]:
    """The rows of a pyramid, the last bar on top."""
    most = max((max(bar.female, bar.male) for bar in bars), default=0) or 1
    rows = []
    for index, bar in enumerate(reversed(bars)):
        male, female = (round(_LONGEST * number / most, 2) for number in (bar.male, bar.female))
        y = ROW * (index + 1)  # the first line holds the headings
        rows.append(Row(bar.label, y, bar.male, round(MALE_END - male, 2), male, bar.female, female))
    return rows


class Column(NamedTuple):
    """One year of a timeline, or a gap."""

    label: str
    """Empty for a gap."""
    x: float
    """Left edge, percent."""
    width: float
    heights: tuple[float, ...]
    """Of the parts, from the bottom up, pixels."""
    numbers: tuple[int, ...]
    has_label: bool
    has_number: bool

    @property
    def middle(self) -> float:
        """Percent."""
        return round(self.x + self.width / 2, 2)

    @property
    def tops(self) -> list[float]:
        """Top edge of each part, pixels from the top of the chart, which has one line above the tallest column."""
        return [round(TALLEST + 20 - sum(self.heights[: place + 1]), 1) for place in range(len(self.heights))]


def timeline(years: Sequence[Tally], parts: Sequence[str]) -> list[Column]:
    """The columns of a timeline.

    Args:
        years: Ascending; those without a date are left out.
        parts: The fields of ``Tally`` that are stacked into a column, from the bottom up.
    """
    slots = list(_slots([(str(year.label), _numbers(year, parts)) for year in years if year.label is not None]))
    totals = [sum(numbers) for _, numbers in slots]
    most = max([*totals, 1])
    pitch = min(100 / max(len(slots), 1), 12.0)
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100) if len(slots) <= 8 * step or step == 100)
    columns = []
    for index, (label, numbers) in enumerate(slots):
        named = bool(label) and (step == 1 or not label.isdigit() or int(label) % step == 0)
        numbered = sum(numbers) > 0 and (len(slots) <= 8 or index == totals.index(max(totals)))
        columns.append(_column(label, index * pitch, 0.84 * pitch, numbers, most, named, numbered))
    return columns


def _numbers(year: Tally, parts: Sequence[str]) -> tuple[int, ...]:
    return tuple(getattr(year, part) for part in parts)


def _slots(years: list[tuple[str, tuple[int, ...]]]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """One slot per year, with those without photos in between, or a gap if there are many."""
    before = None
    if len(years) > _SLOTS:
        old = years[: len(years) - _SLOTS + 1]
        yield f"to {old[-1][0]}", tuple(map(sum, zip(*(numbers for _, numbers in old), strict=True)))
        before, years = int(old[-1][0]), years[len(old) :]
    for label, numbers in years:
        year = int(label)
        empty = range(year if before is None else before + 1, year)
        nothing = (0,) * len(numbers)
        yield from [(str(missing), nothing) for missing in empty] if len(empty) <= _FILLED else [("", nothing)]
        yield label, numbers
        before = year


def _column(
    label: str, x: float, width: float, numbers: tuple[int, ...], most: int, named: bool, numbered: bool
) -> Column:
    heights = tuple(round(max(TALLEST * number / most, float(number > 0)), 1) for number in numbers)
    return Column(label, round(x, 2), round(width, 2), heights, numbers, named, numbered)
