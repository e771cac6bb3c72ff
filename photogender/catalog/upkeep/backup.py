"""Keeping a catalog safe and small: a copy of it, and the space that deleted rows leave."""

import os
import shutil
from pathlib import Path

from photogender.catalog.catalog import Catalog
from photogender.catalog.sqlite.database import Progress
from photogender.errors import CatalogError
from photogender.text import megabytes


def back_up(catalog: Catalog, copy: Path, progress: Progress | None = None) -> int:
    """Copy the catalog to a new file, as it is at one moment, while scans may go on; returns the copy's bytes.

    Args:
        catalog: Open for reading.
        copy: Must not exist yet: no copy replaces an earlier one.
        progress: See ``database.copy_database``.

    Raises:
        CatalogError: The copy exists or cannot be written, or the catalog cannot be read.
    """
    if os.path.lexists(copy):
        raise CatalogError(f"{copy} exists already.", "Choose another name, or remove it first.")
    if not copy.parent.is_dir():
        raise CatalogError(f"There is no folder {copy.parent}.", "Make it first, or choose another place.")
    catalog.copy_to(copy, progress)
    return copy.stat().st_size


def compact(catalog: Catalog) -> tuple[int, int]:
    """Give the space of deleted rows back to the disk; returns the bytes of the file before and after.

    Args:
        catalog: Open to change.

    Raises:
        CatalogError: The disk has no room for a second copy, which SQLite needs meanwhile, or another program uses
            the catalog; nothing is lost.
    """
    catalog.fetch("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    before = catalog.path.stat().st_size
    pages, unused, size = (catalog.fetch(f"PRAGMA {name}").fetchone()[0] for name in _PAGES)
    needed = 2 * (pages - unused) * size  # the copy, and the log of writing it back
    free = shutil.disk_usage(catalog.path.parent).free
    if free < needed:
        raise CatalogError(
            f"The catalog {catalog.path}: {megabytes(needed)} of free space are needed to compact it, and its disk has "
            f"{megabytes(free)}.",
            "Free some space. Nothing was changed.",
        )
    catalog.fetch("VACUUM")
    catalog.fetch("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return before, catalog.path.stat().st_size


_PAGES = ("page_count", "freelist_count", "page_size")
