"""Folders as text: what is inside which, on this system and, for tests, on others.

``style`` is ``os.path``, or ``ntpath`` or ``posixpath`` to treat paths as that system does.
"""

import os
from collections.abc import Iterable
from types import ModuleType


def start_of(folder: str, style: ModuleType = os.path) -> str:
    """How the paths inside a folder begin: ``/photos/``, ``C:\\``, ``\\\\nas\\share\\``."""
    return str(style.join(without_end(folder, style), ""))


def without_end(folder: str, style: ModuleType = os.path) -> str:
    """A folder without separators at its end, unless it is a root: ``/photos``, ``C:\\``."""
    return folder if style.dirname(folder) == folder else folder.rstrip(style.sep)


def is_in(path: str, folder: str, style: ModuleType = os.path) -> bool:
    """Whether a path is a folder, or inside it."""
    return path == folder or path.startswith(start_of(folder, style))


def rest_in(path: str, folder: str, style: ModuleType = os.path) -> str:
    """A path inside a folder, from there; empty if it is the folder."""
    return "" if path == folder else path[len(start_of(folder, style)) :]


def moved(path: str, folder: str, to: str, style: ModuleType = os.path) -> str:
    """Where a path inside a folder is if the folder is elsewhere."""
    there = str(style.join(to, rest_in(path, folder, style)))
    return there.rstrip("/") if "://" in there else str(style.normpath(there))


def range_in(folder: str, style: ModuleType = os.path) -> tuple[bytes, bytes]:
    """Paths inside a folder, as bytes, are from the first value up to the second, which is not included."""
    first = os.fsencode(start_of(folder, style))
    return first, first[:-1] + bytes([first[-1] + 1])


def name_of(folder: str, style: ModuleType = os.path) -> str:
    """The last part of a folder's path; of a root, such as ``C:\\``, all of it."""
    return style.basename(folder.rstrip(style.sep)) or folder


def parts(path: str, style: ModuleType = os.path) -> list[str]:
    """A key that sorts a folder before all that is inside it, and that before its neighbours."""
    return path.split(style.sep)


def with_parents(folders: Iterable[str], style: ModuleType = os.path) -> list[str]:
    """Folders and those above them, sorted; on each drive up to the one that holds all of that drive.

    The address of a bucket, such as ``s3://bucket``, counts as a drive.
    """
    found: set[str] = set()
    by_root: dict[str, set[str]] = {}
    for folder in folders:
        drive = "/".join(folder.split("/", 3)[:3]) if "://" in folder else style.splitdrive(folder)[0].casefold()
        by_root.setdefault(drive, set()).add(folder)
    for drive, of_root in by_root.items():
        top = drive if "://" in drive else style.commonpath(of_root)
        found.add(top)
        for folder in of_root:
            while folder not in found and folder != style.dirname(folder):
                found.add(folder)
                folder = style.dirname(folder)
    return sorted(found)
