"""The wall in numbers: how many faces, an age pyramid, and a timeline.

Each chart counts what meets all filters but the one that a click on it sets, so that its other bars can
still be chosen.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from photogender.catalog import Catalog
from photogender.query import Condition, Filters, match_faces

LAST_DECADE = 100
"""Years from which on all ages share one bar."""

_REMEMBERED = 100
"""Counts, of at most some hundred cells each."""


class Cell(NamedTuple):
    """Faces of one decade of age, gender, and period."""

    decade: int
    """Years: 0, 10, 20, ..."""
    female: bool
    period: int
    """Year, or month from 1 to 12; 0: the photo has no date."""
    faces: int
    reviewed: int


def count_cells(catalog: Catalog, condition: Condition, by_month: bool) -> list[Cell]:
    """Faces that meet a condition on ``tags``, by decade, gender, and year or month.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    period = "substr(taken, 6, 2)" if by_month else "taken"  # a cast reads digits up to the first that is none
    # One whole number to group by: three columns would take half as long again.
    sql = f"""
        SELECT
            min(CAST(age / 10 AS INTEGER), {LAST_DECADE // 10}) * 20000 + (gender = 'female') * 10000
                + coalesce(CAST({period} AS INTEGER), 0),
            count(*), sum(reviewed)
        FROM tags WHERE {condition[0]} GROUP BY 1
    """  # noqa: S608
    return [
        Cell(key // 20000 * 10, key % 20000 >= 10000, key % 10000, faces, reviewed)
        for key, faces, reviewed in catalog.fetch(sql, condition[1])
    ]


class Numbers:
    """Counts faces, and remembers what it counted until the catalog changes. For one open catalog, on one thread.

    A count over all faces is the most that the page asks of SQLite, and the charts keep asking for the same ones: with
    a filter by age alone, the pyramid still counts all ages.
    """

    def __init__(self) -> None:
        self._version: object = None
        self._counted: dict[tuple[Condition, bool], list[Cell]] = {}

    def answer(self, catalog: Catalog, filters: Filters) -> dict[str, object]:
        """The wall in numbers, as the page reads them.

        Returns:
            ``faces`` and ``reviewed`` of the wall; ``pyramid``, rows with ``decade``, ``female`` and ``male``;
            ``timeline`` with the ``year`` whose months it shows or None, ``undated`` faces, and ``bars``, rows with
            ``period`` (``2019`` or ``2019-05``) and ``faces``.

        Raises:
            CatalogError: The catalog cannot be read.
        """
        (version,) = catalog.fetch("PRAGMA data_version").fetchone()  # another one after each commit elsewhere
        if version != self._version or len(self._counted) >= _REMEMBERED:
            self._version = version
            self._counted.clear()
        first, last = filters.taken or (None, None)
        year = first[:4] if first and last and first[:4] == last[:4] else None

        def count(filters: Filters) -> list[Cell]:
            key = match_faces(filters), year is not None
            if key not in self._counted:
                self._counted[key] = count_cells(catalog, *key)
            return self._counted[key]

        wall = count(filters)
        ages = Counter[tuple[int, bool]]()
        for cell in count(replace(filters, gender=None, age=None, age_group=None)):
            ages[cell.decade, cell.female] += cell.faces
        periods = Counter[int]()
        for cell in count(replace(filters, taken=(year, year) if year else None)):
            periods[cell.period] += cell.faces
        undated = periods.pop(0, 0)
        oldest = max((decade for decade, _ in ages), default=0)
        return {
            "faces": sum(cell.faces for cell in wall),
            "reviewed": sum(cell.reviewed for cell in wall),
            "pyramid": [
                {"decade": decade, "female": ages[decade, True], "male": ages[decade, False]}
                for decade in range(0, max(oldest, 90) + 10, 10)
            ],
            "timeline": {"year": year, "undated": undated, "bars": list(_bars(periods, year))},
        }


def _bars(periods: Counter[int], year: str | None) -> Iterable[dict[str, object]]:
    if year:
        shown: Iterable[int] = range(1, 13)
    elif periods and max(periods) - min(periods) < 60:
        shown = range(min(periods), max(periods) + 1)
    else:  # a camera whose clock was never set would stretch the line over a century
        shown = sorted(periods)
    for period in shown:
        yield {"period": f"{year}-{period:02}" if year else f"{period:04}", "faces": periods[period]}
