"""Queries: which faces, which photos, how many."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from itertools import chain
from typing import Any, get_args

from photogender.catalog.catalog import Catalog, Cells, Row
from photogender.catalog.queries.counting import counted, place_of, tallied
from photogender.catalog.queries.filters import (
    IS_FACE,
    Condition,
    Filters,
    _of_faces,
    _of_photos,
    all_of,
    are_tallied,
    match_faces,
    match_folder,
    match_photos,
)
from photogender.catalog.queries.selection import ALL, Selection, drawn, ordered
from photogender.catalog.sqlite.cells import are_faces, wrong_face, wrong_photo
from photogender.catalog.sqlite.connection import damaged
from photogender.catalog.sqlite.database import stored
from photogender.catalog.sqlite.views import FACE_COLUMNS, GROUP_COLUMNS, PHOTO_FACTS
from photogender.labels import AGE_GROUPS, OLDEST, Gender
from photogender.records import Face, FaceBox, Photo, Prediction
from photogender.source import is_there


def tags(catalog: Catalog, filters: Filters, selection: Selection = ALL) -> Iterator[Cells]:
    """The faces that match, as tuples of ``FACE_COLUMNS``, by path and face id unless sorted otherwise; streamed.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    condition = match_faces(filters)
    if selection.sample is not None:
        condition = drawn(catalog, selection, "face_id", "shown", condition)
    elif selection.sort is None and not (filters.taken or filters.undated or filters.folder or filters.name):
        # Every path. It makes SQLite read photos by path, not all faces and sort them; those filters have indexes.
        condition = all_of([("path >= ''", ()), condition])
    return _tags(catalog, condition, ordered(selection, "path, face_id"))


def photo_tags(catalog: Catalog, path: str) -> Iterator[Row]:
    """The faces of the photo at an absolute path, with ``FACE_COLUMNS``, by face id.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    return _rows(_tags(catalog, ("photo_id = (SELECT photo_id FROM places WHERE path = ?)", (stored(path),))))


def find_photo(catalog: Catalog, path: str) -> Row | None:
    """The row of ``photos`` of the picture at an absolute path, or of which a copy is there; None if there is none.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    return next(_photos(catalog, ("id = (SELECT photo_id FROM places WHERE path = ?)", (stored(path),))), None)


def as_photo(row: Row) -> Photo:
    """A row with the columns of ``Photo`` as the record of the file that was scanned."""
    known = {name: row[name] for name in Photo._fields} | {"orientation": row["orientation"] or 1}
    return Photo(**known)  # type: ignore[arg-type]


def as_face(row: dict[str, Any]) -> Face:
    """A row of ``tags`` as the record it came from, corrections applied; without landmarks."""
    box = FaceBox(row["x1"], row["y1"], row["x2"], row["y2"], row["detector_score"])
    return Face(box, Prediction(**{field.name: row[field.name] for field in fields(Prediction)}))


def photos(catalog: Catalog, filters: Filters, selection: Selection = ALL) -> Iterator[Cells]:
    """The photos that match, as tuples of ``PHOTO_COLUMNS``, by path unless sorted otherwise; streamed.

    A photo matches filters of faces if any one of its faces does; its counts include all its faces.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    match = match_photos(filters)
    if selection.sample is not None:
        match = drawn(catalog, selection, "id", "photos", match)
    condition, values = match
    columns = ", ".join(PHOTO_FACTS)
    counts = [("gender", gender, gender) for gender in ("female", "male")]
    counts += [("age_group", group, column) for group, column in zip(AGE_GROUPS, GROUP_COLUMNS, strict=True)]
    sums = ", ".join(f"count(*) FILTER (WHERE {what} = '{value}') AS {name}" for what, value, name in counts)
    # Not the view: if it is joined to something, SQLite materializes all of it first.
    sql = f"""
        SELECT path, count(face_id) AS faces, {sums}, {columns}
        FROM (
            SELECT
                photos.*,
                faces.id AS face_id,
                coalesce(corrections.gender, deductions.gender, faces.gender) AS gender,
                coalesce(corrections.age_group, deductions.age_group, faces.age_group) AS age_group
            FROM photos
            LEFT JOIN faces ON faces.photo_id = photos.id AND {IS_FACE}
            LEFT JOIN corrections ON corrections.id = faces.correction_id
            LEFT JOIN deductions ON deductions.id = faces.id
        ) AS photos
        WHERE {condition} GROUP BY path {ordered(selection, "path")}
    """  # noqa: S608
    return chain.from_iterable(catalog.lots(sql, values))


def photos_with_tags(catalog: Catalog, filters: Filters) -> Iterator[tuple[Row, list[Row]]]:
    """The photos that match the filters on photos, by path, each with its faces that match those on faces.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    of_photos, values = all_of([("skipped_stage IS NULL", ()), *_of_photos(filters)])
    of_faces, face_values = all_of(_of_faces(filters))
    for row in _photos(catalog, (of_photos, values)):
        yield row, list(_rows(_tags(catalog, (f"photo_id = ? AND {of_faces}", (row["id"], *face_values)))))


