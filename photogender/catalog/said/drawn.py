"""Faces that a person drew on a photo, since no detector found them.

Such a face has estimates like any other. Its detector is called ``BY_HAND``, and a first correction, which says nothing
but who drew it, keeps it through all scans; with the last correction the face goes, too (see ``corrections``).
"""

from collections.abc import Sequence
from typing import NamedTuple

from photogender.catalog.catalog import Catalog, now
from photogender.catalog.pictures.recorder import SAME_FACE, ModelInfo, face_values, model_id
from photogender.catalog.said.corrections_file import attach_imported
from photogender.catalog.said.statement import checked_author
from photogender.errors import ConflictError
from photogender.labels import BY_HAND
from photogender.records import Face, FaceBox, same_faces

_DETECTOR = ModelInfo(BY_HAND, "detect", "", "Drawn by a person", "none", "the review page")


class UsedModel(NamedTuple):
    """The age/gender model that a photo was last scanned with."""

    id: int
    name: str
    sha256: str


class Drawn(NamedTuple):
    """A face that a person drew, with its estimates."""

    face: Face
    """In pixels of the upright full-size photo."""
    thumbnail: bytes
    """Of the photo, as ``Tagged`` has it. A photo in which no face was found has none yet, and without it the face
    would not be found again after an edit."""


def used_model(catalog: Catalog, photo_id: int) -> UsedModel | None:
    """The model that estimates a face drawn on a photo; None if the catalog does not have the photo.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    sql = (
        "SELECT models.id, models.name, models.sha256 FROM photos JOIN runs ON runs.id = photos.run_id "
        "JOIN models ON models.id = runs.model_id WHERE photos.id = ? AND photos.skipped_stage IS NULL"
    )
    row = catalog.fetch(sql, [photo_id]).fetchone()
    return row and UsedModel(*row)


def add_face(catalog: Catalog, photo_id: int, drawn: Drawn, model: UsedModel, *, author: str) -> int:
    """Add a face that a person drew to a photo, with its estimates; returns its id.

    What was imported for a face at this place, and waited for it, is added to it.

    Args:
        catalog: Open for writing.
        photo_id: A photo of the catalog.
        drawn: The face.
        model: Which gave the estimates.
        author: Who drew it.

    Raises:
        CatalogError: The catalog cannot be written; nothing is added.
        ConflictError: There is a face already, or the photo was scanned again or removed.
        StatementError: The author is not a name.
    """
    author = checked_author(author)
    with catalog.transaction():
        if used_model(catalog, photo_id) != model:
            raise ConflictError("The photo was scanned again or removed meanwhile.", "Open it again.")
        rows = catalog.fetch("SELECT x1, y1, x2, y2, 1 FROM faces WHERE photo_id = ?", [photo_id])
        check_free([FaceBox(*row) for row in rows], drawn.face.box)
        models = {"photo_id": photo_id, "detector_id": model_id(catalog, _DETECTOR), "model_id": model.id}
        face_id = catalog.insert("faces", {**face_values(drawn.face), **models})
        catalog.insert("corrections", {"face_id": face_id, "author": author, "created_at": now()})
        thumbnail = "INSERT OR IGNORE INTO thumbnails (photo_id, pixels) VALUES (?, ?)"
        catalog.fetch(thumbnail, [photo_id, drawn.thumbnail])
        attach_imported(catalog)
    return face_id


def check_free(others: Sequence[FaceBox], box: FaceBox) -> None:
    """Check that a box is not that of a face that is known.

    Raises:
        ConflictError: There is one.
    """
    if same_faces([box], others, SAME_FACE):
        raise ConflictError(
            "There is a face in the catalog already at this place.",
            "If it is not shown, it was marked as not a face: see the filter Reviewed, and undo that.",
        )
