"""Files as the walk finds them, and opening them."""

import os
from pathlib import Path

from photogender.photos.file import open_photo
from photogender.records import DecodedImage, Photo


def photo(path: str | Path) -> Photo:
    """The record of a file as it is now."""
    status = os.stat(path)
    return Photo(str(path), os.path.dirname(path), status.st_size, status.st_mtime_ns)


def decode(path: str | Path, long_side: int | None = None) -> DecodedImage:
    """The picture in a file."""
    with open_photo(photo(path)) as file:
        return file.decode(long_side)


def write(folder: Path, name: str, content: bytes) -> Path:
    """A new file."""
    (folder / name).write_bytes(content)
    return folder / name
