"""The wall in numbers: how many faces, an age pyramid, and a timeline.

Each chart counts what meets all filters but those that a click on it sets, so that its other bars can still be chosen.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from photogender.catalog import Catalog
from photogender.query import Condition, Filters, match_faces

LAST_DECADE = 100
"""Years from which on all ages share one bar."""

_LONGEST_LINE = 60
"""Years the timeline spans with no gap; more of them, and it leaves out those without faces."""


def numbers(catalog: Catalog, filters: Filters) -> dict[str, object]:
    """The wall in numbers, as the page reads them; one look at every face that any of them counts.

    Returns:
        ``faces`` and ``reviewed`` of the wall; ``pyramid``, rows with ``decade``, ``female`` and ``male``; ``timeline``
        with the ``year`` whose months it shows or None, ``undated`` faces, and ``bars``, rows with ``period``
        (``2019`` or ``2019-05``) and ``faces``.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    first, last = filters.taken or (None, None)
    year = first[:4] if first and last and first[:4] == last[:4] else None
    faces = reviewed = 0
    ages, periods = Counter[tuple[int, bool]](), Counter[int]()
    for key, number in _count(catalog, filters, year).items():
        rest, flags = divmod(key, 16)
        cell, period = divmod(rest, 10_000)
        if flags & 1:
            faces += number
            reviewed += number if flags & 8 else 0
        if flags & 2:
            ages[cell // 2 * 10, bool(cell % 2)] += number
        if flags & 4:
            periods[period] += number
    undated = periods.pop(0, 0)
    oldest = max((decade for decade, _ in ages), default=0)
    return {
        "faces": faces,
        "reviewed": reviewed,
        "pyramid": [
            {"decade": decade, "female": ages[decade, True], "male": ages[decade, False]}
            for decade in range(0, max(oldest, 90) + 10, 10)
        ],
        "timeline": {"year": year, "undated": undated, "bars": list(_bars(periods, year))},
    }


def _count(catalog: Catalog, filters: Filters, year: str | None) -> Counter[int]:
    """How many faces there are of each key, a number made of four.

    Decade × 2 + female; times 10,000 + year, or month where ``year`` is given, 0 without a date; times 16 + flags:
    1, it is on the wall; 2, the pyramid counts it; 4, the timeline counts it; 8, a person reviewed it.
    """
    # What tells the three apart: ages, dates, and the confidence, which means what is asked for.
    common, common_values = match_faces(
        replace(filters, gender=None, age=None, age_group=None, taken=None, min_confidence=None)
    )
    own = Filters(
        gender=filters.gender,
        age=filters.age,
        age_group=filters.age_group,
        taken=filters.taken,
        min_confidence=filters.min_confidence,
    )
    flags = Counter[Condition]()  # often two of them ask for the same, or all
    flags[match_faces(own)] += 1
    flags[match_faces(replace(own, gender=None, age=None, age_group=None))] += 2
    flags[match_faces(replace(own, taken=(year, year) if year else None))] += 4
    flag_values = tuple(value for _, values in flags for value in values)
    period = "substr(taken, 6, 2)" if year else "taken"  # a cast reads digits up to the first that is none
    # Python counts: to GROUP BY, SQLite would sort all rows first, which takes as long again as finding them.
    sql = f"""
        SELECT group_concat(
            ((min(CAST(age / 10 AS INTEGER), {LAST_DECADE // 10}) * 2 + (gender = 'female')) * 10000
                + coalesce(CAST({period} AS INTEGER), 0)) * 16
            + {" + ".join(f"(({condition}) IS TRUE) * {flag}" for (condition, _), flag in flags.items())} + reviewed * 8
        )
        FROM tags WHERE {common} AND ({" OR ".join(condition for condition, _ in flags)})
    """  # noqa: S608
    (keys,) = catalog.fetch(sql, flag_values + common_values + flag_values).fetchone()
    return Counter({int(key): number for key, number in Counter((keys or "").split(",")).items() if key})


def _bars(periods: Counter[int], year: str | None) -> Iterable[dict[str, object]]:
    if year:
        shown: Iterable[int] = range(1, 13)
    elif periods and max(periods) - min(periods) < _LONGEST_LINE:
        shown = range(min(periods), max(periods) + 1)
    else:  # a camera whose clock was never set would stretch the line over a century
        shown = sorted(periods)
    for period in shown:
        yield {"period": f"{year}-{period:02}" if year else f"{period:04}", "faces": periods[period]}
