"""Pictures whose place another one took, and how corrections follow from a picture to its edited version.

``replace`` notes during a scan which new picture took the place of which (``pictures.replaced_by``). Whether it is an
edited version, and which face is which, is found out when the scan is over and all renamed files are known:
``open_edits`` names the pairs, ``scanning.edited`` compares them, and ``follow`` moves the corrections. What finds no
face stays where it is and waits (``waiting``), also for its own picture to come back.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from photogender.catalog.catalog import Catalog, Row
from photogender.catalog.places import choose_path
from photogender.records import FaceBox

_STATE = ("gender", "age", "age_group", "name")

_CORRECTED = "EXISTS (SELECT 1 FROM faces WHERE photo_id = {} AND correction_id IS NOT NULL)"


@dataclass(frozen=True, slots=True)
class Version:
    """A picture before or after an edit."""

    photo_id: int
    has_place: bool
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
    found = []
    for photo_id, compared_with, has_place in rows:
        chain = [photo_id, *_later(catalog, photo_id)]
        if (has_place or compared_with != chain[-1]) and any(_is_corrected(catalog, each) for each in chain):
            versions = [_version(catalog, each) for each in (photo_id, chain[-1])]
            if versions[0] and versions[1]:
                found.append(Edit(versions[0], versions[1]))
    return found


def follow(catalog: Catalog, edit: Edit, same: Mapping[int, int]) -> None:
    """Let corrections follow from face to face, as ``same`` pairs those of the earlier picture with the later one's.

    If the earlier picture is nowhere any more, its corrections move. If it has another place, each picture keeps its
    own, and a face without any gets a copy of the latest of its counterpart.
    """
    with catalog.transaction():
        for earlier, later in same.items():
            if edit.earlier.has_place:
                _copy(catalog, earlier, later)
                _copy(catalog, later, earlier)
            else:
                _move(catalog, earlier, later)
        is_over = edit.earlier.has_place or not same
        now = {"replaced_by": None} if is_over else {"compared_with": edit.later.photo_id}
        catalog.update("pictures", edit.earlier.photo_id, now)


def tidy(catalog: Catalog) -> None:
    """After a whole scan, remove the pictures that have no place and of which nothing was ever said."""
    corrected, replaced = _CORRECTED.format("pictures.id"), _CORRECTED.format("pictures.replaced_by")
    with catalog.transaction():
        catalog.fetch(f"DELETE FROM pictures WHERE path IS NULL AND NOT {corrected} AND NOT {replaced}")  # noqa: S608


def waiting(catalog: Catalog) -> Iterator[Row]:
    """The latest correction of each face that no photo shows now, by path.

    Columns: ``face_id``, ``correction_id``, ``path`` (where its picture was last), ``name``, ``gender``, ``age``,
    ``not_a_face``, ``author``, ``created_at``.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    return catalog.rows(
        "SELECT faces.id AS face_id, said.id AS correction_id, coalesce(path, former_path) AS path, "
        "said.name, said.gender, said.age, said.not_a_face, said.author, said.created_at "
        "FROM faces JOIN corrections AS said ON said.id = faces.correction_id "
        "JOIN pictures ON pictures.id = faces.photo_id "
        "WHERE pictures.path IS NULL OR pictures.skipped_stage IS NOT NULL ORDER BY 3, 1"
    )


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


def _version(catalog: Catalog, photo_id: int) -> Version | None:
    """None if it has no faces, or could not be read."""
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
    boxes = {
        key: FaceBox(x1, y1, x2, y2, score, tuple((x, y) for x, y in json.loads(points)))
        for key, x1, y1, x2, y2, score, points in faces
    }
    photo_id, has_place, width, height, pixels = row
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
        catalog.insert("corrections", {**_without_id(said), "face_id": to})


def _latest(catalog: Catalog, face_id: int) -> Row | None:
    sql = "SELECT * FROM corrections WHERE id = (SELECT max(id) FROM corrections WHERE face_id = ?)"
    return next(catalog.rows(sql, [face_id]), None)


def _without_id(row: Row) -> Row:
    return {name: value for name, value in row.items() if name != "id"}
