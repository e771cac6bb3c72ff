"""Tells one folder from another that has its path later, such as the empty mount point of a drive."""

import ctypes
import os
import struct
import sys
from typing import NamedTuple

from photogender.source import is_remote

_AT_FDCWD = -100
_STATX_BTIME = 0x800
"""Of ``linux/stat.h``, like the offsets below."""


class Identity(NamedTuple):
    """What a folder keeps while files come and go in it."""

    device: int
    inode: int
    born_ns: int
    """When it was made, nanoseconds since the epoch; 0 if unknown. File systems give inodes out again at once."""


def folder_identity(path: str) -> Identity | None:
    """The identity of a folder; None if it cannot be seen. A folder of a store is always the same one."""
    if is_remote(path):
        return Identity(0, 0, 0)
    try:
        status = os.stat(path)
    except OSError:
        return None
    return Identity(status.st_dev, status.st_ino, _born_ns(path, status))


def _born_ns(path: str, status: os.stat_result) -> int:
    seconds = getattr(status, "st_birthtime", None)  # macOS, BSD, Windows
    if seconds is not None:
        return int(seconds * 1e9)
    if _statx is None:  # os.stat has no birth time on Linux
        return 0
    buffer = ctypes.create_string_buffer(256)
    if _statx(_AT_FDCWD, os.fsencode(path), 0, _STATX_BTIME, buffer):
        return 0
    (mask,) = struct.unpack_from("I", buffer, 0)
    whole, part = struct.unpack_from("qI", buffer, 80)
    return whole * 1_000_000_000 + part if mask & _STATX_BTIME else 0


_statx = getattr(ctypes.CDLL(None), "statx", None) if sys.platform == "linux" else None
