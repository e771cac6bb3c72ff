"""Sidecar files: find a photo's sidecar, read it with limits, write it atomically."""

import os
import stat
from typing import Literal, get_args

from photogender.catalog.catalog import Catalog
from photogender.errors import PhotogenderError, SidecarError
from photogender.output import output
from photogender.photos.raw import EXTENSIONS

MAX_BYTES = 16_000_000
"""Size of the largest sidecar that is read. One with the masks of a hundred retouched spots has about one megabyte."""

Style = Literal["name.ext.xmp", "adobe"]
"""``IMG.jpg.xmp``, as darktable, digiKam, Immich and PhotoPrism name it, or ``IMG.xmp``, as Lightroom does."""

STYLES: tuple[Style, ...] = get_args(Style)


def sidecar_path(photo: str, style: Style) -> str:
    """The sidecar of a photo, whether it exists or not."""
    return f"{photo if style == 'name.ext.xmp' else os.path.splitext(photo)[0]}.xmp"


class Sharing:
    """Decides which photo owns ``IMG.xmp`` if several in the folder could."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._folder: str | None = None
        self._owners: dict[str, list[str]] = {}

    def check(self, photo: str) -> None:
        """Check that ``IMG.xmp`` belongs to this photo. As in Lightroom, a camera raw wins over other pictures.

        Raises:
            SidecarError: It belongs to another photo, or to several.
        """
        others = [other for other in self._sharing(photo) if other != photo]
        raws = [path for path in (photo, *others) if _is_raw(path)]
        if others and raws != [photo]:
            whose = f"the raw {os.path.basename(raws[0])}" if len(raws) == 1 else os.path.basename(others[0])
            raise SidecarError(f"{'it belongs to' if len(raws) == 1 else 'it would also belong to'} {whose}")

    def _sharing(self, photo: str) -> list[str]:
        folder = os.path.dirname(photo)
        if folder != self._folder:
            self._folder, self._owners = folder, {}
            for path, known in self._catalog.known(folder).items():
                if known.skipped_stage is None or _is_raw(path):
                    self._owners.setdefault(sidecar_path(path, "adobe"), []).append(path)
        return self._owners.get(sidecar_path(photo, "adobe"), [])


def read_sidecar(path: str) -> bytes | None:
    """The content of a sidecar; None if there is none.

    Raises:
        SidecarError: It is a symbolic link, not a regular file, empty, larger than ``MAX_BYTES``, or unreadable.
    """
    try:
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            raise SidecarError("it is a symbolic link")
        if not stat.S_ISREG(status.st_mode):
            raise SidecarError("it is not a regular file")
        if not status.st_size:
            raise SidecarError("it is empty")
        if status.st_size > MAX_BYTES:
            raise SidecarError(f"it is larger than {MAX_BYTES // 1_000_000} MB")
        with open(path, "rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise SidecarError(f"it cannot be read: {error.strerror}") from error


def write_sidecar(path: str, content: bytes | None) -> None:
    """Write a sidecar atomically; None deletes it.

    Raises:
        SidecarError: The file or its folder is read-only, or the disk is full.
    """
    try:
        if os.path.lexists(path) and not os.lstat(path).st_mode & 0o222:
            raise SidecarError("it is read-only")
        if content is None:
            os.remove(path)
            return
        with output(path) as stream:
            stream.write(content)
    except PhotogenderError as error:
        cause = error.__cause__
        if isinstance(cause, OSError):
            raise SidecarError(f"it cannot be written: {cause.strerror}") from error
        raise
    except OSError as error:
        raise SidecarError(f"it cannot be written: {error.strerror}") from error


def _is_raw(path: str) -> bool:
    return os.path.splitext(path)[1][1:].lower() in EXTENSIONS
