"""The wall of faces: its pages, single faces, and the faces of one photo."""

import os
from collections.abc import Sequence
from typing import Any, NamedTuple

from photogender.catalog.catalog import Catalog, Row
from photogender.catalog.filters import match_faces
from photogender.records import FaceBox
from photogender.review.choices import known_folder
from photogender.review.pictures import face_key
from photogender.review.question import After, Question, Sort
from photogender.text import printable

PAGE = 60
"""Faces per page: more than a large screen shows."""

_ORDERS: dict[Sort, tuple[str, str]] = {
    # Probability that both estimates are right if they are independent; corrections count as right.
    "certain": ("gender_confidence * coalesce(age_confidence, 1.0)", "ASC"),
    "newest": ("coalesce(taken, '')", "DESC"),
    "youngest": ("age", "ASC"),
    "oldest": ("age", "DESC"),
}

_COLUMNS = (
    *("face_id", "photo_id", "path", "x1", "y1", "x2", "y2", "gender", "gender_confidence"),
    *("age", "age_group", "age_confidence", "age_low", "age_high", "reviewed", "name", "taken", "model"),
)


class Page(NamedTuple):
    """Some faces of the wall, and where the next page begins; None: this is the last."""

    faces: list[Row]
    after: After | None


def page(catalog: Catalog, question: Question) -> Page:
    """The first ``PAGE`` faces that match a question, as ``faces`` returns them.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    key, direction = _ORDERS[question.sort]
    condition, values = match_faces(known_folder(catalog, question.filters))
    if question.after:
        sign = ">" if direction == "ASC" else "<"
        condition += f" AND ({key} {sign} ? OR ({key} = ? AND face_id > ?))"
        values += (question.after[0], *question.after)
    # Ids first: sorting all columns of all faces to show sixty of them takes twice as long.
    sql = f"SELECT {key}, face_id FROM tags WHERE {condition} ORDER BY 1 {direction}, 2 LIMIT {PAGE + 1}"  # noqa: S608
    found: list[After] = catalog.fetch(sql, values).fetchall()
    after = found[PAGE - 1] if len(found) > PAGE else None
    return Page(faces(catalog, [face for _, face in found[:PAGE]]), after)


def faces(catalog: Catalog, face_ids: Sequence[int]) -> list[Row]:
    """Some faces in the given order, without those that are not in ``tags``.

    The keys are those of ``tags``, ``id`` and ``photo`` for the two ids, ``file`` and ``folder`` of the photo in
    printable form, and ``version``, which changes with the picture of the face.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    marks = ", ".join("?" * len(face_ids))
    sql = f"""
        SELECT {", ".join(_COLUMNS)}, (SELECT content_hash FROM photos WHERE id = photo_id) AS content_hash
        FROM tags WHERE face_id IN ({marks})
    """  # noqa: S608
    found = {row["face_id"]: _face(row) for row in catalog.rows(sql, face_ids)}
    return [found[face] for face in face_ids if face in found]


def photo(catalog: Catalog, photo_id: int) -> Row | None:
    """One photo and its faces from left to right; None if the catalog does not have it.

    Keys: ``id``, ``file``, ``folder``, ``width``, ``height`` (upright, pixels), ``taken``, ``camera``, ``faces``.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    sql = "SELECT id, path, width, height, taken, camera FROM photos WHERE id = ? AND skipped_stage IS NULL"
    row: dict[str, Any] | None = next(catalog.rows(sql, [photo_id]), None)
    if row is None:
        return None
    ids = [face for (face,) in catalog.fetch("SELECT face_id FROM tags WHERE photo_id = ? ORDER BY x1", [photo_id])]
    folder, file = os.path.split(row.pop("path"))
    return {**row, "folder": printable(folder), "file": printable(file), "faces": faces(catalog, ids)}


def _face(row: dict[str, Any]) -> Row:
    box = FaceBox(row["x1"], row["y1"], row["x2"], row["y2"], 0.0)
    folder, file = os.path.split(row.pop("path"))
    return {
        **row,
        "id": row["face_id"],
        "photo": row["photo_id"],
        "file": printable(file),
        "folder": printable(folder),
        "reviewed": bool(row["reviewed"]),
        "version": face_key(row["face_id"], box, row.pop("content_hash")),
    }
