"""Free SQL that can only read the catalog: no writing, no other files, no settings."""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from photogender.catalog.catalog import Catalog, Row
from photogender.errors import CatalogError

_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}

_PRAGMAS = ("table_list", "table_info", "table_xinfo", "index_list", "index_info", "foreign_key_list")

_ALLOWED_OF = {
    *((sqlite3.SQLITE_PRAGMA, name) for name in _PRAGMAS),
    (sqlite3.SQLITE_UPDATE, "sqlite_master"),  # so SQLite asks for json_each and its like; real ones it refuses itself
}

_HINT = "Tables: tags (one row a face), photos, faces, corrections, models, runs."

_STEPS = 100_000
"""SQLite's own steps between two looks for Ctrl-C: some milliseconds."""


class Answer(NamedTuple):
    """What the SQL found."""

    columns: tuple[str, ...]
    rows: Iterator[Row]


def free_sql(catalog: Catalog, sql: str) -> Answer:
    """Run one statement that reads; from then on the open catalog can do nothing but read.

    A second column of the same name gets the first one's name and ``_2``; bytes come as text, as paths do.

    Raises:
        CatalogError: It is not one statement, would do more than read, or SQLite does not understand it.
        KeyboardInterrupt: Ctrl-C was pressed while SQLite was at work.
    """
    refused: list[int] = []

    def judge(action: int, first: str | None, second: str | None, database: str | None, inside: str | None) -> int:
        if (action in _ALLOWED and second != "load_extension") or (action, first) in _ALLOWED_OF:
            return sqlite3.SQLITE_OK
        refused.append(action)
        return sqlite3.SQLITE_DENY

    connection = catalog.fetch("PRAGMA query_only = ON").connection
    connection.text_factory = os.fsdecode  # of a path that is not UTF-8, SQL can make such text
    connection.set_progress_handler(lambda: 0, _STEPS)
    connection.set_authorizer(judge)
    try:
        cursor = connection.execute(sql)
    except (sqlite3.Error, ValueError) as error:  # ValueError: bytes that are no text
        if refused:
            raise CatalogError("Free SQL may only read the catalog: nothing was done.", "Begin with SELECT.") from error
        raise _failure(error) from error
    if not cursor.description:
        raise CatalogError("There is no SQL to run.", _HINT)
    columns = _distinct(column[0] for column in cursor.description)
    return Answer(columns, _rows(cursor, columns))


def _rows(cursor: sqlite3.Cursor, columns: tuple[str, ...]) -> Iterator[Row]:
    try:
        for row in cursor:
            values = (os.fsdecode(value) if isinstance(value, bytes) else value for value in row)
            yield dict(zip(columns, values, strict=True))
    except sqlite3.Error as error:
        raise _failure(error) from error


def _failure(error: Exception) -> CatalogError:
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
        raise KeyboardInterrupt("Ctrl-C interrupted the SQL.") from error  # the handler's own was lost in SQLite
    return CatalogError(f"SQLite cannot run that SQL: {str(error).rstrip('.')}.", _HINT)


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    distinct: list[str] = []
    for name in names:
        number, candidate = 1, name
        while candidate in distinct:
            number += 1
            candidate = f"{name}_{number}"
        distinct.append(candidate)
    return tuple(distinct)
