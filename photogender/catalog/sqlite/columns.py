"""What a column and a table of the catalog are, in SQL and in words."""

from typing import NamedTuple

from photogender.labels import AGE_GROUPS, OLDEST

GENDER = "IN ('female', 'male')"
AGE = f"BETWEEN 0 AND {OLDEST}"
GROUP = f"IN ({', '.join(repr(group) for group in AGE_GROUPS)})"
SHARE = "BETWEEN 0 AND 1"
FLAG = "IN (0, 1)"
PIXELS = "BETWEEN -1e9 AND 1e9"
"""Finite. SQLite stores NaN as NULL, which NOT NULL refuses."""

GROUP_MEANING = "The nearest of Levi and Hassner's eight groups, in years."


class Column(NamedTuple):
    """A column of a table or a view."""

    name: str
    type: str
    """``TEXT``, ``INTEGER`` or ``REAL``, and NOT NULL unless it may be empty; paths that are not UTF-8 are blobs."""
    meaning: str
    check: str = ""
    """What must hold of its value, as the right side of an SQL comparison."""
    more: str = ""
    """Further SQL of its definition."""
    source: str = ""
    """Of a view: the SQL expression it shows."""
    digits: int | None = None
    """Decimal places that are stored; None: all."""


class Table(NamedTuple):
    """A table."""

    columns: tuple[Column, ...]
    checks: tuple[str, ...] = ()
    """What must hold of a row, in SQL."""
    unwatched: tuple[str, ...] = ()
    """The same that only ``catalog check`` looks at: with ``trusted_schema`` off, SQLite 3.40 refuses ``json_valid()``
    in a schema."""
    more: str = ""
    """Further SQL of its definition."""
    key: str = "id INTEGER PRIMARY KEY"
