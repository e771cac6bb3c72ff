"""``scan --crops``: a picture of each face, in a folder of the user's."""

from pathlib import Path

from photogender.errors import PhotogenderError
from photogender.photos.ignore import IGNORE_FILE
from photogender.scanning.worker import Cropped, Examined


def save_portraits(folder: Path, window: list[Examined], face_ids: list[list[int]]) -> None:
    """Save the face pictures of some photos as ``FACE_ID.jpg``.

    Args:
        folder: Created if it does not exist.
        window: The photos.
        face_ids: For each photo the ids of its faces.

    Raises:
        PhotogenderError: The folder cannot be written.
    """
    try:
        if not folder.exists():
            folder.mkdir(parents=True)
            # A scan of a folder around this one must not take the face pictures for photos.
            (folder / IGNORE_FILE).write_text("# photogender scan --crops wrote these pictures of faces.\n*\n")
        for item, ids in zip(window, face_ids, strict=True):
            if isinstance(item, Cropped):
                for face_id, picture in zip(ids, item.portraits, strict=True):
                    picture.save(folder / f"{face_id}.jpg", quality=90)
    except OSError as error:
        raise PhotogenderError(
            f"The face pictures cannot be written to {folder}: {error.strerror or error}.",
            "The results are in the catalog. Choose another folder with --crops DIR and add --force.",
        ) from error
