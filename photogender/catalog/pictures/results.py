"""What a scan found in a picture, read back from the catalog as the scan recorded it."""

import os
from collections.abc import Iterator
from dataclasses import fields

from photogender.catalog.catalog import Catalog
from photogender.records import Face, Photo, PhotoFacts, Prediction, Tagged


def read_result(catalog: Catalog, content_hash: str, fingerprint: str, photo: Photo) -> Tagged | None:
    """The result of a picture as an outcome of ``photo``; None if it is not known with these models and settings.

    Args:
        catalog: Open for reading.
        content_hash: Of the picture.
        fingerprint: Of the models and settings.
        photo: The file that has this content now.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    rows = catalog.rows(
        "SELECT pictures.*, pixels FROM pictures LEFT JOIN thumbnails ON photo_id = pictures.id "
        "WHERE content_hash = ? AND fingerprint = ? AND skipped_stage IS NULL",
        [content_hash, fingerprint],
    )
    for row in rows:
        facts = PhotoFacts(**{each.name: row[each.name] for each in fields(PhotoFacts)})  # type: ignore[arg-type]
        pixels = None if row["pixels"] is None else os.fsencode(str(row["pixels"]))
        return Tagged(photo, facts, tuple(_faces(catalog, row["id"])), pixels)
    return None


def _faces(catalog: Catalog, photo_id: object) -> Iterator[Face]:
    names = [each.name for each in fields(Prediction)]
    for row in catalog.rows("SELECT * FROM faces WHERE photo_id = ? ORDER BY id", [photo_id]):
        cells = (row[name] for name in ("x1", "y1", "x2", "y2", "detector_score", "landmarks"))
        yield Face(catalog.as_box(*cells), Prediction(**{name: row[name] for name in names}))  # type: ignore[arg-type]
