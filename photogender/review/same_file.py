"""Notices when the catalog's file is removed or replaced while the page is open."""

import os
from pathlib import Path

from photogender.catalog.catalog import Catalog
from photogender.errors import CatalogError


class SameFile:
    """The file that a catalog was opened from. What is written to a removed or replaced file is lost."""

    def __init__(self, path: Path) -> None:
        """Remember the file at ``path``.

        Raises:
            CatalogError: It is missing or not a catalog.
        """
        self.path = path
        self._content = _content(path)
        self._state = _state(path)

    def check(self) -> None:
        """Check that the same file is still there, with the same catalog in it.

        Raises:
            CatalogError: It was removed, or replaced by another catalog or database.
        """
        state = _state(self.path)
        if state[:2] != self._state[:2]:
            raise self._replaced()
        if state != self._state:  # SQLite moved its log into it, or somebody overwrote it with a copy
            if _content(self.path) != self._content:
                raise self._replaced()
            self._state = state

    def _replaced(self) -> CatalogError:
        return CatalogError(
            f"The catalog {self.path} was replaced by another file.",
            "Stop photogender review and start it again to see the new one.",
        )


def _state(path: Path) -> tuple[int, ...]:
    try:
        status = os.stat(path)
    except OSError as error:
        raise CatalogError(
            f"The catalog {path} is gone: {error.strerror or error}.",
            "Put it back, or connect its drive; then try again.",
        ) from error
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _content(path: Path) -> object:
    """What tells catalogs apart: when their tables were made. Read anew, since an open connection caches pages."""
    with Catalog(path) as catalog:
        return catalog.fetch("SELECT min(applied_at) FROM _sqlite_migrations").fetchone()
