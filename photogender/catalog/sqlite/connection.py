"""A connection to a catalog: every error of SQLite is a sentence, wherever it occurs, and Ctrl-C ends a statement."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Self

from photogender.catalog.sqlite.cells import is_right_type, wrong_type
from photogender.errors import CatalogError

BUSY_SECONDS = 30
"""How long a statement waits for another program's transaction."""

_STEPS = 1_000
"""SQLite's own steps between two checks for Ctrl-C. One step may write a megabyte: 100,000 took minutes."""

SAVE_CORRECTIONS = "Save what people said of faces with: photogender corrections export FILE --catalog {path}"
SCAN_AGAIN = "Then scan again into a new catalog, and import the file there."

_LONGEST_VALUE = 50_000_000
"""Bytes; of ours the longest are lists of ids, such as a random sample's. Hostile ones take gigabytes."""

_CHOOSE = "Choose another place with --catalog FILE."

_SENTENCES = {
    sqlite3.SQLITE_FULL: ("the disk is full", "Free some space, then run the same command again: it resumes."),
    sqlite3.SQLITE_IOERR: (
        "the disk reported an error (or is full)",
        "Check the disk, then run the same command again.",
    ),
    sqlite3.SQLITE_BUSY: ("another program keeps it locked", "Close that program and try again."),
    sqlite3.SQLITE_LOCKED: ("another program keeps it locked", "Close that program and try again."),
    sqlite3.SQLITE_READONLY: ("it cannot be written there", "Choose a place you may write to with --catalog FILE."),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened or created there", _CHOOSE),
    sqlite3.SQLITE_PERM: ("it may not be opened there", _CHOOSE),
    sqlite3.SQLITE_NOTADB: ("it is not a photogender catalog", "Choose another file with --catalog FILE."),
    sqlite3.SQLITE_CORRUPT: ("the file is damaged", f"{SAVE_CORRECTIONS}\n{SCAN_AGAIN}"),
    sqlite3.SQLITE_TOOBIG: (
        "a value in it is longer than photogender writes: the file is damaged",
        f"{SAVE_CORRECTIONS}\n{SCAN_AGAIN}",
    ),
}
"""By SQLite's primary result codes, https://sqlite.org/rescode.html: what happened, and what to do."""


_ERRORS = (sqlite3.Error, UnicodeDecodeError)
"""What sqlite3 raises; the second for an error message that quotes a damaged file."""


class Cursor(sqlite3.Cursor):
    """A cursor whose errors are ``CatalogError``, those of a later row as well."""

    connection: "Connection"

    def __init__(self, connection: "Connection") -> None:
        super().__init__(connection)
        self._right: set[tuple[type, ...]] = set()  # types of rows that were checked

    def execute(self, sql: str, parameters: Any = (), /) -> Self:  # noqa: ANN401 - as in sqlite3
        """Run a statement.

        Raises:
            CatalogError: SQLite refuses it.
        """
        self._right.clear()
        try:
            return super().execute(sql, parameters)
        except _ERRORS as error:
            raise failure(self.connection.path, error) from error

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Self:
        """Run a statement with each of some parameters.

        Raises:
            CatalogError: SQLite refuses it.
        """
        try:
            return super().executemany(sql, parameters)
        except _ERRORS as error:
            raise failure(self.connection.path, error) from error

    def __next__(self) -> Any:  # noqa: ANN401 - as in sqlite3
        try:
            row = super().__next__()
        except _ERRORS as error:
            raise failure(self.connection.path, error) from error
        self._check(row)
        return row

    def fetchone(self) -> Any:  # noqa: ANN401 - as in sqlite3
        """The next row as a tuple, None after the last.

        Raises:
            CatalogError: It cannot be read.
        """
        return next(self, None)

    def fetchall(self) -> list[Any]:
        """All rows that are left, as tuples.

        Raises:
            CatalogError: One cannot be read.
        """
        try:
            rows = super().fetchall()
        except _ERRORS as error:
            raise failure(self.connection.path, error) from error
        self._check_all(rows)
        return rows

    def fetchmany(self, size: int | None = 1) -> list[Any]:
        """The next ``size`` rows as tuples, fewer at the end; several times as quick as one by one.

        Raises:
            CatalogError: One cannot be read.
        """
        try:
            rows = super().fetchmany(size)
        except _ERRORS as error:
            raise failure(self.connection.path, error) from error
        self._check_all(rows)
        return rows

    def _check_all(self, rows: Sequence[tuple[object, ...]]) -> None:
        names = [each[0] for each in self.description or ()]
        columns = zip(names, zip(*rows, strict=True), strict=False)  # by column, which is quicker than by row
        if not all(is_right_type(name, kind) for name, column in columns for kind in set(map(type, column))):
            for row in rows:
                self._check(row)

    def _check(self, row: tuple[object, ...]) -> None:
        types = tuple(map(type, row))
        if types not in self._right:  # most rows have the types of one before them
            if not self.connection.is_rescue and (wrong := wrong_type([each[0] for each in self.description], row)):
                raise damaged(self.connection.path, wrong)
            self._right.add(types)


