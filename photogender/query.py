"""Questions to the catalog: which faces, which photos, how many."""

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from photogender.catalog import Catalog, Row
from photogender.database import stored
from photogender.labels import AGE_GROUPS, Gender
from photogender.records import Face, FaceBox, Prediction

Span = tuple[int, int | None]
"""Least and most, both included; None: no limit."""

Condition = tuple[str, tuple[object, ...]]
"""SQL that is true or false of a row, and the values for its question marks."""

FACE_COLUMNS = (
    *("path", "face_id", "x1", "y1", "x2", "y2", "gender", "gender_confidence", "age", "age_group", "age_confidence"),
    *("detector_score", "model", "detector", "reviewed", "name", "taken", "camera", "width", "height"),
    *("age_low", "age_high"),
)
"""Of ``tags``, in order: the box in upright full-size pixels, ages in years, ``reviewed`` a bool."""

GROUP_COLUMNS = tuple(f"age_{group.rstrip('-').replace('-', '_')}" for group in AGE_GROUPS)
"""``age_0_2`` ... ``age_60``: faces in each of ``AGE_GROUPS``."""

PHOTO_COLUMNS = ("path", "faces", "female", "male", *GROUP_COLUMNS, "taken", "camera", "width", "height")
"""Of ``photos``, in order."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which faces or photos are meant: those that meet all that is given."""

    gender: Gender | None = None
    age: Span | None = None
    """Whole years as birthdays count them: 20 to 40 is from 20.0 up to, not including, 41.0."""
    age_group: str | None = None
    """One of ``AGE_GROUPS``."""
    min_confidence: float | None = None
    """Least confidence, 0 to 1, in what is asked for: in the gender with ``gender``, in the age with ``age``
    or ``age_group``, in both with none of these. What a person corrected or confirmed has 1."""
    not_reviewed: bool = False
    """Only faces no person has corrected or confirmed."""
    reviewed: bool = False
    """Only faces a person has corrected or confirmed."""
    model: str | None = None
    """Only faces whose age and gender come from the model of this name."""
    name: str | None = None
    """Only faces a person gave exactly this name."""
    folder: str | None = None
    """Absolute; photos in it and in the folders under it."""
    taken: tuple[str | None, str | None] | None = None
    """First and last, both included: ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``; photos without a date never match."""
    faces: Span | None = None
    """How many faces the photo has, whichever they are."""


def tags(catalog: Catalog, filters: Filters) -> Iterator[Row]:
    """The faces that match, with ``FACE_COLUMNS``, by path and face id; streamed.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    return _tags(catalog, match_faces(filters))


def photo_tags(catalog: Catalog, path: str) -> Iterator[Row]:
    """The faces of the photo at an absolute path, with ``FACE_COLUMNS``, by face id.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    return _tags(catalog, ("path = ?", (stored(path),)))


def find_photo(catalog: Catalog, path: str) -> Row | None:
    """The row of ``photos`` of an absolute path; None where the catalog has none.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    return next(catalog.rows("SELECT * FROM photos WHERE path = ?", [stored(path)]), None)


def as_face(row: dict[str, Any]) -> Face:
    """A row of ``tags`` as the record it came from, corrections applied; without landmarks."""
    box = FaceBox(row["x1"], row["y1"], row["x2"], row["y2"], row["detector_score"])
    names = ("gender", "gender_confidence", "age", "age_group", "age_confidence", "age_low", "age_high")
    return Face(box, Prediction(*(row[name] for name in names)))


def photos(catalog: Catalog, filters: Filters) -> Iterator[Row]:
    """The photos that match, with ``PHOTO_COLUMNS``, by path; streamed.

    Where faces are asked for, a photo matches by any one of them; its counts are of all its faces.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    condition, values = match_photos(filters)
    columns = ", ".join(PHOTO_COLUMNS[4 + len(AGE_GROUPS) :])
    counts = [("gender", gender, gender) for gender in ("female", "male")]
    counts += [("age_group", group, column) for group, column in zip(AGE_GROUPS, GROUP_COLUMNS, strict=True)]
    sums = ", ".join(f"count(*) FILTER (WHERE {what} = '{value}') AS {name}" for what, value, name in counts)
    # Not the view: joined to something else, SQLite builds all of it first.
    sql = f"""
        SELECT path, count(face_id) AS faces, {sums}, {columns}
        FROM (
            SELECT
                photos.*,
                faces.id AS face_id,
                coalesce(corrections.gender, faces.gender) AS gender,
                coalesce(corrections.age_group, faces.age_group) AS age_group
            FROM photos
            LEFT JOIN faces ON faces.photo_id = photos.id AND {_IS_FACE}
            LEFT JOIN corrections ON corrections.id = faces.correction_id
        ) AS photos
        WHERE {condition} GROUP BY path ORDER BY path
    """  # noqa: S608
    return catalog.rows(sql, values)


