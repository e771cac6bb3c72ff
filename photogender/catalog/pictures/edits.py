"""Pictures whose place another one took, and how corrections follow from a picture to its edited version.

``replace`` notes during a scan which new picture took the place of which (``pictures.replaced_by``). Whether it is an
edited version, and which face is which, is found out when the scan is over and all renamed files are known:
``open_edits`` names the pairs, ``scanning.edited`` compares them, and ``follow`` moves the corrections. A photo may
also have been edited and renamed at once, or saved under another name before it was deleted: ``lost`` pictures are
compared with the new ones and with those beside them. What finds no face stays where it is and waits (``waiting.py``),
also for its own picture to come back.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import replace as with_changes
from typing import NamedTuple

from photogender.catalog.catalog import Catalog, Row
from photogender.catalog.pictures.gone import Gone
from photogender.catalog.pictures.places import choose_path, places_of
from photogender.catalog.sqlite.connection import damaged
from photogender.records import THUMBNAIL, FaceBox

_STATE = ("gender", "age", "age_group", "name")

_CORRECTED = "EXISTS (SELECT 1 FROM faces WHERE photo_id = {} AND correction_id IS NOT NULL)"


_IS_WHOLE = f"length(pixels) = {THUMBNAIL**2}"


@dataclass(frozen=True, slots=True)
class Version:
    """A picture before or after an edit."""

    photo_id: int
    has_place: bool
    """Whether a file may still have it."""
    width: int
    height: int
    thumbnail: bytes
    """``records.THUMBNAIL`` squared grey levels."""
    faces: dict[int, FaceBox]
    """By face id, in pixels of the upright full-size picture."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A picture whose place another one took, which may be an edited version of it."""

    earlier: Version
    later: Version


class Thumbnail(NamedTuple):
    """A picture by its thumbnail alone."""

    photo_id: int
    pixels: bytes
    """As in ``Version``."""


def replace(catalog: Catalog, photo_id: int, by: int, *, is_new: bool) -> None:
    """Note that a picture lost a place to another one, inside a transaction.

    Args:
        catalog: Open for writing.
        photo_id: The picture that was there.
        by: The picture that is there now.
        is_new: Its content was not known before. One that was known has only been moved or copied here, unless it is
            an earlier version that came back.
    """
    (content_hash,) = catalog.fetch("SELECT content_hash FROM pictures WHERE id = ?", [photo_id]).fetchone()
    if content_hash is None:  # a file that could not be read
        if is_new:
            catalog.fetch("UPDATE pictures SET replaced_by = ? WHERE replaced_by = ?", [by, photo_id])
        catalog.fetch("DELETE FROM pictures WHERE id = ?", [photo_id])
        return
    if not is_new and photo_id in _later(catalog, by):
        catalog.update("pictures", by, {"replaced_by": None})
        is_new = True
    if is_new:
        catalog.update("pictures", photo_id, {"replaced_by": by})
    choose_path(catalog, photo_id)


def open_edits(catalog: Catalog) -> list[Edit]:
    """Pairs of which one picture has corrections that the other may take over, the earliest first."""
    rows = catalog.fetch(
        "SELECT id, compared_with, path IS NOT NULL FROM pictures WHERE replaced_by IS NOT NULL ORDER BY id"
    ).fetchall()
    gone = Gone(catalog)
    found = []
    for photo_id, compared_with, has_path in rows:
        has_place = has_path and not all(gone(place.path) for place in places_of(catalog, photo_id))
        chain = [photo_id, *_later(catalog, photo_id)]
        if (has_place or compared_with != chain[-1]) and any(_is_corrected(catalog, each) for each in chain):
            versions = [version(catalog, each) for each in (photo_id, chain[-1])]
            if versions[0] and versions[1]:
                found.append(Edit(with_changes(versions[0], has_place=has_place), versions[1]))
    return found


def lost(catalog: Catalog) -> list[Thumbnail]:
    """Pictures with corrections all of whose files are gone, and which no edited version replaced."""
    gone = Gone(catalog)
    rows = catalog.fetch(
        "SELECT pictures.id, places.path FROM pictures LEFT JOIN places ON places.photo_id = pictures.id "
        "WHERE replaced_by IS NULL AND pictures.id IN "
        "(SELECT faces.photo_id FROM corrections JOIN faces ON faces.correction_id = corrections.id)"
    ).fetchall()
    there = {photo_id for photo_id, path in rows if path is not None and not gone(catalog.as_path(path))}
    missing = sorted({photo_id for photo_id, _ in rows} - there)
    every = catalog.fetch(
        f"SELECT photo_id, pixels FROM thumbnails WHERE {_IS_WHOLE} AND photo_id IN (SELECT value FROM json_each(?))",  # noqa: S608
        [json.dumps(missing)],
    )
    return [*map(Thumbnail._make, every)]


