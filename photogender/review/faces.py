"""Faces and photos as the page shows them, by id."""

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from photogender.catalog.catalog import Catalog, Row
from photogender.catalog.queries.filters import IS_FACE
from photogender.catalog.sqlite.cells import wrong_face
from photogender.catalog.sqlite.connection import damaged
from photogender.photos.thumbnails import MARGIN
from photogender.records import FaceBox
from photogender.review.pictures import face_key
from photogender.text import printable

_COLUMNS = (
    *("face_id", "photo_id", "path", "x1", "y1", "x2", "y2", "gender", "gender_confidence"),
    *("age", "age_group", "age_confidence", "age_low", "age_high", "reviewed", "name", "taken", "model"),
    *("gender_from", "age_from", "width", "height", "turn"),
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
        age_low, age_high, CASE WHEN said.gender IS NULL THEN 'estimate' ELSE 'reviewed' END AS gender_from,
        CASE WHEN said.age IS NULL THEN 'estimate' ELSE 'reviewed' END AS age_from,
        0 AS reviewed, said.name AS name, taken, width, height, turn,
        (SELECT name FROM models WHERE id = faces.model_id) AS model, faces.model_id,
        content_hash, said.id AS correction, 1 AS not_a_face
    FROM faces JOIN photos ON photos.id = faces.photo_id JOIN corrections AS said ON said.id = faces.correction_id
    WHERE said.not_a_face AND photos.skipped_stage IS NULL
"""
"""SQL of what persons marked as not a face, with the columns of ``tags`` that the page shows or filters by."""


def faces(catalog: Catalog, face_ids: Sequence[int]) -> list[Row]:
    """Some faces in the given order, without those that the catalog does not have.

    The keys are those of ``tags``, ``id`` and ``photo`` for the two ids, ``file`` and ``folder`` of the photo in
    printable form, ``correction`` (the id of the latest one, or None), ``not_a_face``, ``version``, which changes
    with the picture of the face, and ``crowd``: if the picture shows a part of another face, the box of this one in it
    and the picture's size, all as ``x``, ``y``, ``width``, ``height``, ``of_width``, ``of_height`` in full-size pixels.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    marks = f"({', '.join('?' * len(face_ids))})"
    rows: list[dict[str, Any]] = [
        row for sql in (_TAGGED, f"{NOT_FACES} AND faces.id IN") for row in catalog.rows(sql + marks, face_ids)
    ]
    for row in rows:
        if wrong := wrong_face({**row, "detector_score": 1.0}):
            raise damaged(catalog.path, wrong)
        if not (row["width"] and row["height"]):
            raise damaged(catalog.path, f"the photo of face {row['face_id']} has no size")
    boxes = _boxes(catalog, face_ids, marks)
    found = {row["face_id"]: _face(row, boxes) for row in rows}
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


def _boxes(catalog: Catalog, face_ids: Sequence[int], marks: str) -> dict[int, dict[int, FaceBox]]:
    """All boxes of the photos of some faces, by photo and face."""
    sql = f"""
        SELECT photo_id, id, x1, y1, x2, y2 FROM faces
        WHERE photo_id IN (SELECT photo_id FROM faces WHERE id IN {marks}) AND {IS_FACE}
    """  # noqa: S608
    boxes: defaultdict[int, dict[int, FaceBox]] = defaultdict(dict)
    for photo_id, face_id, x1, y1, x2, y2 in catalog.fetch(sql, face_ids):
        boxes[photo_id][face_id] = catalog.as_box(x1, y1, x2, y2, 0.0, "[]")
    return boxes


def _crowd(box: FaceBox, others: Iterable[FaceBox], turn: int, width: float, height: float) -> dict[str, float] | None:
    """Where a face is in its picture, if that shows a part of another one; ``photos.thumbnails.portrait`` makes it."""
    space = MARGIN * max(box.width, box.height)
    left, top = max(box.x1 - space, 0.0), max(box.y1 - space, 0.0)
    right, bottom = min(box.x2 + space, width), min(box.y2 + space, height)
    if not any(each.x1 < right and each.x2 > left and each.y1 < bottom and each.y2 > top for each in others):
        return None
    x, y, across, down = box.x1 - left, box.y1 - top, box.width, box.height
    of_width, of_height = right - left, bottom - top
    for _ in range(turn // 90):  # clockwise
        x, y, across, down, of_width, of_height = of_height - y - down, x, down, across, of_height, of_width
    return {"x": x, "y": y, "width": across, "height": down, "of_width": of_width, "of_height": of_height}


def _face(row: dict[str, Any], neighbours: Mapping[int, Mapping[int, FaceBox]]) -> Row:
    others = (box for face, box in neighbours[row["photo_id"]].items() if face != row["face_id"])
    box = FaceBox(row["x1"], row["y1"], row["x2"], row["y2"], 0.0)
    turn = row.pop("turn")
    folder, file = os.path.split(row.pop("path"))
    row.pop("model_id", None)
    return {
        **row,
        "id": row["face_id"],
        "photo": row["photo_id"],
        "file": printable(file),
        "folder": printable(folder),
        "reviewed": bool(row["reviewed"]),
        "not_a_face": bool(row["not_a_face"]),
        "crowd": _crowd(box, others, turn, row.pop("width"), row.pop("height")),
        "version": face_key(row["face_id"], box, turn, row.pop("content_hash")),
    }
