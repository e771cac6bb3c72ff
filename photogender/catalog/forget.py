"""Forgetting: photos, folders and people are removed with all that is stored of them."""

import os
from collections.abc import Sequence

from photogender.catalog.catalog import Catalog
from photogender.catalog.database import stored


def photos_at(catalog: Catalog, path: str) -> list[tuple[int, str]]:
    """The photos, as id and path, of which a file is or was ``path`` or somewhere in the folder ``path``."""
    below = os.path.join(path, "")
    sql = "SELECT photo_id, path FROM places UNION SELECT id, former_path FROM pictures WHERE path IS NULL ORDER BY 2"
    photos = ((key, os.fsdecode(found)) for key, found in catalog.fetch(sql))
    return [(key, found) for key, found in photos if found == path or found.startswith(below)]


def faces_named(catalog: Catalog, name: str) -> list[int]:
    """The faces that have, or once had, a name."""
    return [key for (key,) in catalog.fetch("SELECT DISTINCT face_id FROM corrections WHERE name = ?", [name])]


def forget_photos(catalog: Catalog, photo_ids: Sequence[int], folders: Sequence[str]) -> None:
    """Remove photos with their faces and corrections, and that ``folders`` were scanned."""
    catalog.fetch("PRAGMA secure_delete = ON")
    catalog.remove(photo_ids)
    named = [os.fsdecode(path) for (path,) in catalog.fetch("SELECT path FROM roots").fetchall()]
    with catalog.transaction():
        for folder in folders:
            for path in named:
                if path == folder or path.startswith(os.path.join(folder, "")):
                    catalog.fetch("DELETE FROM roots WHERE path = ?", [stored(path)])
    _clean(catalog)


def forget_faces(catalog: Catalog, face_ids: Sequence[int]) -> None:
    """Remove faces with their corrections; their photos stay."""
    catalog.fetch("PRAGMA secure_delete = ON")
    with catalog.transaction():
        for face_id in face_ids:
            catalog.fetch("DELETE FROM faces WHERE id = ?", [face_id])
    _clean(catalog)


def _clean(catalog: Catalog) -> None:
    """Leave nothing of it in the write-ahead log; deleted pages were overwritten with zeros."""
    catalog.fetch("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
