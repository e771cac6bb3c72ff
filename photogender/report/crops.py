"""Faces cut out of their photos for a report."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from photogender.catalog.catalog import Catalog
from photogender.catalog.queries.filters import Filters, match_faces
from photogender.catalog.queries.questions import as_face, as_photo
from photogender.errors import DecodeError
from photogender.labels import AGE_GROUPS
from photogender.photos.file import open_scanned
from photogender.photos.thumbnails import face_thumbnails
from photogender.records import Prediction

PER_GROUP = 6
"""Most faces per age group: 48 in all."""

SIDE = 144
"""Longer side of a picture, in pixels: shown at 96 CSS pixels, so sharp up to a pixel ratio of 1.5."""


@dataclass(frozen=True, slots=True)
class FacePicture:
    """A face as a small picture."""

    jpeg: bytes
    """Without metadata."""
    prediction: Prediction
    """As in ``tags``: corrections override estimates."""
    name: str | None
    gender_from: str
    """``estimate``, ``person`` or ``reviewed``, as in ``tags``."""
    age_from: str


@dataclass(frozen=True, slots=True)
class Gallery:
    """A sample of the faces."""

    pictures: tuple[FacePicture, ...]
    """By age group, youngest first."""
    missing: int
    """Faces of the sample whose photos are missing or changed since they were scanned."""


def sample_faces(catalog: Catalog, filters: Filters) -> Gallery:
    """Cut out up to ``PER_GROUP`` faces of each age group: a pseudo-random sample, the same on every call.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    condition, values = match_faces(filters)
    # Knuth's multiplicative hash: consecutive face ids come from one photo or one day.
    sql = f"""
        SELECT
            sample.*, photos.root, photos.size, photos.mtime_ns, photos.ctime_ns, photos.content_hash,
            photos.orientation, faces.landmarks
        FROM (
            SELECT face_id, row_number() OVER (
                PARTITION BY age_group ORDER BY face_id * 2654435761 % 4294967296
            ) AS place
            FROM shown WHERE {condition}
        ) AS chosen
        JOIN tags AS sample ON sample.face_id = chosen.face_id
        JOIN photos ON photos.id = sample.photo_id
        JOIN faces ON faces.id = sample.face_id
        WHERE chosen.place <= ? ORDER BY sample.path, sample.face_id
    """  # noqa: S608
    wanted: list[dict[str, Any]] = list(catalog.rows(sql, (*values, PER_GROUP)))
    pictures = [
        picture for _, faces in groupby(wanted, lambda row: row["path"]) for picture in _cut(catalog, list(faces))
    ]
    pictures.sort(key=lambda picture: (AGE_GROUPS.index(picture.prediction.age_group), picture.prediction.age))
    return Gallery(tuple(pictures), len(wanted) - len(pictures))


def _cut(catalog: Catalog, faces: list[dict[str, Any]]) -> Iterator[FacePicture]:
    """The faces of one photo; none if it is missing or changed."""
    row = faces[0]
    boxes = [
        catalog.as_box(*(face[name] for name in ("x1", "y1", "x2", "y2", "detector_score", "landmarks")))
        for face in faces
    ]
    try:
        with open_scanned(as_photo(row)) as file:
            pictures = face_thumbnails(file, max(row["width"], row["height"]), boxes, SIDE, quality=80)
    except DecodeError:
        return
    for face, picture in zip(faces, pictures, strict=True):
        yield FacePicture(picture, as_face(face).prediction, face["name"], face["gender_from"], face["age_from"])
