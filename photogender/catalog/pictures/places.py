"""Places: the files that the catalog knows, each with the picture that it held when it was last scanned."""

import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from photogender.catalog.catalog import Catalog
from photogender.catalog.pictures.identity import Identity
from photogender.catalog.sqlite.connection import damaged
from photogender.catalog.sqlite.database import stored
from photogender.records import Photo, State
from photogender.source import is_there


class Known(NamedTuple):
    """What the catalog knows of a file: enough to tell whether it must be examined."""

    path: str | bytes
    """As it is stored."""
    size: int
    mtime_ns: int
    ctime_ns: int
    fingerprint: str
    skipped_stage: str | None
    detection: str | None
    """The fingerprint of the detector and its settings."""
    orientation: int | None
    """With which it was scanned."""


class Place(NamedTuple):
    """A file of the catalog."""

    id: int
    photo_id: int
    path: str
    root: str


class Original(NamedTuple):
    """A picture of the catalog, and the file that it was last found in."""

    path: str
    size: int
    mtime_ns: int


def current_files(catalog: Catalog, folder: str, fingerprint: str, *, with_skipped: bool) -> list[State]:
    """The files directly in a folder that need not be examined while they stay in this state, by path.

    Left out are those with a path that is not UTF-8; ``known_files`` has all.

    Args:
        catalog: Open for reading.
        folder: Absolute.
        fingerprint: Of the models and settings of the scan.
        with_skipped: Also files that were skipped because of their content.
    """
    skipped = "skipped_stage IS NOT 'read'" if with_skipped else "skipped_stage IS NULL"
    rows = catalog.fetch(
        "SELECT places.path, places.size, places.mtime_ns, places.ctime_ns "  # noqa: S608
        "FROM places JOIN pictures ON pictures.id = photo_id "
        f"WHERE places.folder = ? AND fingerprint = ? AND {skipped} ORDER BY places.path",
        [stored(folder), fingerprint],
    )
    return rows.fetchall()


def known_files(catalog: Catalog, folder: str) -> dict[str, Known]:
    """What the catalog knows of the files directly in a folder, by path."""
    rows = catalog.fetch(
        "SELECT places.path, places.size, places.mtime_ns, places.ctime_ns, fingerprint, skipped_stage, detection, "
        "orientation "
        "FROM places JOIN pictures ON pictures.id = photo_id WHERE places.folder = ?",
        [stored(folder)],
    ).fetchall()
    every = map(Known._make, rows)
    return {known.path if isinstance(known.path, str) else catalog.as_path(known.path): known for known in every}


def originals(catalog: Catalog, size: int, fingerprint: str) -> dict[str, Original]:
    """The pictures of so many bytes that were scanned with these models and settings, by content hash.

    Sizes of photos hardly ever coincide, so that a new file need not be hashed before it is decoded.
    """
    rows = catalog.fetch(
        "SELECT content_hash, coalesce(path, former_path), size, mtime_ns FROM pictures "
        "WHERE size = ? AND fingerprint = ? AND content_hash IS NOT NULL AND skipped_stage IS NULL",
        [size, fingerprint],
    )
    return {content_hash: Original(catalog.as_path(path), *rest) for content_hash, path, *rest in rows}


def places_of(catalog: Catalog, photo_id: int) -> list[Place]:
    """The files that held a picture when they were last scanned, the first one found first."""
    rows = catalog.fetch("SELECT id, photo_id, path, root FROM places WHERE photo_id = ? ORDER BY id", [photo_id])
    return [Place(row[0], row[1], catalog.as_path(row[2]), catalog.as_path(row[3])) for row in rows.fetchall()]


def put_place(catalog: Catalog, photo: Photo, photo_id: int) -> int | None:
    """Record that a file holds a picture; the other picture that it held before, if it did."""
    path = stored(photo.path)
    held = catalog.fetch("SELECT id, photo_id FROM places WHERE path = ?", [path]).fetchone()
    values = {
        "photo_id": photo_id,
        "root": stored(photo.root),
        "size": photo.size,
        "mtime_ns": photo.mtime_ns,
        "ctime_ns": photo.ctime_ns,
    }
    if held:
        catalog.update("places", held[0], values)
        return None if held[1] == photo_id else int(held[1])
    catalog.insert("places", {"path": path, "folder": stored(os.path.dirname(photo.path)), **values})
    return None


def put_rewritten(catalog: Catalog, photo: Photo, photo_id: int, content_hash: str) -> None:
    """Record that the file of a picture was rewritten with the same pixels, in one transaction.

    If another picture has just this content, nothing is recorded, and the next scan tells them apart.

    Raises:
        CatalogError: The catalog cannot be written.
    """
    with catalog.transaction():
        if catalog.fetch(
            "SELECT 1 FROM pictures WHERE content_hash = ? AND id <> ?", [content_hash, photo_id]
        ).fetchone():
            return
        put_place(catalog, photo, photo_id)
        catalog.update("pictures", photo_id, {"content_hash": content_hash})
        choose_path(catalog, photo_id)


def choose_path(catalog: Catalog, photo_id: int) -> bool:
    """Give a picture the path of one of its places, of one that is there if any is; False: it has no place.

    It keeps its path while that file is there. Without a place its path is empty, and ``former_path`` tells it.
    """
    row = catalog.fetch("SELECT coalesce(path, former_path) FROM pictures WHERE id = ?", [photo_id]).fetchone()
    if row is None:
        raise damaged(catalog.path, f"a file has picture {photo_id}, which is not there")
    before = catalog.as_path(row[0])
    places = places_of(catalog, photo_id)
    if not places:
        catalog.update("pictures", photo_id, {"path": None, "former_path": stored(before)})
        return False
    chosen = places[0]
    if len(places) > 1:  # in a store, each look takes an answer of it
        chosen = max(places, key=lambda place: (is_there(place.path), place.path == before, -place.id))
    catalog.fetch(
        "UPDATE pictures SET (path, former_path, folder, root, size, mtime_ns, ctime_ns) = "
        "(SELECT path, NULL, folder, root, size, mtime_ns, ctime_ns FROM places WHERE id = ?) WHERE id = ?",
        [chosen.id, photo_id],
    )
    return True


def shared_places(catalog: Catalog) -> Iterator[list[Place]]:
    """The places of each picture that has more than one."""
    several = catalog.fetch("SELECT photo_id FROM places GROUP BY photo_id HAVING count(*) > 1").fetchall()
    for (photo_id,) in several:
        yield places_of(catalog, photo_id)


def scanned_identity(catalog: Catalog, folder: str) -> Identity | None:
    """The identity that a folder had when it was last scanned."""
    row = catalog.fetch("SELECT device_number, inode, born_ns FROM folders WHERE path = ?", [stored(folder)]).fetchone()
    return Identity(row[0] % 2**64, row[1] % 2**64, row[2]) if row else None


def put_folders(catalog: Catalog, folders: Iterable[tuple[str, Identity]]) -> None:
    """Record which folders these are."""
    with catalog.transaction():
        for path, (device, inode, born_ns) in folders:
            catalog.fetch("DELETE FROM folders WHERE path = ?", [stored(path)])
            values = {"device_number": _signed(device), "inode": _signed(inode), "born_ns": born_ns}
            catalog.insert("folders", {"path": stored(path), **values})


def _signed(number: int) -> int:
    """An unsigned 64-bit number as SQLite can store it."""
    return number - 2**64 if number >= 2**63 else number