class Connection(sqlite3.Connection):
    """A connection in autocommit mode; writers execute BEGIN IMMEDIATE.

    Nothing in the file is trusted: its views and triggers cannot call functions that have side effects
    (https://sqlite.org/security.html).
    """

    path: Path
    """The catalog."""
    is_rescue = False
    """Whether cells of wrong types are read as well."""

    def cursor(self, factory: type[Cursor] = Cursor) -> Cursor:  # type: ignore[override]
        """A new cursor."""
        return super().cursor(factory)

    def execute(self, sql: str, parameters: Any = (), /) -> Cursor:  # noqa: ANN401 - as in sqlite3
        """Run a statement on a new cursor.

        Raises:
            CatalogError: SQLite refuses it.
        """
        return self.cursor().execute(sql, parameters)

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Cursor:
        """Run a statement with each of some parameters, on a new cursor.

        Raises:
            CatalogError: SQLite refuses it.
        """
        return self.cursor().executemany(sql, parameters)


def connect(path: Path, database: str, *, uri: bool = False) -> Connection:
    """Open ``database``, the file name or URI of the catalog at ``path``.

    Raises:
        CatalogError: It cannot be opened.
    """
    try:
        connection = sqlite3.connect(database, uri=uri, timeout=BUSY_SECONDS, isolation_level=None, factory=Connection)
    except sqlite3.Error as error:
        raise failure(path, error) from error
    connection.path = path
    # Python handles signals while it runs Python: this function, if only for a moment. See failure().
    connection.set_progress_handler(lambda: 0, _STEPS)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST_VALUE)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    return connection


def failure(path: Path, error: sqlite3.Error | UnicodeDecodeError) -> CatalogError | KeyboardInterrupt:
    """What to raise for an error of SQLite.

    SQLite reports Ctrl-C as an interrupted statement, because Python drops what a progress handler raises.
    """
    code = _code(error)
    if code == sqlite3.SQLITE_INTERRUPT:
        return KeyboardInterrupt("Ctrl-C interrupted SQLite.")
    sentence, hint = _SENTENCES.get(code, (str(error).rstrip("."), ""))
    return CatalogError(f"The catalog {path}: {sentence}.", hint.format(path=path))


def damaged(path: Path, what: str) -> CatalogError:
    """The error for a catalog that holds what it cannot hold."""
    sentence, hint = _SENTENCES[sqlite3.SQLITE_CORRUPT]
    return CatalogError(f"The catalog {path}: {sentence}: {what}.", hint.format(path=path))


def from_json(path: Path, cell: object, kind: type[list[Any]] | type[dict[str, Any]]) -> Any:  # noqa: ANN401 - JSON
    """The list or object that a cell holds as JSON.

    Raises:
        CatalogError: It holds something else: the file is damaged.
    """
    try:
        found = json.loads(cell) if isinstance(cell, str) else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, kind):
        raise damaged(path, f"a cell that should hold a {kind.__name__} as JSON does not")
    return found


def is_about_the_file(error: sqlite3.Error) -> bool:
    """Whether the file or the disk is the reason, or Ctrl-C, and not the statement."""
    return _code(error) in {*_SENTENCES, sqlite3.SQLITE_INTERRUPT} - {sqlite3.SQLITE_TOOBIG}


def _code(error: sqlite3.Error | UnicodeDecodeError) -> int:
    """SQLite's primary result code. Errors of Python's own module have none."""
    if isinstance(error, sqlite3.Error) and hasattr(error, "sqlite_errorcode"):
        return int(error.sqlite_errorcode) & 0xFF
    # OperationalError: "Could not decode to UTF-8 column". No text of ours is like that.
    is_damage = isinstance(error, sqlite3.OperationalError | UnicodeDecodeError)
    return sqlite3.SQLITE_CORRUPT if is_damage else sqlite3.SQLITE_ERROR
