"""Faces cut out of their photos, for whoever wants to see some in a report."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from photogender.catalog.catalog import Catalog
from photogender.catalog.filters import Filters, match_faces
from photogender.catalog.questions import as_face, as_photo
from photogender.errors import DecodeError
from photogender.labels import AGE_GROUPS
from photogender.photos.file import open_scanned
from photogender.photos.thumbnails import face_thumbnails
from photogender.records import Prediction

PER_GROUP = 6
"""Faces of each age group at most: 48 in all."""

SIDE = 144
"""Pixels of a picture's longer side at most: sharp where a screen has 1.5 to the 96 it is shown at."""


@dataclass(frozen=True, slots=True)
class FacePicture:
    """A face as a small picture."""

    jpeg: bytes
    """With no metadata."""
    prediction: Prediction
    """What ``tags`` has of it: corrections win."""
    name: str | None
    reviewed: bool


@dataclass(frozen=True, slots=True)
class Gallery:
    """A sample of the faces."""

    pictures: tuple[FacePicture, ...]
    """By age group, youngest first."""
    missing: int
    """Faces of the sample whose photos are away, or changed after they were scanned."""


def sample_faces(catalog: Catalog, filters: Filters) -> Gallery:
    """Cut out up to ``PER_GROUP`` faces of each age group: not the best ones, any; always the same ones.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    condition, values = match_faces(filters)
    # Knuth's multiplicative hash: face ids that follow each other are of one photo or of one day.
    sql = f"""
        SELECT sample.*, photos.root, photos.size, photos.mtime_ns
        FROM (
            SELECT tags.*, row_number() OVER (
                PARTITION BY age_group ORDER BY face_id * 2654435761 % 4294967296
            ) AS place
            FROM tags WHERE {condition}
        ) AS sample JOIN photos ON photos.id = sample.photo_id
        WHERE sample.place <= ? ORDER BY sample.path, sample.face_id
    """  # noqa: S608
    wanted: list[dict[str, Any]] = list(catalog.rows(sql, (*values, PER_GROUP)))
    pictures = [picture for _, faces in groupby(wanted, lambda row: row["path"]) for picture in _cut(list(faces))]
    pictures.sort(key=lambda picture: (AGE_GROUPS.index(picture.prediction.age_group), picture.prediction.age))
    return Gallery(tuple(pictures), len(wanted) - len(pictures))


def _cut(faces: list[dict[str, Any]]) -> Iterator[FacePicture]:
    """The faces of one photo; none where it cannot be read as it was."""
    row = faces[0]
    boxes = [as_face(face).box for face in faces]
    try:
        with open_scanned(as_photo(row)) as file:
            pictures = face_thumbnails(file, max(row["width"], row["height"]), boxes, SIDE, quality=80)
    except DecodeError:
        return
    for face, picture in zip(faces, pictures, strict=True):
        yield FacePicture(picture, as_face(face).prediction, face["name"], bool(face["reviewed"]))