def photo_with_tags(catalog: Catalog, photo_id: int) -> tuple[Row, list[Row]] | None:
    """One photo and its faces; None if it has no path or was skipped.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    for row in _photos(catalog, ("id = ? AND skipped_stage IS NULL", (photo_id,))):
        return row, list(_rows(_tags(catalog, ("photo_id = ?", (photo_id,)))))
    return None


def at_places(catalog: Catalog, row: Row, folder: str | None = None) -> Iterator[Row]:
    """The row of a photo, and once more for each other file in ``folder`` that holds the same picture and is there.

    Each has the columns of ``Photo`` of its file.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    yield row
    sql = "SELECT path, folder, root, size, mtime_ns, ctime_ns FROM places WHERE photo_id = ? AND path <> ? ORDER BY 1"
    inside = os.path.join(folder, "") if folder else ""
    for place in catalog.rows(sql, [row["id"], stored(str(row["path"]))]):
        if str(place["path"]).startswith(inside) and is_there(str(place["path"])):
            yield row | place


def corrections(catalog: Catalog, face_id: int) -> Iterator[Row]:
    """The corrections of a face, the latest last.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    return catalog.rows("SELECT * FROM corrections WHERE face_id = ? ORDER BY id", [face_id])


def face_counts(catalog: Catalog, filters: Filters) -> Iterator[Row]:
    """Counts ``faces`` and ``reviewed`` of the matching faces, by ``decade`` (years), ``age_group`` and ``gender``.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    genders = get_args(Gender)
    tens = f"CASE WHEN age BETWEEN 0 AND {OLDEST} THEN CAST(age / 10 AS INTEGER) END"
    key = f"(({tens}) * 16 + {place_of('age_group', AGE_GROUPS)}) * 4 + ({place_of('gender', genders)}) * 2 + reviewed"
    count = tallied if are_tallied(filters) else counted
    for found, faces in count(catalog, key, match_faces(filters)).items():
        (decade, group), (gender, reviewed) = divmod(found // 4, 16), divmod(found % 4, 2)
        row = {"decade": decade * 10, "age_group": AGE_GROUPS[group], "gender": genders[gender], "faces": faces}
        yield row | {"reviewed": faces * reviewed}


def photo_counts(catalog: Catalog, filters: Filters) -> Row:
    """Counts of photos in one row: ``photos``, ``with_faces``, and ``skipped``, to which only the folder applies.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    condition, values = match_photos(filters)
    skipped, skipped_values = all_of([("skipped_stage IS NOT NULL", ()), *match_folder(filters)])
    sql = f"""
        SELECT
            count(*) AS photos,
            coalesce(sum(EXISTS (SELECT 1 FROM faces WHERE photo_id = photos.id AND {IS_FACE})), 0) AS with_faces,
            (SELECT count(*) FROM photos WHERE {skipped}) AS skipped
        FROM photos WHERE {condition}
    """  # noqa: S608
    return next(catalog.rows(sql, skipped_values + values))


def skip_reasons(catalog: Catalog, filters: Filters) -> Iterator[Row]:
    """Counts ``files`` of skipped files by ``root`` and ``reason``, the most frequent first; only the folder applies.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    skipped, values = all_of([("skipped_stage IS NOT NULL", ()), *match_folder(filters)])
    sql = f"""
        SELECT root, skipped_reason AS reason, count(*) AS files
        FROM photos WHERE {skipped} GROUP BY 1, 2 ORDER BY 3 DESC, 2
    """  # noqa: S608
    for row in catalog.rows(sql, values):
        if row["reason"] is None or row["root"] is None:
            raise damaged(catalog.path, f"{row['files']} files were skipped without a reason")
        yield row


def _photos(catalog: Catalog, condition: Condition) -> Iterator[Row]:
    for row in catalog.rows(f"SELECT * FROM photos WHERE {condition[0]} ORDER BY path", condition[1]):  # noqa: S608
        if wrong := wrong_photo(row):
            raise damaged(catalog.path, f"of photo {row['id']}, {wrong}")
        yield row


def _tags(catalog: Catalog, condition: Condition, order: str = "ORDER BY path, face_id") -> Iterator[Cells]:
    sql = f"SELECT {', '.join(FACE_COLUMNS)} FROM tags WHERE {condition[0]} {order}"  # noqa: S608
    for lot in catalog.lots(sql, condition[1]):
        columns: dict[str, Sequence[Any]] = dict(zip(FACE_COLUMNS, zip(*lot, strict=True), strict=True))
        if not are_faces(columns):
            for row in _rows(lot):
                if wrong := wrong_face(row):
                    raise damaged(catalog.path, f"of face {row['face_id']}, {wrong}")
        columns["reviewed"] = [*map(bool, columns["reviewed"])]
        yield from zip(*columns.values(), strict=True)


def _rows(faces: Iterable[Cells]) -> Iterator[Row]:
    return (dict(zip(FACE_COLUMNS, cells, strict=True)) for cells in faces)


def largest_face_id(catalog: Catalog) -> int:
    """The largest id that a face has; 0 without faces.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    return int(catalog.fetch("SELECT coalesce(max(id), 0) FROM faces").fetchone()[0])
