"""Output to stdout, or to a file that is complete or not there at all; locks on files."""

import errno
import os
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, BinaryIO

from photogender.errors import PhotogenderError

_HINTS = {
    errno.ENOENT: "Make its folder first, or choose another place.",
    errno.ENOTDIR: "Make its folder first, or choose another place.",
    errno.EISDIR: "Name a file, not a folder.",
    errno.ENOSPC: "Free some space, or choose another disk.",
    errno.EDQUOT: "Free some space, or choose another disk.",
    errno.EACCES: "Choose a place you may write to.",
    errno.EPERM: "Choose a place you may write to.",
    errno.EROFS: "Choose a place you may write to.",
}


@contextmanager
def output(path: str | None) -> Iterator[BinaryIO]:
    """A binary stream to the file at ``path``, or to stdout if it is None.

    The file appears under its name when the body ends without an exception. Until then, and after a failure, an
    existing file stays as it was. If the reader of stdout stops reading, the rest is dropped.

    Raises:
        PhotogenderError: The output cannot be written: no such folder, no permission, disk full.
    """
    if path is None:
        with _stdout() as stream:
            yield stream
        return
    try:
        with _atomic(os.path.realpath(path)) as stream:
            yield stream
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror or error}."
        raise PhotogenderError(message, _HINTS.get(error.errno or 0, "")) from error


def lock(stream: IO[str]) -> bool:
    """Lock an open file until it is closed; False if another process has locked it.

    Where there are no locks, as on some network drives, everybody gets one.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EAGAIN, errno.EACCES, errno.EDEADLK)
    return True


@contextmanager
def _stdout() -> Iterator[BinaryIO]:
    sys.stdout.flush()
    stream = sys.stdout.buffer
    try:
        yield stream
        stream.flush()
    except OSError as error:
        # The interpreter flushes stdout again when it exits, which would fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            message = f"The output cannot be written: {error.strerror or error}."
            raise PhotogenderError(message, _HINTS.get(error.errno or 0, "")) from error


@contextmanager
def _atomic(path: str) -> Iterator[BinaryIO]:
    before = os.stat(path) if os.path.lexists(path) else None
    if before and not stat.S_ISREG(before.st_mode):
        with open(path, "wb") as stream:  # a pipe or a device has no content to keep; for a folder this raises
            yield stream
        return
    temporary = os.path.join(os.path.dirname(path), f".photogender-{secrets.token_hex(6)}.tmp")
    try:
        with open(temporary, "xb") as stream:
            if before:
                os.chmod(temporary, stat.S_IMODE(before.st_mode))
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.remove(temporary)
        raise