def new_or_beside(catalog: Catalog, missing: Collection[Thumbnail]) -> Iterator[Thumbnail]:
    """The pictures that were first scanned after the last scan that ended, or are in a folder that some missing ones
    were in, and of which nothing was said."""
    rows = catalog.fetch(
        "SELECT photo_id, pixels FROM thumbnails JOIN pictures ON pictures.id = photo_id "  # noqa: S608
        "WHERE (photo_id > (SELECT coalesce(max(last_picture), 0) FROM runs) OR pictures.id IN ("
        "SELECT beside.id FROM pictures AS gone JOIN pictures AS beside ON beside.folder = gone.folder "
        "WHERE gone.id IN (SELECT value FROM json_each(?)))) "
        f"AND path IS NOT NULL AND NOT {_CORRECTED.format('pictures.id')} AND {_IS_WHOLE}",
        [json.dumps([each.photo_id for each in missing])],
    )
    return map(Thumbnail._make, rows)


def renamed_edit(catalog: Catalog, earlier: int, later: int) -> Edit | None:
    """The edit by which one lost picture became a new one; None if they have no faces to compare."""
    versions = [version(catalog, each) for each in (earlier, later)]
    if versions[0] and versions[1]:
        return Edit(with_changes(versions[0], has_place=False), versions[1])
    return None


def follow(catalog: Catalog, edit: Edit, same: Mapping[int, int]) -> None:
    """Let corrections follow from face to face, as ``same`` pairs those of the earlier picture with the later one's.

    If the earlier picture is nowhere any more, its corrections move. If it has another place, each picture keeps its
    own, and a face without any gets a copy of the latest of its counterpart.
    """
    with catalog.transaction():
        for face, other in same.items():
            if edit.earlier.has_place:
                _copy(catalog, face, other)
                _copy(catalog, other, face)
            else:
                _move(catalog, face, other)
        is_over = edit.earlier.has_place or not same
        earlier, later = edit.earlier.photo_id, edit.later.photo_id
        if is_over:
            catalog.update("pictures", earlier, {"replaced_by": None})
        else:
            catalog.fetch("DELETE FROM places WHERE photo_id = ?", [earlier])  # a renamed one's, which are gone
            choose_path(catalog, earlier)
            changes = "replaced_by = coalesce(replaced_by, ?), compared_with = ?"
            catalog.fetch(f"UPDATE pictures SET {changes} WHERE id = ?", [later, later, earlier])  # noqa: S608


def tidy(catalog: Catalog) -> None:
    """After a whole scan, remove the pictures that have no place and of which nothing was ever said."""
    corrected, replaced = _CORRECTED.format("pictures.id"), _CORRECTED.format("pictures.replaced_by")
    with catalog.transaction():
        catalog.fetch(f"DELETE FROM pictures WHERE path IS NULL AND NOT {corrected} AND NOT {replaced}")  # noqa: S608


def _later(catalog: Catalog, photo_id: int) -> list[int]:
    """The pictures that took its place, one after the other."""
    chain: list[int] = []
    while row := catalog.fetch("SELECT replaced_by FROM pictures WHERE id = ?", [photo_id]).fetchone():
        photo_id = row[0]
        if photo_id is None or photo_id in chain:
            break
        chain.append(photo_id)
    return chain


def _is_corrected(catalog: Catalog, photo_id: int) -> bool:
    return bool(catalog.fetch(f"SELECT {_CORRECTED.format('?')}", [photo_id]).fetchone()[0])


def version(catalog: Catalog, photo_id: int) -> Version | None:
    """A picture, to be compared with another; None if it has no faces, or could not be read."""
    row = catalog.fetch(
        "SELECT pictures.id, path IS NOT NULL, width, height, pixels FROM pictures "
        "JOIN thumbnails ON photo_id = pictures.id WHERE pictures.id = ?",
        [photo_id],
    ).fetchone()
    if row is None:
        return None
    faces = catalog.fetch(
        "SELECT id, x1, y1, x2, y2, detector_score, landmarks FROM faces WHERE photo_id = ?", [row[0]]
    )
    boxes = {key: catalog.as_box(*cells) for key, *cells in faces}
    photo_id, has_place, width, height, pixels = row
    if not (width and height and width > 0 < height and isinstance(pixels, bytes) and len(pixels) == THUMBNAIL**2):
        raise damaged(catalog.path, f"picture {photo_id} has no size or no thumbnail")
    return Version(photo_id, bool(has_place), width, height, pixels, boxes)


def _move(catalog: Catalog, face_id: int, to: int) -> None:
    earlier, later = _latest(catalog, face_id), _latest(catalog, to)
    if earlier is None:
        return
    catalog.fetch("UPDATE corrections SET face_id = ? WHERE face_id = ?", [to, face_id])
    if later is not None:  # of both, the latest correction says all; it must not hide what only the other says
        newest, other = sorted((earlier, later), key=lambda row: -int(str(row["id"])))
        filled = {name: other[name] if newest[name] is None else newest[name] for name in _STATE}
        if any(filled[name] != newest[name] for name in _STATE):
            catalog.insert("corrections", {**_without_id(newest), **filled, "face_id": to})


def _copy(catalog: Catalog, face_id: int, to: int) -> None:
    said = _latest(catalog, face_id)
    if said is not None and _latest(catalog, to) is None:
        catalog.insert("corrections", {**_without_id(said), "face_id": to, "blind": 0})  # no draw chose this face


def _latest(catalog: Catalog, face_id: int) -> Row | None:
    sql = "SELECT * FROM corrections WHERE id = (SELECT max(id) FROM corrections WHERE face_id = ?)"
    return next(catalog.rows(sql, [face_id]), None)


def _without_id(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "id"}
