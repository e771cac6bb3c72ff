"""Whether the tables, indexes, triggers and views of a catalog are photogender's own.

A catalog may come from somewhere else, and SQLite runs what the file says: a view that never ends, a trigger that
deletes. So what differs from our own definitions is refused before it is used.
"""

import sqlite3
from functools import lru_cache
from typing import NamedTuple

from photogender.catalog.sqlite.connection import Connection
from photogender.catalog.sqlite.schema import MIGRATION_SET, MIGRATIONS
from photogender.errors import CatalogError

_MIGRATIONS_TABLE = "_sqlite_migrations"
"""sqlite-utils creates it."""

_LONGEST_VALUE = 1_000_000
"""Bytes; of ours the longest is a path."""

_OF_SQLITE = ("sqlite_sequence", "sqlite_stat1", "sqlite_stat4")


class _Object(NamedTuple):
    type: str
    name: str
    table: str
    sql: str | None


def applied_migrations(connection: Connection) -> frozenset[str]:
    """The names of the migrations that the catalog has, those of newer versions included.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    if not any(found.name == _MIGRATIONS_TABLE and _is_plain_table(found) for found in _objects(connection)):
        return frozenset()
    names = connection.execute(f"SELECT name FROM {_MIGRATIONS_TABLE} WHERE migration_set = ?", [MIGRATION_SET])  # noqa: S608
    return frozenset(name for (name,) in names)


def pending_migrations(connection: Connection) -> bool:
    """Whether the catalog lacks migrations of this version.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    return not set(MIGRATIONS) <= applied_migrations(connection)


def strange_objects(connection: Connection) -> list[str]:
    """What differs from photogender's own definitions, as ``trigger NAME``; for a catalog of known migrations.

    A person's own tables and views are no harm: nothing here reads them.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    found = {each for each in _objects(connection) if not _is_of_migrations(each)}
    own = _own_objects(applied_migrations(connection))
    names = {each.name for each in own}
    strange = [each for each in found - own if each.type not in ("table", "view") or each.name.lower() in names]
    missing = [each for each in own if each.name not in {other.name for other in found}]
    return sorted([f"{each.type} {each.name}" for each in strange] + [f"no {each.name}" for each in missing])


def require_plain_tables(connection: Connection) -> None:
    """Make sure that people's corrections can be read from a catalog that may have been altered, and bound a value.

    Raises:
        CatalogError: A table is missing, or something else has its name.
    """
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
    tables = {found.name for found in _objects(connection) if _is_plain_table(found)}
    if missing := {"corrections", "faces", "imported", "persons", "pictures"} - tables:
        raise CatalogError(f"The catalog {connection.path} has no table {sorted(missing)[0]}: nothing can be saved.")


@lru_cache
def _own_objects(applied: frozenset[str]) -> frozenset[_Object]:
    """The definitions that these migrations make."""
    connection = sqlite3.connect(":memory:")
    for name, statements in MIGRATIONS.items():
        if name in applied:
            for statement in statements:
                connection.execute(statement)
    own = frozenset(_objects(connection))
    connection.close()
    return own


def _objects(connection: sqlite3.Connection) -> list[_Object]:
    """Every definition in the file, without SQLite's own tables and indexes."""
    rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
    objects = [_Object(str(type_), str(name), str(table), sql) for type_, name, table, sql in rows]
    return [each for each in objects if each.name not in _OF_SQLITE and (each.type != "index" or each.sql is not None)]


def _is_of_migrations(found: _Object) -> bool:
    """Whether it is sqlite-utils' table or its index, whose SQL is not ours; nothing but names is read from it."""
    return found.table == _MIGRATIONS_TABLE and (_is_plain_table(found) or found.type == "index")


def _is_plain_table(found: _Object) -> bool:
    return found.type == "table" and str(found.sql).upper().startswith("CREATE TABLE")
