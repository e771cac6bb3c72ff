"""Which files are gone: not those that cannot be seen because a drive is not connected or a folder is locked.

A file is gone only if its folder can be listed, the name is not in it, and the folder is the one that was scanned:
the same inode on the same device, made at the same time, or one that still holds most of the files that the catalog
knows below it (device numbers, and inodes of some file systems, change with every mount). A folder that is missing is
gone by the same rule for the folder above it. Nothing is known of the folders above a scanned one: if that is missing,
its files may be on a drive that is not connected. A bucket that cannot be reached is such a drive.
"""

import os
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from photogender.catalog.catalog import Catalog
from photogender.catalog.pictures.identity import folder_identity
from photogender.catalog.pictures.places import choose_path, places_of, scanned_identity, shared_places
from photogender.catalog.sqlite.database import stored
from photogender.source import is_remote, is_there, names_in

SAMPLE = 200
"""Files that are looked for in a folder whose inode or device is another one."""


class Gone:
    """Tells which files are gone now; each folder is listed once."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._names = lru_cache(maxsize=1024)(names_in)
        self.is_same = lru_cache(maxsize=None)(self._is_same)

    def __call__(self, path: str) -> bool:
        """Whether the file at ``path`` is gone."""
        folder, name = os.path.split(path)
        try:
            names = self._names(folder)
        except (FileNotFoundError, NotADirectoryError):
            return self._is_folder_gone(folder)
        except OSError:
            return False
        return name not in names and self.is_same(folder)

    def sees(self, path: str) -> bool:
        """Whether there is a file; in a store, as of the listing of its folder, which takes one answer for all."""
        if not is_remote(path):
            return is_there(path)
        folder, name = os.path.split(path)
        try:
            return name in self._names(folder)
        except OSError:
            return False

    def _is_folder_gone(self, folder: str) -> bool:
        above = os.path.dirname(folder)
        if above == folder or scanned_identity(self._catalog, above) is None:
            return False
        try:
            self._names(above)
        except (FileNotFoundError, NotADirectoryError):
            return self._is_folder_gone(above)
        except OSError:
            return False
        return self.is_same(above)

    def _is_same(self, folder: str) -> bool:
        """Whether an existing folder is the one that was scanned."""
        identity = folder_identity(folder)
        if identity is None or identity == scanned_identity(self._catalog, folder):
            return identity is not None
        first = os.fsencode(os.path.join(folder, ""))
        rows = self._catalog.fetch(
            "SELECT path FROM places WHERE path >= ? AND path < ? ORDER BY folder, path",
            [stored(os.fsdecode(first)), stored(os.fsdecode(first[:-1] + bytes([first[-1] + 1])))],
        )
        there = [is_there(self._catalog.as_path(path)) for (path,) in islice(rows, SAMPLE)]
        return sum(there) * 2 > len(there)


def refresh_places(catalog: Catalog) -> None:
    """Remove the gone places of pictures that have others, and give each of those pictures a path that is there."""
    gone = Gone(catalog)
    with catalog.transaction():
        for places in shared_places(catalog):
            # Not by lstat: where case does not count, a file that was renamed to IMG.JPG is still seen as img.jpg.
            missing = [place for place in places if gone(place.path)]
            if len(missing) == len(places):
                continue
            for place in missing:
                catalog.fetch("DELETE FROM places WHERE id = ?", [place.id])
            if missing or not all(is_there(place.path) for place in places):
                choose_path(catalog, places[0].photo_id)


class Missing(NamedTuple):
    """A picture none of whose files can be seen."""

    photo_id: int
    path: str
    root: str
    is_gone: bool
    """All its files are gone; otherwise one may be on a drive that is not connected."""
    corrections: int
    """How many its faces have."""


def missing_photos(catalog: Catalog) -> Iterator[Missing]:
    """The pictures none of whose files can be seen, folder by folder.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    gone = Gone(catalog)
    rows = catalog.fetch("SELECT id, path, root FROM pictures WHERE path IS NOT NULL ORDER BY folder, path")
    for photo_id, path, root in rows:
        if gone.sees(catalog.as_path(path)):
            continue
        places = places_of(catalog, photo_id)
        if not any(gone.sees(place.path) for place in places):
            is_gone = all(gone(place.path) for place in places)
            said = corrections_of(catalog, photo_id)
            yield Missing(photo_id, catalog.as_path(path), catalog.as_path(root), is_gone, said)


def corrections_of(catalog: Catalog, photo_id: int) -> int:
    """How many corrections the faces of a picture have."""
    sql = "SELECT count(*) FROM corrections JOIN faces ON faces.id = face_id WHERE photo_id = ?"
    return int(catalog.fetch(sql, [photo_id]).fetchone()[0])
