"""Sidecar files: find a photo's sidecar, read it with limits, write it atomically."""

import os
import stat
from dataclasses import dataclass
from typing import Literal, get_args

from photogender.catalog.catalog import Catalog
from photogender.catalog.pictures.places import known_files
from photogender.errors import PhotogenderError, SidecarError
from photogender.output import output
from photogender.photos.raw import EXTENSIONS
from photogender.source import is_remote

MAX_BYTES = 16_000_000
"""Size of the largest sidecar that is read. One with the masks of a hundred retouched spots has about one megabyte."""

Naming = Literal["name.ext.xmp", "adobe"]
"""``IMG.jpg.xmp``, as darktable, digiKam, Immich and PhotoPrism name a sidecar, or ``IMG.xmp``, as Lightroom does."""

Style = Literal["auto", Naming]
"""``auto``: the sidecar that a photo has already, else ``IMG.jpg.xmp``."""

NAMINGS: tuple[Naming, ...] = get_args(Naming)

SUFFIX = ".xmp"

READ_ONLY = "it is in a store, where nothing is written"


@dataclass(frozen=True, slots=True)
class Choice:
    """The sidecars of one photo."""

    target: str
    """The one to write; it may not exist yet."""
    others: tuple[str, ...] = ()
    """Other sidecars of the photo, from which our data has to go."""
    hidden: str = ""
    """An ``IMG.xmp`` that programs will not read any more once ``target`` exists, or empty."""


class Sidecars:
    """Finds the sidecars of photos, best asked folder by folder, since it keeps the listing of one folder."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._folder: str | None = None
        self._sidecars: dict[str, str] = {}
        self._owners: dict[str, set[str]] = {}

    def existing(self, photo: str, naming: Naming) -> str | None:
        """The sidecar of a photo with this naming, whether it ends in ``.xmp`` or ``.XMP``; None if there is none."""
        self._list(os.path.dirname(photo))
        return self._sidecars.get(_base(photo, naming))

    def check_short(self, photo: str) -> None:
        """Check that ``IMG.xmp`` belongs to this photo. As in Lightroom, a camera raw wins over other pictures.

        Raises:
            SidecarError: It belongs to another photo, or to several.
        """
        self._list(os.path.dirname(photo))
        others = sorted(self._owners.get(_stem(photo), set()) - {photo})
        raws = [path for path in (photo, *others) if _is_raw(path)]
        if others and raws != [photo]:
            whose = f"the raw {os.path.basename(raws[0])}" if len(raws) == 1 else os.path.basename(others[0])
            raise SidecarError(f"{'it belongs to' if len(raws) == 1 else 'it would also belong to'} {whose}")

    def choose(self, photo: str, style: Style) -> Choice:
        """Where to write.

        Raises:
            SidecarError: ``style`` is ``adobe``, and ``IMG.xmp`` does not belong to this photo alone, or the
                photo is in a store.
        """
        if is_remote(photo):
            raise SidecarError(READ_ONLY)
        full, short = (self.existing(photo, naming) for naming in NAMINGS)
        short = None if short == full else short  # of a photo without an extension
        try:
            self.check_short(photo)
        except SidecarError:
            if style == "adobe":
                raise
            return Choice(full or _base(photo, "name.ext.xmp") + SUFFIX)
        if style == "adobe" or (style == "auto" and short and not full):
            return Choice(short or _base(photo, "adobe") + SUFFIX, (full,) if full else ())
        target = full or _base(photo, "name.ext.xmp") + SUFFIX
        return Choice(target, (short,) if short else (), short if short and not full else "")

    def _list(self, folder: str) -> None:
        if folder == self._folder:
            return
        self._folder, self._sidecars, self._owners = folder, {}, {}
        try:
            names = sorted(os.listdir(folder), reverse=True)  # .xmp after .XMP, to win over it
        except OSError:
            names = []
        for name in names:
            path = os.path.join(folder, name)
            base, extension = os.path.splitext(path)
            if extension.lower() == SUFFIX:
                self._sidecars[base] = path
            elif _is_raw(path):  # also one that the catalog does not know
                self._owners.setdefault(_stem(path), set()).add(path)
        for path, known in known_files(self._catalog, folder).items():
            if known.skipped_stage is None or _is_raw(path):
                self._owners.setdefault(_stem(path), set()).add(path)


def _base(photo: str, naming: Naming) -> str:
    return photo if naming == "name.ext.xmp" else os.path.splitext(photo)[0]


def _stem(photo: str) -> str:
    """What photos that would share ``IMG.xmp`` have in common, on any file system."""
    return os.path.splitext(photo)[0].casefold()


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
