"""The catalog: one SQLite file that scans write and everything else reads."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path

from photogender.catalog.said.corrections import record_all, undo_latest
from photogender.catalog.said.deduced import refresh
from photogender.catalog.said.statement import Statement
from photogender.catalog.sqlite.cells import PATHS, checked_box
from photogender.catalog.sqlite.connection import Cursor, damaged
from photogender.catalog.sqlite.database import Mode, Progress, copy_database, open_database, stored
from photogender.catalog.sqlite.database import now as now
from photogender.catalog.sqlite.tables import IS_MARK
from photogender.labels import Gender
from photogender.records import FaceBox

Row = dict[str, object]
Cells = tuple[object, ...]
"""A row without the names of its columns."""

_LOT = 500
"""Rows that are read at once: more are hardly quicker, and a first one would have to wait."""


def default_catalog() -> Path:
    """``PHOTOGENDER_CATALOG``, or ``catalog.db`` in the platform's folder for user data."""
    import platformdirs

    given = os.environ.get("PHOTOGENDER_CATALOG")
    return Path(given) if given else Path(platformdirs.user_data_dir("photogender", appauthor=False)) / "catalog.db"


class Catalog:
    """An open catalog. Use it as a context manager; every write is one transaction."""

    def __init__(self, path: str | Path | None = None, *, mode: Mode = "read") -> None:
        """Open the catalog at ``path`` (default: ``default_catalog()``).

        ``change`` and ``write`` bring it up to date; ``write`` creates it where there is none.

        Raises:
            CatalogError: It is missing (not for ``write``), newer than this version, no catalog, or cannot be opened.
        """
        self.path = Path(path) if path is not None else default_catalog()
        self._connection = open_database(self.path, mode)

    def __enter__(self) -> "Catalog":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; nothing is pending, since every write was committed."""
        self._connection.close()

    def copy_to(self, path: Path, progress: Progress | None = None) -> None:
        """Copy the whole catalog to a file, which is complete or not made at all; scans may go on meanwhile.

        Raises:
            CatalogError: The catalog cannot be read, or the copy not written.
        """
        copy_database(self._connection, path, progress)

    @property
    def mark(self) -> str:
        """What tells this catalog from others, in the XMP that it writes; empty if it is damaged.

        Raises:
            CatalogError: The catalog cannot be read.
        """
        found = self.fetch(f"SELECT mark FROM catalog WHERE mark {IS_MARK} LIMIT 1").fetchone()  # noqa: S608
        return str(found[0]) if found else ""

    def rows(self, sql: str, parameters: Sequence[object] | dict[str, object] = ()) -> Iterator[Row]:
        """Rows of a query as dicts, streamed; paths that are not UTF-8 come as text with surrogate escapes.

        Raises:
            CatalogError: SQLite refuses the query, with its own words.
        """
        cursor = self._connection.execute(sql, parameters)
        names = [column[0] for column in cursor.description or ()]
        for row in cursor:
            if bytes in map(type, row):
                row = [os.fsdecode(value) if isinstance(value, bytes) else value for value in row]
            yield dict(zip(names, row, strict=True))

    def lots(self, sql: str, parameters: Sequence[object] = ()) -> Iterator[list[Cells]]:
        """Rows of a query as tuples, streamed in lists; paths that are not UTF-8 come as text with surrogate escapes.

        Raises:
            CatalogError: SQLite refuses the query, with its own words.
        """
        cursor = self._connection.execute(sql, parameters)
        paths = [at for at, column in enumerate(cursor.description or ()) if column[0] in PATHS]
        while lot := cursor.fetchmany(_LOT):
            if any(bytes in {*map(type, map(itemgetter(at), lot))} for at in paths):
                lot = [tuple(os.fsdecode(cell) if isinstance(cell, bytes) else cell for cell in cells) for cells in lot]
            yield lot

    def boxes(self, path: str) -> list[FaceBox]:
        """The detected faces of the picture at ``path``, also those that a person marked as not a face."""
        rows = self.fetch(
            "SELECT x1, y1, x2, y2, detector_score, landmarks FROM faces "
            "WHERE photo_id = (SELECT photo_id FROM places WHERE path = ?) ORDER BY id",
            [stored(path)],
        )
        return [self.as_box(*row) for row in rows]

    def last_rate(self) -> float | None:
        """Photos a second of the latest scan that was long enough to tell; None where there is none."""
        row = self.fetch(
            "SELECT tagged / ((julianday(ended_at) - julianday(started_at)) * 86400) FROM runs "
            "WHERE ended = 'complete' AND julianday(ended_at) - julianday(started_at) > 10 / 86400.0 "
            "AND tagged ORDER BY id DESC LIMIT 1"
        ).fetchone()
        return float(row[0]) if row else None

    def remove(self, photo_ids: Iterable[int]) -> None:
        """Delete photos with their faces and corrections."""
        with self.transaction():
            self._connection.executemany("DELETE FROM pictures WHERE id = ?", ((key,) for key in photo_ids))

    def correct(
        self,
        face_ids: Sequence[int],
        *,
        author: str,
        gender: Gender | None = None,
        age: float | None = None,
        name: str | None = None,
        not_a_face: bool = False,
    ) -> None:
        """Record what a person says of some faces: a ``Statement``, of all of them or of none.

        Raises:
            CatalogError: One of the faces is not in the catalog, or the catalog cannot be written.
            StatementError: That cannot be said of a face.
        """
        record_all(self, face_ids, Statement(gender, age, name, not_a_face), author=author)

    def undo_correction(self, face_ids: Sequence[int]) -> None:
        """Take back the latest correction of each of some faces, or of none.

        Raises:
            CatalogError: One of the faces is not in the catalog, or was not corrected.
        """
        undo_latest(self, face_ids)

    # What cells hold, checked

    def as_path(self, cell: object) -> str:
        """The path in a cell.

        Raises:
            CatalogError: There is none: the file is damaged.
        """
        if not isinstance(cell, str | bytes):
            raise damaged(self.path, f"a path is {cell!r}")
        return os.fsdecode(cell)

    def as_box(self, x1: float, y1: float, x2: float, y2: float, score: float, landmarks: str) -> FaceBox:
        """A face from its cells, of which ``landmarks`` is JSON.

        Raises:
            CatalogError: They cannot be those of a face: the file is damaged.
        """
        try:
            return checked_box(x1, y1, x2, y2, score, json.loads(landmarks))
        except (TypeError, ValueError, RecursionError) as error:
            raise damaged(self.path, "a face is not a box with five landmarks") from error

    # For the modules that write

    @contextmanager
    def transaction(self, *, people: bool = True) -> Iterator[None]:
        """Everything inside is written, or nothing is; inside another transaction, it is a part of that.

        At the end, what follows from people is made again (see ``deduced``); with ``people=False``, some later
        transaction does that.

        Raises:
            CatalogError: SQLite refused: disk full, locked, read-only.
        """
        if self._connection.in_transaction:
            yield
            return
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            if people:
                refresh(self)
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def fetch(self, sql: str, parameters: Sequence[object] = ()) -> Cursor:
        """Run one statement and return its cursor: tuples, with paths as they are stored.

        Raises:
            CatalogError: SQLite refuses the statement; the cursor raises it too, for a row that cannot be read.
        """
        return self._connection.execute(sql, parameters)

    def insert(self, table: str, values: Mapping[str, object]) -> int:
        """Add a row and return its id."""
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        cursor = self.fetch(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(values.values()))  # noqa: S608
        return int(cursor.lastrowid or 0)

    def update(self, table: str, key: int, values: Mapping[str, object]) -> None:
        """Change a row."""
        changes = ", ".join(f"{name} = ?" for name in values)
        self.fetch(f"UPDATE {table} SET {changes} WHERE id = ?", [*values.values(), key])  # noqa: S608