def photos_with_tags(catalog: Catalog, filters: Filters) -> Iterator[tuple[Row, list[Row]]]:
    """The rows of ``photos`` that meet the filters of photos, by path, each with its faces that meet those of faces.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    of_photos, values = _all_of([("skipped_stage IS NULL", ()), *_of_photos(filters)])
    of_faces, face_values = _all_of(_of_faces(filters))
    for row in catalog.rows(f"SELECT * FROM photos WHERE {of_photos} ORDER BY path", values):  # noqa: S608
        yield row, list(_tags(catalog, (f"photo_id = ? AND {of_faces}", (row["id"], *face_values))))


def corrections(catalog: Catalog, face_id: int) -> Iterator[Row]:
    """What was said of a face, the latest last.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    return catalog.rows("SELECT * FROM corrections WHERE face_id = ? ORDER BY id", [face_id])


def face_counts(catalog: Catalog, filters: Filters) -> Iterator[Row]:
    """Faces that match, as numbers ``faces`` and ``reviewed`` by ``decade`` (years), ``age_group`` and ``gender``.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    condition, values = match_faces(filters)
    sql = f"""
        SELECT
            CAST(age / 10 AS INTEGER) * 10 AS decade, age_group, gender,
            count(*) AS faces, sum(reviewed) AS reviewed
        FROM tags WHERE {condition} GROUP BY 1, 2, 3
    """  # noqa: S608
    return catalog.rows(sql, values)


def photo_counts(catalog: Catalog, filters: Filters) -> Row:
    """Photos that match, as one row: ``photos``, ``with_faces``, and ``skipped``, which only the folder decides.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    condition, values = match_photos(filters)
    skipped, skipped_values = _all_of([("skipped_stage IS NOT NULL", ()), *_folder(filters)])
    sql = f"""
        SELECT
            count(*) AS photos,
            coalesce(sum(EXISTS (SELECT 1 FROM faces WHERE photo_id = photos.id AND {_IS_FACE})), 0) AS with_faces,
            (SELECT count(*) FROM photos WHERE {skipped}) AS skipped
        FROM photos WHERE {condition}
    """  # noqa: S608
    return next(catalog.rows(sql, skipped_values + values))


