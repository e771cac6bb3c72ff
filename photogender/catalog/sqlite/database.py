"""Opening the catalog's file: what is refused, settings, and bringing it up to date."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from photogender.catalog.sqlite.connection import SAVE_CORRECTIONS, SCAN_AGAIN, Connection, connect, failure
from photogender.catalog.sqlite.drives import is_on_network
from photogender.catalog.sqlite.schema import APPLICATION_ID, MIGRATIONS, UNRELEASED
from photogender.catalog.sqlite.trust import (
    applied_migrations,
    pending_migrations,
    require_plain_tables,
    strange_objects,
)
from photogender.errors import CatalogError

Mode = Literal["read", "change", "write", "rescue"]
"""``change`` writes into a catalog that exists, ``write`` also creates one; ``rescue`` reads one as it is."""

Progress = Callable[[int, int, int], object]

_PAGES_AT_ONCE = 1_000
"""Pages of 4 kB that are copied before Ctrl-C is noticed."""


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


def open_database(path: Path, mode: Mode) -> Connection:
    """A connection to the catalog at ``path``; ``write`` creates it if it is missing, and like ``change`` migrates it.

    Raises:
        CatalogError: It is missing (not for ``write``), not a catalog, altered, of a newer version, or cannot be
            opened.
    """
    try:
        return _opened(path, mode)
    except CatalogError as error:
        if mode == "rescue" and error.hint.startswith(SAVE_CORRECTIONS.format(path=path)):
            raise CatalogError(error.message, "What people said is lost with it: take your last backup.") from error
        raise


def _opened(path: Path, mode: Mode) -> Connection:
    connection = _connect(path, mode)
    try:
        _refuse_foreign(connection)
        if mode == "rescue":
            require_plain_tables(connection)
            connection.is_rescue = True
            connection.text_factory = os.fsdecode  # text that is not UTF-8 is read as well
            return connection
        if mode != "read":
            _set_up(connection)
        elif pending_migrations(connection):
            raise CatalogError(
                f"{path} was made by an older version of photogender.",
                "The next photogender scan brings it up to date.",
            )
        _refuse_altered(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(path: Path, mode: Mode) -> Connection:
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
    if mode in ("change", "write"):
        return connect(path, os.fspath(path))
    uri = f"file:{quote(os.fsencode(path.absolute()))}?mode=ro"
    try:
        return _connect_to_read(path, uri)
    except CatalogError:
        # A WAL database in a folder that cannot be written cannot get its -shm file.
        return _connect_to_read(path, f"{uri}&immutable=1")


def _connect_to_read(path: Path, uri: str) -> Connection:
    connection = connect(path, uri, uri=True)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except CatalogError:
        connection.close()
        raise
    return connection


def _refuse_foreign(connection: Connection) -> None:
    path = connection.path
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    if application_id != APPLICATION_ID:
        (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if tables or application_id:
            raise CatalogError(
                f"{path} is a database of another program, not a photogender catalog.",
                "Choose another file with --catalog FILE.",
            )
        return
    applied = applied_migrations(connection)
    if UNRELEASED in applied:
        raise CatalogError(
            f"{path} was made by a photogender that was never released, and cannot be used.",
            "Scan into another file with: photogender scan FOLDER --catalog NEW.db",
        )
    if applied - set(MIGRATIONS):
        raise CatalogError(
            f"{path} was made by a newer version of photogender.", "Install it with: pip install --upgrade photogender"
        )


def _refuse_altered(connection: Connection) -> None:
    if strange := strange_objects(connection):
        raise CatalogError(
            f"The catalog {connection.path} was altered by another program ({', '.join(strange[:5])}): it is not used.",
            f"{SAVE_CORRECTIONS.format(path=connection.path)}\n{SCAN_AGAIN}",
        )


def _set_up(connection: Connection) -> None:
    _set_journal(connection)
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")  # names that were taken back or forgotten are overwritten
    if pending_migrations(connection):
        from photogender.catalog.sqlite.migrations import apply_migrations

        if applied_migrations(connection):
            _back_up(connection)
        connection.execute("BEGIN IMMEDIATE")
        try:
            _refuse_foreign(connection)  # of two first scans at once, the second one waited here
            _refuse_altered(connection)
            apply_migrations(connection)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _set_journal(connection: Connection) -> None:
    """Let others read while a scan writes; on a network drive, where that does not work, let each wait for the other.

    Raises:
        CatalogError: On a network drive, and another program uses the catalog with a log that needs shared memory.
    """
    if not is_on_network(connection.path):
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        return
    (mode,) = connection.execute("PRAGMA journal_mode = TRUNCATE").fetchone()
    if mode == "wal":
        raise CatalogError(
            f"The catalog {connection.path}: another program uses it, and it is on a network drive.",
            "Close that program and try again.",
        )


def _back_up(connection: Connection) -> None:
    """Copy the catalog, before its tables are changed, to a file beside it that names the first change."""
    first = next((name for name in MIGRATIONS if name not in applied_migrations(connection)), None)
    if first is None:  # another program was faster
        return
    copy = connection.path.with_name(f"{connection.path.name}.before-{first}")
    try:
        copy_database(connection, copy)
    except CatalogError as error:
        raise CatalogError(error.message, "Nothing was changed.") from error


def copy_database(connection: Connection, copy: Path, progress: Progress | None = None) -> None:
    """Copy the whole catalog, as it is at one moment, to the file ``copy``, which is complete or not made at all.

    Other programs may write to the catalog meanwhile. ``progress`` is told SQLite's result code, the pages that are
    left and all pages.

    Raises:
        CatalogError: The catalog cannot be read, or the copy not written.
    """
    unfinished = copy.with_name(f"{copy.name}.unfinished")
    try:
        with closing(sqlite3.connect(unfinished)) as target:
            target.execute("PRAGMA synchronous = FULL")
            connection.execute("BEGIN")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # from here on, as it is now
            try:
                connection.backup(target, pages=_PAGES_AT_ONCE, progress=progress)
            finally:
                connection.execute("ROLLBACK")
            target.execute("PRAGMA journal_mode = DELETE")  # one file, which can be read where nothing can be written
        os.replace(unfinished, copy)
    except sqlite3.Error as error:
        raise failure(copy, error) from error
    except OSError as error:
        raise CatalogError(f"The copy {copy} cannot be written: {error.strerror}.") from error
    finally:
        for left in ("", "-journal", "-wal", "-shm"):
            with suppress(OSError):
                os.remove(f"{unfinished}{left}")
