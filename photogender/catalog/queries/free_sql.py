"""Free SQL that can only read the catalog: no writing, no other files, no settings, and bounded memory."""

import ctypes
import os
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from photogender.catalog.catalog import Catalog, Cells
from photogender.catalog.sqlite.connection import Connection, failure, is_about_the_file
from photogender.errors import CatalogError

_ACTIONS = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE}

_PRAGMAS = {"table_list", "table_info", "table_xinfo", "index_list", "index_info", "foreign_key_list"}

_TABLES = {"sqlite_master", "sqlite_schema", "json_each", "json_tree", *(f"pragma_{name}" for name in _PRAGMAS)}
"""What can be read besides the catalog's own tables and views. Not: fts3tokenize, which takes addresses of memory."""

_FUNCTIONS = set(
    " ".join(
        (
            # https://sqlite.org/lang_corefunc.html, /lang_aggfunc.html, /windowfunctions.html
            "abs changes char coalesce concat concat_ws format glob hex ifnull iif instr length like likelihood "
            "likely lower ltrim max min nullif octet_length printf quote random randomblob replace round rtrim "
            "sign soundex sqlite_version substr substring trim typeof unhex unicode unlikely upper zeroblob avg "
            "count group_concat string_agg sum total cume_dist dense_rank first_value lag last_value lead "
            "nth_value ntile percent_rank rank row_number",
            # /lang_datefunc.html, /lang_mathfunc.html
            "current_date current_time current_timestamp date datetime julianday strftime time timediff "
            "unixepoch acos acosh asin asinh atan atan2 atanh ceil ceiling cos cosh degrees exp floor ln log "
            "log10 log2 mod pi pow power radians sin sinh sqrt tan tanh trunc",
            # /json1.html
            "-> ->> json json_array json_array_length json_error_position json_extract json_group_array "
            "json_group_object json_insert json_object json_patch json_pretty json_quote json_remove "
            "json_replace json_set json_type json_valid",
        )
    ).split()
)
"""SQLite's functions that compute a value and do nothing else."""

_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 1_000_000,  # bytes of a value; some functions take the square of it, unstoppably
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 100_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 2_000,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 500,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
}

_MEMORY = 500_000_000
"""Bytes that SQLite may take. Sorting happens there too: in temporary files, endless rows would fill the disk."""

_HINT = "Tables: tags (one row a face), people, photos, faces, corrections, models, runs."


class Answer(NamedTuple):
    """What the SQL found."""

    columns: tuple[str, ...]
    rows: Iterator[Cells]


@contextmanager
def free_sql(catalog: Catalog, sql: str) -> Iterator[Answer]:
    """Run one statement that reads; from then on the open catalog can only read. Leaving it lifts the limit of memory.

    A second column of the same name gets the first one's name and ``_2``; bytes come as text, as paths do.

    Raises:
        CatalogError: It is not one statement, would do more than read, or SQLite does not understand it.
        KeyboardInterrupt: Ctrl-C was pressed while SQLite was at work.
    """
    connection = catalog.fetch("PRAGMA query_only = ON").connection
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(f"PRAGMA hard_heap_limit = {_MEMORY}")
    try:
        yield _answer(catalog, connection, sql)
    finally:
        _lift_memory_limit()


def _answer(catalog: Catalog, connection: Connection, sql: str) -> Answer:
    connection.text_factory = os.fsdecode  # SQL can make such text of a path that is not UTF-8
    for limit, most in _LIMITS.items():
        connection.setlimit(limit, most)
    tables = {*_TABLES, *(name for (name,) in connection.execute(_OWN_TABLES))}
    modules = {name for (name,) in connection.execute("SELECT name FROM pragma_module_list")} - _TABLES
    refused: list[str] = []

    def judge(action: int, first: str | None, second: str | None, database: str | None, inside: str | None) -> int:
        if _is_harmless(action, first, second, tables, modules):
            return sqlite3.SQLITE_OK
        refused.append(f"the function {second}" if action == sqlite3.SQLITE_FUNCTION else "")
        return sqlite3.SQLITE_DENY

    connection.set_authorizer(judge)
    cursor = sqlite3.Cursor(connection)  # its errors are about the SQL, not about the catalog
    try:
        cursor.execute(sql)
    except (sqlite3.Error, MemoryError, ValueError) as error:  # ValueError: a lone surrogate in the SQL
        if refused:
            what = f": {refused[0]} is not allowed" if refused[0] else ""
            raise CatalogError(
                f"Free SQL may only read the catalog{what}: nothing was done.", "Begin with SELECT."
            ) from error
        raise _failure(catalog, error) from error
    if not cursor.description:
        raise CatalogError("There is no SQL to run.", _HINT)
    columns = _distinct(column[0] for column in cursor.description)
    return Answer(columns, _rows(catalog, cursor))


_OWN_TABLES = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND sql NOT LIKE 'CREATE VIRTUAL%'"


def _is_harmless(action: int, first: str | None, second: str | None, tables: set[str], modules: set[str]) -> bool:
    """Whether SQLite's authorizer may allow an action, https://sqlite.org/c3ref/c_alter_table.html."""
    if action == sqlite3.SQLITE_READ:  # no column: the rows alone count, of whatever FROM names, WITH included
        return first in tables if second else (first or "").lower() not in modules
    if action == sqlite3.SQLITE_FUNCTION:
        return second is not None and second.lower() in _FUNCTIONS
    if action == sqlite3.SQLITE_PRAGMA:
        return first in _PRAGMAS
    if action == sqlite3.SQLITE_UPDATE:  # SQLite asks this for json_each and its like; a real one it refuses itself
        return first == "sqlite_master"
    return action in _ACTIONS


def _lift_memory_limit() -> None:
    """The limit is that of the whole process, and SQLite's statement for it can only lower it."""
    import _sqlite3

    try:
        limit = ctypes.CDLL(_sqlite3.__file__).sqlite3_hard_heap_limit64
    except (AttributeError, OSError):  # a Python whose SQLite cannot be reached like that keeps the limit
        return
    limit.argtypes, limit.restype = [ctypes.c_int64], ctypes.c_int64
    limit(0)


def _rows(catalog: Catalog, cursor: sqlite3.Cursor) -> Iterator[Cells]:
    try:
        for row in cursor:
            yield tuple(os.fsdecode(value) if isinstance(value, bytes) else value for value in row)
    except (sqlite3.Error, MemoryError) as error:
        raise _failure(catalog, error) from error


def _failure(catalog: Catalog, error: Exception) -> CatalogError | KeyboardInterrupt:
    if isinstance(error, MemoryError):
        return CatalogError(f"That SQL takes more than {_MEMORY // 1_000_000} MB of memory.", _HINT)
    if isinstance(error, sqlite3.Error) and is_about_the_file(error):
        return failure(catalog.path, error)
    return CatalogError(f"SQLite cannot run that SQL: {str(error).rstrip('.')}.", _HINT)


def _distinct(names: Iterable[str]) -> tuple[str, ...]:
    distinct: dict[str, None] = {}
    last = Counter[str]()
    for name in names:
        candidate = name
        while candidate in distinct:
            last[name] = max(last[name], 1) + 1
            candidate = f"{name}_{last[name]}"
        distinct[candidate] = None
    return tuple(distinct)
