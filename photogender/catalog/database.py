"""Opening the catalog's file: refusals, settings, and SQLite's errors said in sentences."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from sqlite_utils import Database

from photogender.catalog.schema import APPLICATION_ID, migrations
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


def open_database(path: Path, mode: Mode) -> Database:
    """The catalog's database; ``write`` creates it where there is none, and like ``change`` applies new migrations.

    The connection is in autocommit: whoever writes says BEGIN IMMEDIATE.

    Raises:
        CatalogError: It is missing (not for ``write``), not a catalog, of a newer version, or cannot be opened.
    """
    with explained(path):
        connection = _connect(path, mode)
        try:
            database = Database(connection, execute_plugins=False)
            _refuse_strangers(database, path)
            if mode != "read":
                _set_up(database, path)
            elif migrations.pending(database):
                raise CatalogError(
                    f"{path} was made by an older version of photogender.",
                    "The next photogender scan brings it up to date.",
                )
        except BaseException:
            connection.close()
            raise
    return database


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


def _refuse_strangers(database: Database, path: Path) -> None:
    (application_id,) = database.execute("PRAGMA application_id").fetchone()
    if application_id != APPLICATION_ID:
        (tables,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if tables or application_id:
            raise CatalogError(
                f"{path} is a database of another program, not a photogender catalog.",
                "Choose another file with --catalog FILE.",
            )
        return
    known = {migration.name for migration in migrations.pending(Database(memory=True))}
    if {migration.name for migration in migrations.applied(database)} - known:
        raise CatalogError(
            f"{path} was made by a newer version of photogender.", "Install it with: pip install --upgrade photogender"
        )


def _set_up(database: Database, path: Path) -> None:
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    database.execute("PRAGMA foreign_keys = ON")
    if migrations.pending(database):
        database.execute("BEGIN IMMEDIATE")
        try:
            _refuse_strangers(database, path)  # two first scans at once: the second one waited here
            migrations.apply(database)
            database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            database.execute("COMMIT")
        except BaseException:
            if database.conn.in_transaction:
                database.execute("ROLLBACK")
            raise
