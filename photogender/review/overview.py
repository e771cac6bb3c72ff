"""Counts for the wall: the number of faces, an age pyramid and a timeline.

Each chart ignores the filters that a click on it sets, so that its other bars remain available. Counts are cached
until the catalog changes, since a new filter seldom changes all three.
"""

import threading
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

import numpy as np

from photogender.catalog.catalog import Catalog
from photogender.catalog.queries.counting import numbers, tallied
from photogender.catalog.queries.filters import Condition, Filters, all_of, are_tallied, match_faces
from photogender.catalog.sqlite.connection import damaged
from photogender.labels import LAST_DECADE, OLDEST

_LONGEST_LINE = 60
"""Longest timeline, in years, that also shows years without faces."""

_MOST_REMEMBERED = 200
"""Cached parts, each with at most a few hundred numbers."""

_LARGEST_KEY = (9_999 * 32 + OLDEST // 10 * 2 + 1) * 16 + 15
"""Of what ``_count`` counts."""


class _Part(NamedTuple):
    """One count: by what, and of which faces."""

    by: Literal["reviewed", "person", "year", "month"]
    common: Condition
    """The condition that all parts share."""
    own: Condition
    source: str
    """What is counted, in SQL: ``tallied`` or a table with the columns of ``shown``."""


class Overview:
    """Cached counts. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._version = -1
        self._known: dict[_Part, Counter[int]] = {}

    def numbers(self, catalog: Catalog, filters: Filters, version: int, source: str = "shown") -> dict[str, object]:
        """The counts as the page expects them, from at most one pass over the faces.

        Args:
            catalog: Open for reading.
            filters: Those of the wall.
            version: Changes with the catalog; must be read before this call.
            source: What is counted, in SQL: a table with the columns of ``shown``.

        Returns:
            ``faces`` and ``reviewed`` of the wall; ``pyramid``, rows with ``decade``, ``female`` and ``male``;
            ``timeline`` with the ``year`` whose months it shows or None, ``undated`` faces, and ``bars``, rows with
            ``period`` (``2019`` or ``2019-05``) and ``faces``.

        Raises:
            CatalogError: The catalog cannot be read.
        """
        first, last = filters.taken or (None, None)
        year = first[:4] if first and last and first[:4] == last[:4] else None
        if source == "shown" and are_tallied(filters):
            source = "tallied"
        parts = _parts(filters, year, source)
        with self._lock:
            if version != self._version:
                self._version, self._known = version, {}
            counts = {part: self._known.pop(part) for part in parts if part in self._known}
        if unknown := [part for part in parts if part not in counts]:
            counts |= _count(catalog, unknown)
        with self._lock:
            if version == self._version:
                self._known |= counts  # moved to the end, so that the least recently used come first
                for part in list(self._known)[:-_MOST_REMEMBERED]:
                    del self._known[part]
        reviewed, people, periods = (counts[part] for part in parts)
        bars = Counter({period: number for period, number in periods.items() if period})
        return {
            "faces": reviewed.total(),
            "reviewed": reviewed[1],
            "pyramid": [
                {"decade": tens * 10, "female": people[tens * 2 + 1], "male": people[tens * 2]}
                for tens in range(max([LAST_DECADE // 10 - 1, *(person // 2 for person in people)]) + 1)
            ],
            "timeline": {"year": year, "undated": periods[0], "bars": list(_bars(bars, year))},
        }


def version(catalog: Catalog) -> int:
    """A number that changes when another connection writes to the catalog; compare within one connection only.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    number: int = catalog.fetch("PRAGMA data_version").fetchone()[0]
    return number


def _parts(filters: Filters, year: str | None, source: str) -> tuple[_Part, _Part, _Part]:
    """The parts of the wall, the pyramid and the timeline."""
    # The three differ in genders, ages and dates.
    common = match_faces(replace(filters, gender=None, age=None, age_group=None, taken=None, undated=False))
    own = Filters(
        gender=filters.gender,
        age=filters.age,
        age_group=filters.age_group,
        taken=filters.taken,
        undated=filters.undated,
    )
    any_person = replace(own, gender=None, age=None, age_group=None)
    any_time = replace(own, taken=(year, year) if year else None, undated=False)
    return (
        _Part("reviewed", common, match_faces(own), source),
        _Part("person", common, match_faces(any_person), source),
        _Part("month" if year else "year", common, match_faces(any_time), source),
    )


def _count(catalog: Catalog, parts: Sequence[_Part]) -> dict[_Part, Counter[int]]:
    """Count the faces of some parts of one wall.

    The keys: 1 if reviewed, else 0; decade × 2 + female; year or month, 0 without a date.
    """
    # Often all conditions are the same. The one of the wall itself is met by the fewest faces: it is tried last.
    own = list(dict.fromkeys(part.own for part in reversed(parts)))
    bits, bit_values = _bits(own)
    wanted, values = " OR ".join(condition for condition, _ in own), tuple(value for _, each in own for value in each)
    common, common_values = parts[0].common
    asked = {part.by for part in parts}
    of_person = f"CASE WHEN age BETWEEN 0 AND {OLDEST} THEN CAST(age / 10 AS INTEGER) * 2 + (gender = 'female') END"
    person_key = of_person if "person" in asked else "0"
    # CAST stops at the first character that is not a digit.
    keys_of_time = {"month": "CAST(substr(taken, 6, 2) AS INTEGER)", "year": "CAST(taken AS INTEGER)"}
    period_key = next((f"coalesce({key}, 0)" for by, key in keys_of_time.items() if by in asked), "0")
    key = f"({period_key} * 32 + ({person_key})) * 16 + {bits} + reviewed * 8"
    met = all_of([(common, common_values), (f"({wanted})", values)])
    if (source := parts[0].source) == "tallied":
        faces = tallied(catalog, key, met, bit_values)
    else:
        faces = _of_each(numbers(catalog, key, met, source, bit_values))
    if not 0 <= min(faces, default=0) <= max(faces, default=0) <= _LARGEST_KEY:
        raise damaged(catalog.path, "of some faces, the age or the date cannot be right")
    counts = {part: Counter[int]() for part in parts}
    for found, number in faces.items():
        rest, bit = divmod(found, 16)
        period, person = divmod(rest, 32)
        person = min(person // 2, LAST_DECADE // 10) * 2 + person % 2
        cells = {"reviewed": bit // 8, "person": person, "year": period, "month": period}
        for part, of_part in counts.items():
            if bit >> own.index(part.own) & 1:
                of_part[cells[part.by]] += number
    return counts


def _of_each(lots: Sequence[str]) -> Counter[int]:
    """How many there are of each number."""
    found = np.concatenate([np.empty(0, np.int64), *(np.fromstring(lot, np.int64, sep=",") for lot in lots)])
    if found.size and not 0 <= found.min() <= found.max() <= _LARGEST_KEY:  # only of a damaged catalog
        return Counter(found.tolist())
    counts = np.bincount(found)
    return Counter({number: int(counts[number]) for number in np.flatnonzero(counts).tolist()})


def _bits(conditions: Sequence[Condition]) -> Condition:
    """SQL for a number that has bit n set where condition n holds."""
    if len(conditions) == 1:
        return "1", ()
    bits = (f"(({condition}) IS TRUE) * {2**place}" for place, (condition, _) in enumerate(conditions))
    return " + ".join(bits), tuple(value for _, values in conditions for value in values)


def _bars(periods: Counter[int], year: str | None) -> Iterable[dict[str, object]]:
    if year:
        shown: Iterable[int] = range(1, 13)
    elif periods and max(periods) - min(periods) < _LONGEST_LINE:
        shown = range(min(periods), max(periods) + 1)
    else:  # a camera whose clock was never set would stretch the timeline over a century
        shown = sorted(periods)
    for period in shown:
        yield {"period": f"{year}-{period:02}" if year else f"{period:04}", "faces": periods[period]}
