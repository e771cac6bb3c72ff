"""Opening the catalog's file: refusals, settings, and SQLite's errors said in sentences."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from photogender.catalog.schema import APPLICATION_ID, MIGRATION_SET, MIGRATIONS, UNRELEASED
from photogender.errors import CatalogError

Mode = Literal["read", "change", "write"]
"""``change`` writes into a catalog that is there, ``write`` also begins one."""

BUSY_SECONDS = 30
"""How long a statement waits for another program's transaction."""

_SENTENCES = (
    ("disk is full", "the disk is full", "Free some space, then run the same command again: it goes on where it was."),
    ("disk I/O error", "the disk reported an error (or is full)", "Check the disk, then run the same command again."),
    ("locked", "another program keeps it locked", "Close that program and try again."),
    ("readonly", "it cannot be written there", "Choose a place you may write to with --catalog FILE."),
    ("unable to open", "it cannot be opened or created there", "Choose another place with --catalog FILE."),
    ("not a database", "it is not a photogender catalog", "Choose another file with --catalog FILE."),
    ("malformed", "the file is damaged", "Restore it from a backup, or try: sqlite3 FILE .recover"),
)


def stored(path: str) -> str | bytes:
    """A path as the catalog stores it: text, or the exact bytes where they are not UTF-8."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return os.fsencode(path)
    return path


def now() -> str:
    """This second, UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into a ``CatalogError`` that names the catalog at ``path``."""
    try:
        yield
    except sqlite3.Error as error:
        text = str(error)
        for part, sentence, hint in _SENTENCES:
            if part in text:
                raise CatalogError(f"The catalog {path}: {sentence}.", hint) from error
        raise CatalogError(f"The catalog {path}: {text}.") from error


def open_database(path: Path, mode: Mode) -> sqlite3.Connection:
    """A connection to the catalog at ``path``; ``write`` creates it if it is missing, and like ``change`` migrates it.

    The connection is in autocommit: whoever writes says BEGIN IMMEDIATE.

    Raises:
        CatalogError: It is missing (not for ``write``), not a catalog, of a newer version, or cannot be opened.
    """
    with explained(path):
        connection = _connect(path, mode)
        try:
            _refuse_strangers(connection, path)
            if mode != "read":
                _set_up(connection, path)
            elif _pending(connection):
                raise CatalogError(
                    f"{path} was made by an older version of photogender.",
                    "The next photogender scan brings it up to date.",
                )
        except BaseException:
            connection.close()
            raise
    return connection


def _connect(path: Path, mode: Mode) -> sqlite3.Connection:
    if mode == "write":
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CatalogError(
                f"The folder {path.parent} cannot be made: {error.strerror}.",
                "Choose another place with --catalog FILE.",
            ) from error
    elif not path.is_file():
        raise CatalogError(f"There is no catalog at {path}.", "Make one with: photogender scan FOLDER")
    if mode != "read":
        return sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    uri = f"file:{quote(os.fsencode(path.absolute()))}?mode=ro"
    try:
        return _connect_to_read(uri)
    except sqlite3.OperationalError:
        # A WAL database in a folder that cannot be written cannot get its -shm file.
        return _connect_to_read(f"{uri}&immutable=1")


def _connect_to_read(uri: str) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _refuse_strangers(connection: sqlite3.Connection, path: Path) -> None:
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    if application_id != APPLICATION_ID:
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if tables or application_id:
            raise CatalogError(
                f"{path} is a database of another program, not a photogender catalog.",
                "Choose another file with --catalog FILE.",
            )
        return
    applied = _applied(connection)
    if UNRELEASED in applied:
        raise CatalogError(
            f"{path} was made by a photogender that was never released, and cannot be used.",
            "Scan into another file with: photogender scan FOLDER --catalog NEW.db",
        )
    if applied - set(MIGRATIONS):
        raise CatalogError(
            f"{path} was made by a newer version of photogender.", "Install it with: pip install --upgrade photogender"
        )


def _applied(connection: sqlite3.Connection) -> set[str]:
    """The names of the migrations that the catalog has."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = '_sqlite_migrations'").fetchone():
        return set()
    names = connection.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = ?", [MIGRATION_SET])
    return {name for (name,) in names}


def _pending(connection: sqlite3.Connection) -> bool:
    return not set(MIGRATIONS) <= _applied(connection)


def _set_up(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    if _pending(connection):
        from photogender.catalog.migrations import apply_migrations

        connection.execute("BEGIN IMMEDIATE")
        try:
            _refuse_strangers(connection, path)  # of two first scans at once, the second one waited here
            apply_migrations(connection)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
