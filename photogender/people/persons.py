"""People of a catalog: all of them, one through the years, and photos that they date."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

from photogender.catalog.catalog import Catalog, Row
from photogender.catalog.said.lifetimes import YEAR, Days
from photogender.catalog.said.persons import person
from photogender.catalog.sqlite.views import PEOPLE
from photogender.labels import OLDEST

COLUMNS = tuple(column.name for column in PEOPLE)
"""Of the view ``people``."""


def people(catalog: Catalog) -> Iterator[Row]:
    """The rows of the view ``people``, those with most faces first.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    return catalog.rows("SELECT * FROM people ORDER BY faces DESC, name")


def one(catalog: Catalog, name: str) -> tuple[Row, list[Row]]:
    """A person's row of ``people``, and for each year ``year``, ``photos``, ``age`` and ``looks`` (means, in years).

    Raises:
        NotFoundError: There is no such person.
        CatalogError: The catalog cannot be read.
    """
    known = person(catalog, name)
    row = next(catalog.rows("SELECT * FROM people WHERE name = ?", [known.name]))
    row |= {"author": known.author, "said_at": known.said_at}
    years = catalog.rows(
        "SELECT substr(taken, 1, 4) AS year, count(DISTINCT photo_id) AS photos, avg(age) AS age, "
        "avg(estimated_age) AS looks FROM tags "
        "WHERE name = ?1 AND face_id IN (SELECT face_id FROM corrections WHERE name = ?1) "
        "GROUP BY year ORDER BY year IS NULL, year",
        [known.name],
    )
    return row, list(years)


def said_or_about(row: dict[str, Any]) -> str:
    """When a person was born: as somebody said it, or ``about 1962 ± 3``."""
    days = Days.stored(row["born_first"], row["born_last"])
    if days is None:
        return ""
    return str(days) if row["born_from"] == "said" else about(days)


def about(days: Days) -> str:
    """A day that was fitted: the middle year, and the years to each side."""
    wide = (days.last - days.first).days / 2
    middle = date.fromordinal(days.first.toordinal() + round(wide))
    return f"about {middle.year} ± {max(round(wide / YEAR), 1)}"


def undated(catalog: Catalog) -> Iterator[Row]:
    """The photos without a date that the people in them date: ``path``, ``likely_from``, ``likely_to``, ``because``.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    faces: defaultdict[object, list[Row]] = defaultdict(list)
    sql = """
        SELECT photo_id, path, likely_taken, tags.name, age, age_low, age_high,
            born_first, born_last, born_from
        FROM tags JOIN people ON people.name = tags.name
        WHERE taken IS NULL AND likely_taken IS NOT NULL AND born_from IS NOT NULL ORDER BY path, face_id
    """
    for row in catalog.rows(sql):
        faces[row["photo_id"]].append(row)
    for rows in faces.values():
        first, _, last = str(rows[0]["likely_taken"]).partition("..")
        because = "; ".join(_because(row) for row in rows)
        yield {"path": rows[0]["path"], "likely_from": first, "likely_to": last, "because": because}


def _because(row: dict[str, Any]) -> str:
    low, high = (int(min(row["age"] if age is None else age, OLDEST)) for age in (row["age_low"], row["age_high"]))
    looks = str(low) if low == high else f"{low} to {high}"
    return f"{row['name']} (born {said_or_about(row)}) looks {looks}"
