"""Reading a table of a damaged catalog, as far as its rows can be read."""

import sqlite3
from collections.abc import Iterator, Sequence

from photogender.catalog.catalog import Catalog
from photogender.errors import CatalogError

_MOST = 2**62
"""More than any id that was given out."""


def readable_rows(catalog: Catalog, table: str, columns: Sequence[str]) -> Iterator[tuple[object, ...]]:
    """The rows of a table whose pages can be read, by id, with the id first. Pages that cannot are passed over.

    Raises:
        CatalogError: Something else is wrong: the disk fails, or the table is not there.
    """
    first = 0
    while True:
        try:
            for row in catalog.fetch(_query(table, columns), [first]):
                yield row
                first = row[0] + 1
            return
        except CatalogError as error:
            if not _is_damage(error):
                raise
        following = _next_readable(catalog, table, first)
        if following is None:
            return
        first = following


def _query(table: str, columns: Sequence[str]) -> str:
    return f"SELECT {', '.join(['id', *columns])} FROM {table} NOT INDEXED WHERE id >= ? ORDER BY id"  # noqa: S608


def _next_readable(catalog: Catalog, table: str, first: int) -> int | None:
    """An id above ``first``, as low as possible, from which on the table can be read again."""
    step = 1
    while not _can_read(catalog, table, first + step):
        if (step := step * 2) > _MOST:
            return None
    unreadable, readable = first + step // 2, first + step
    while readable - unreadable > 1:
        middle = (unreadable + readable) // 2
        if _can_read(catalog, table, middle):
            readable = middle
        else:
            unreadable = middle
    return readable


def _can_read(catalog: Catalog, table: str, first: int) -> bool:
    """Whether the first row from an id on can be read, or there is none."""
    try:
        catalog.fetch(_query(table, ["*"]), [first]).fetchone()
    except CatalogError as error:
        if not _is_damage(error):
            raise
        return False
    return True


def _is_damage(error: CatalogError) -> bool:
    code = getattr(error.__cause__, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
    return code & 0xFF == sqlite3.SQLITE_CORRUPT