def skip_reasons(catalog: Catalog, filters: Filters) -> Iterator[Row]:
    """Skipped files as numbers ``files`` by ``root`` and ``reason``, the most frequent first; only the folder decides.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    skipped, values = _all_of([("skipped_stage IS NOT NULL", ()), *_folder(filters)])
    sql = f"""
        SELECT root, skipped_reason AS reason, count(*) AS files
        FROM photos WHERE {skipped} GROUP BY 1, 2 ORDER BY 3 DESC, 2
    """  # noqa: S608
    return catalog.rows(sql, values)


_IS_FACE = "coalesce((SELECT NOT not_a_face FROM corrections WHERE corrections.id = faces.correction_id), TRUE)"
"""Of ``faces``: no person said that it is none."""


def _tags(catalog: Catalog, condition: Condition) -> Iterator[Row]:
    sql = f"SELECT {', '.join(FACE_COLUMNS)} FROM tags WHERE {condition[0]} ORDER BY path, face_id"  # noqa: S608
    for row in catalog.rows(sql, condition[1]):
        yield row | {"reviewed": bool(row["reviewed"])}


def match_faces(filters: Filters) -> Condition:
    """What ``filters`` ask of a row of ``tags``."""
    conditions = [*_of_faces(filters), *_of_both(filters)]
    if filters.faces:
        condition, values = _crowd(filters.faces)
        conditions.append((f"photo_id IN (SELECT id FROM photos WHERE {condition})", values))  # noqa: S608
    return _all_of(conditions)


def match_photos(filters: Filters) -> Condition:
    """What ``filters`` ask of a row of ``photos``; of those that were skipped, never true."""
    conditions = [("skipped_stage IS NULL", ()), *_of_photos(filters)]
    if of_faces := _of_faces(filters):
        condition, values = _all_of(of_faces)
        conditions.append((f"id IN (SELECT photo_id FROM tags WHERE {condition})", values))  # noqa: S608
    return _all_of(conditions)


def _of_faces(filters: Filters) -> list[Condition]:
    conditions: list[Condition] = []
    if filters.gender:
        conditions.append(("gender = ?", (filters.gender,)))
    if filters.age:
        low, high = filters.age
        conditions.append(("age >= ?", (low,)))
        if high is not None:
            conditions.append(("age < ?", (high + 1,)))
    if filters.age_group:
        conditions.append(("age_group = ?", (filters.age_group,)))
    if filters.min_confidence is not None:
        asked = {"gender": filters.gender, "age": filters.age or filters.age_group}
        named = [what for what, value in asked.items() if value] or list(asked)
        conditions += [(f"{what}_confidence >= ?", (filters.min_confidence,)) for what in named]
    if filters.not_reviewed:
        conditions.append(("NOT reviewed", ()))
    if filters.reviewed:
        conditions.append(("reviewed", ()))
    if filters.model is not None:
        conditions.append(("model = ?", (filters.model,)))
    if filters.name is not None:
        conditions.append(("name = ?", (filters.name,)))
    return conditions


def _of_photos(filters: Filters) -> list[Condition]:
    conditions = _of_both(filters)
    if filters.faces:
        conditions.append(_crowd(filters.faces))
    return conditions


def _of_both(filters: Filters) -> list[Condition]:
    """What is asked of columns that ``photos`` and ``tags`` both have."""
    conditions = _folder(filters)
    if filters.taken:
        first, last = filters.taken
        conditions.append(("taken >= ?", (first or "",)))
        if last is not None:
            conditions.append(("taken < ?", (f"{last}~",)))  # "~" sorts behind all that can go on from a date
    return conditions


def _crowd(faces: Span) -> Condition:
    low, high = faces
    counted = f"(SELECT count(*) FROM faces WHERE photo_id = photos.id AND {_IS_FACE})"  # noqa: S608
    return f"{counted} BETWEEN ? AND ?", (low, sys.maxsize if high is None else high)


def _folder(filters: Filters) -> list[Condition]:
    """Paths that begin with the folder's, found by the index: those stored as text, and as bytes."""
    if not filters.folder:
        return []
    first = os.fsencode(filters.folder).rstrip(b"/") + b"/"
    end = first[:-1] + b"0"  # "0" is the character behind "/"
    in_bytes = "(path >= ? AND path < ?)"
    try:
        texts = (first.decode(), end.decode())
    except UnicodeDecodeError:
        return [(in_bytes, (first, end))]
    return [(f"((path >= ? AND path < ?) OR {in_bytes})", (*texts, first, end))]


def _all_of(conditions: Iterable[Condition]) -> Condition:
    parts = list(conditions)
    joined = " AND ".join(condition for condition, _ in parts) or "TRUE"
    return joined, tuple(value for _, values in parts for value in values)
