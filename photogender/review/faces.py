"""Faces and photos as the page shows them, by id."""

import os
from collections.abc import Sequence
from typing import Any

from photogender.catalog.catalog import Catalog, Row
from photogender.records import FaceBox
from photogender.review.pictures import face_key
from photogender.text import printable

_COLUMNS = (
    *("face_id", "photo_id", "path", "x1", "y1", "x2", "y2", "gender", "gender_confidence"),
    *("age", "age_group", "age_confidence", "age_low", "age_high", "reviewed", "name", "taken", "model"),
)

_TAGGED = f"""
    SELECT
        {", ".join(_COLUMNS)},
        (SELECT content_hash FROM photos WHERE id = photo_id) AS content_hash,
        (SELECT correction_id FROM faces WHERE id = face_id) AS correction,
        0 AS not_a_face
    FROM tags WHERE face_id IN
"""  # noqa: S608

NOT_FACES = """
    SELECT
        faces.id AS face_id, photos.id AS photo_id, path, x1, y1, x2, y2,
        coalesce(said.gender, faces.gender) AS gender, gender_confidence,
        coalesce(said.age, faces.age) AS age, coalesce(said.age_group, faces.age_group) AS age_group, age_confidence,
        age_low, age_high, 0 AS reviewed, said.name AS name, taken,
        (SELECT name FROM models WHERE id = faces.model_id) AS model,
        content_hash, said.id AS correction, 1 AS not_a_face
    FROM faces JOIN photos ON photos.id = faces.photo_id JOIN corrections AS said ON said.id = faces.correction_id
    WHERE said.not_a_face AND photos.skipped_stage IS NULL
"""
"""SQL of what persons marked as not a face, with the columns of ``tags`` that the page shows or filters by."""


def faces(catalog: Catalog, face_ids: Sequence[int]) -> list[Row]:
    """Some faces in the given order, without those that the catalog does not have.

    The keys are those of ``tags``, ``id`` and ``photo`` for the two ids, ``file`` and ``folder`` of the photo in
    printable form, ``correction`` (the id of the latest one, or None), ``not_a_face``, and ``version``, which changes
    with the picture of the face.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    marks = f"({', '.join('?' * len(face_ids))})"
    found = {
        row["face_id"]: _face(row)
        for sql in (_TAGGED, f"{NOT_FACES} AND faces.id IN")
        for row in catalog.rows(sql + marks, face_ids)
    }
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
        "not_a_face": bool(row["not_a_face"]),
        "version": face_key(row["face_id"], box, row.pop("content_hash")),
    }
