"""Extracting single files from archives, checked while they are copied."""

import hashlib
import lzma
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from photogender.errors import ModelError
from photogender.output import output

_BLOCK = 1 << 20

_BROKEN = (OSError, EOFError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error, lzma.LZMAError)
"""What Python's zipfile raises for an archive that is truncated, damaged, encrypted or of an unknown method."""


def write_checked(source: BinaryIO, target: Path, *, sha256: str, size: int, origin: str) -> None:
    """Copy a stream to the file ``target``, which ends up complete and correct, or unchanged.

    At most ``size`` bytes and one block are read, whatever the archive claims. ``origin`` is the source's name in
    messages.

    Raises:
        ModelError: It is not the right file, or cannot be read.
        PhotogenderError: The target cannot be written.
    """
    digest = hashlib.sha256()
    left = size
    with output(str(target)) as stream:
        while block := _read(source, origin):
            left -= len(block)
            if left < 0:
                break
            digest.update(block)
            stream.write(block)
        if left or digest.hexdigest() != sha256:
            length = "longer" if left < 0 else f"{size - left:,} bytes"
            raise ModelError(
                f"{origin} is not the file it should be ({length}, expected {size:,} with SHA-256 {sha256[:12]}…). "
                "Nothing was installed."
            )


@contextmanager
def member(archive: Path, name: str) -> Iterator[BinaryIO]:
    """The one file called ``name`` in a ZIP archive, in whatever folder of it.

    Only its bytes are of interest: no path of the archive is ever used as one of the disk, so none can
    lead out of anywhere. Links are refused.

    Raises:
        ModelError: The archive cannot be read, or has no such file, or several.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            infos = [info for info in opened.infolist() if not info.is_dir()]
            found = [info for info in infos if PurePosixPath(info.filename).name == name]
            if len(found) != 1:
                has = f"holds {len(found)} files called" if found else "does not hold"
                raise ModelError(f"{archive} {has} {name}.")
            if stat.S_ISLNK(found[0].external_attr >> 16):
                raise ModelError(f"{archive} holds only a link called {name}.")
            with opened.open(found[0]) as stream:
                yield stream  # type: ignore[misc]
    except _BROKEN as error:
        raise ModelError(f"{archive} cannot be unpacked: {error}.") from error


def _read(source: BinaryIO, origin: str) -> bytes:
    try:
        return source.read(_BLOCK)
    except _BROKEN as error:
        raise ModelError(f"{origin} cannot be read: {error}.") from error
