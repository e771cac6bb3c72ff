"""Counting faces by a number that SQL makes of each."""

from collections import Counter
from collections.abc import Sequence

from photogender.catalog.catalog import Catalog
from photogender.catalog.queries.filters import Condition
from photogender.catalog.sqlite.connection import damaged

_LOT = 2**16
"""Faces whose numbers are one text, of half a megabyte."""


def numbers(
    catalog: Catalog, number: str, condition: Condition, source: str = "shown", values: Sequence[object] = ()
) -> list[str]:
    """The numbers of the faces that match, in texts with commas; -1 for a face of which none can be made.

    For GROUP BY, SQLite sorts all rows first, which takes four times as long as reading them. Here it writes the
    numbers into texts, since Python takes longer for a row than SQLite; all in one statement, so that what the
    condition asks of other tables is found once.

    Args:
        catalog: Open for reading.
        number: An SQL expression of columns of ``source``; an integer from 0, or NULL.
        condition: On rows of ``source``.
        source: In SQL, a table with the columns of ``shown``.
        values: Of the placeholders in ``number``.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    sql = f"""
        WITH RECURSIVE lots(first) AS (
            SELECT 0 UNION ALL SELECT first + {_LOT} FROM lots WHERE first + {_LOT} <= (SELECT max(id) FROM faces)
        )
        SELECT (
            SELECT group_concat(coalesce(CAST({number} AS INTEGER), -1)) FROM {source}
            WHERE face_id BETWEEN first AND first + {_LOT - 1} AND {condition[0]}
        ) FROM lots
    """  # noqa: S608
    return [lot for (lot,) in catalog.fetch(sql, (*values, *condition[1])).fetchall() if lot]


def tallied(catalog: Catalog, number: str, condition: Condition, values: Sequence[object] = ()) -> Counter[int]:
    """How many faces that match have each number, as for ``numbers``; the source is ``tallied``.

    Raises:
        CatalogError: The catalog cannot be read, or a face has no number.
    """
    asked = f"coalesce(CAST({number} AS INTEGER), -1), sum(faces)"
    sql = f"SELECT {asked} FROM tallied WHERE faces <> 0 AND {condition[0]} GROUP BY 1"  # noqa: S608
    found = Counter({key: int(faces) for key, faces in catalog.fetch(sql, (*values, *condition[1]))})
    return _checked(catalog, found)


def counted(catalog: Catalog, number: str, condition: Condition) -> Counter[int]:
    """How many faces that match have each number, as for ``numbers``.

    Raises:
        CatalogError: The catalog cannot be read, or a face has no number.
    """
    counts: Counter[str] = Counter()
    for lot in numbers(catalog, number, condition):
        counts.update(lot.split(","))
    return _checked(catalog, Counter({int(key): faces for key, faces in counts.items()}))


def _checked(catalog: Catalog, found: Counter[int]) -> Counter[int]:
    if min(found, default=0) < 0 or min(found.values(), default=0) < 0:
        raise damaged(catalog.path, "of some faces, the gender or the age cannot be right")
    return found


def place_of(column: str, values: Sequence[str]) -> str:
    """SQL: the place of a text among ``values``; NULL for any other."""
    cases = " ".join(f"WHEN '{value}' THEN {place}" for place, value in enumerate(values))
    return f"CASE {column} {cases} END"
