"""Pictures of faces in a folder of the user's: ``scan --crops`` and ``people groups --crops``."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from photogender.catalog.catalog import Catalog
from photogender.catalog.queries.questions import as_photo
from photogender.errors import DecodeError, PhotogenderError
from photogender.photos.file import open_scanned
from photogender.photos.ignore import IGNORE_FILE
from photogender.photos.thumbnails import face_thumbnails


def save_portraits(folder: Path, window: Sequence[Sequence[Image.Image]], face_ids: list[list[int]]) -> None:
    """Save the face pictures of some photos as ``FACE_ID.jpg``.

    Args:
        folder: Created if it does not exist.
        window: For each photo the pictures of its faces.
        face_ids: For each photo the ids of its faces.

    Raises:
        PhotogenderError: The folder cannot be written.
    """
    try:
        _make(folder)
        for pictures, ids in zip(window, face_ids, strict=True):
            for face_id, picture in zip(ids, pictures, strict=True):
                picture.save(folder / f"{face_id}.jpg", quality=90)
    except OSError as error:
        raise PhotogenderError(
            f"The face pictures cannot be written to {folder}: {error.strerror or error}.",
            "The results are in the catalog. Choose another folder with --crops DIR and add --force.",
        ) from error


def save_faces(catalog: Catalog, face_ids: Sequence[int], folder: Path) -> int:
    """Save pictures of faces of the catalog as ``FACE_ID.jpg``, and return how many; photos that are away have none.

    Raises:
        PhotogenderError: The folder cannot be written.
        CatalogError: The catalog cannot be read.
    """
    saved = 0
    try:
        _make(folder)
        for face_id in face_ids:
            sql = "SELECT photos.* FROM photos JOIN faces ON faces.photo_id = photos.id WHERE faces.id = ?"
            for row in catalog.rows(sql, [face_id]):
                (cells,) = catalog.fetch(
                    "SELECT x1, y1, x2, y2, detector_score, landmarks FROM faces WHERE id = ?", [face_id]
                )
                try:
                    with open_scanned(as_photo(row)) as file:
                        long_side = max(file.facts.width, file.facts.height)
                        (picture,) = face_thumbnails(file, long_side, [catalog.as_box(*cells)], _SIDE, _QUALITY)
                except DecodeError:
                    continue
                (folder / f"{face_id}.jpg").write_bytes(picture)
                saved += 1
    except OSError as error:
        raise PhotogenderError(
            f"The face pictures cannot be written to {folder}: {error.strerror or error}.", "Choose another folder."
        ) from error
    return saved


_SIDE, _QUALITY = 256, 90


def _make(folder: Path) -> None:
    """Make the folder if there is none; a scan of a folder around it must not take the face pictures for photos."""
    if not folder.exists():
        folder.mkdir(parents=True)
        (folder / IGNORE_FILE).write_text("# photogender wrote these pictures of faces.\n*\n")
