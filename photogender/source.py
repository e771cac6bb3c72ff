"""Where photos are: in folders of this machine, or in a store such as a bucket, which is only read.

The address of a store (``s3://bucket/2019``) takes the place of an absolute path everywhere; ``os.path`` joins and
splits it. Each question here is asked of either. The only module that knows fsspec.
"""

import errno
import hashlib
import os
import re
import stat
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from photogender.errors import PhotogenderError
from photogender.records import State, file_state

T = TypeVar("T")

_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+://")
"""Two letters at least: C:// is none."""

_MARKS = ("ETag", "etag", "md5Hash", "content_md5", "generation", "mtime", "LastModified", "last_modified", "modified")
"""What stores say of an object that changes with its content, the best first: a time may have whole seconds only."""

_S3: dict[str, Any] = {
    "config_kwargs": {"connect_timeout": 10, "read_timeout": 60, "retries": {"total_max_attempts": 2}}
}
"""Options of s3fs: each wait has an end."""

_FAILURES, _REST = 3, 30.0
"""A store that failed so often without an answer between is not asked again for so many seconds: a library has many
photos, and each failure may take a minute."""


def is_remote(path: str) -> bool:
    """Whether it is an address of a store, not a path."""
    return _ADDRESS.match(path) is not None


def absolute(path: str) -> str:
    """As the catalog has it: a path without links, or an address without a slash at its end."""
    if not is_remote(path):
        return os.path.realpath(path)
    kind, _, rest = path.partition("://")
    return f"{kind.lower()}://{'/'.join(filter(None, rest.split('/')))}"


def problem(path: str) -> str | None:
    """Why nothing is to be seen there, as the end of a sentence; None if something is."""
    if not is_remote(path):
        return None if os.path.lexists(path) else "is not there"
    store = _store_of(path)
    try:
        store.ask(lambda: store.files.info(store.inner(path)))
    except FileNotFoundError:
        return "is not there"
    except OSError as error:
        return f"cannot be reached: {error.strerror or error}"
    return None


def is_there(path: str) -> bool:
    """Whether there is a file, or anything else that is not a link."""
    if is_remote(path):
        return problem(path) is None
    try:
        return not stat.S_ISLNK(os.lstat(path).st_mode)
    except (OSError, ValueError):  # ValueError: a damaged catalog's path with NUL
        return False


def is_folder(path: str) -> bool:
    """Whether it is a folder; in a store everything that is scanned counts as one."""
    return is_remote(path) or os.path.isdir(path)


def state_of(path: str) -> State:
    """The state of a file now; that of an object has a number made of its ETag in place of the time of its change.

    Raises:
        FileNotFoundError: It is not there.
        OSError: It cannot be seen; with the store's own words.
    """
    if not is_remote(path):
        return file_state(path, os.stat(path))
    store = _store_of(path)
    return _state(path, store.ask(lambda: store.files.info(store.inner(path))))


def read(address: str) -> bytes:
    """The content of an object. Raises: as ``state_of``."""
    store = _store_of(address)
    content: bytes = store.ask(lambda: store.files.cat_file(store.inner(address)))
    return content


class Listing(NamedTuple):
    """What is directly in a folder of a store, by name."""

    files: list[State]
    folders: list[str]


def list_folder(address: str) -> Listing:
    """The objects and folders in a folder of a store; an object alone is its own listing.

    Raises:
        FileNotFoundError: Nothing is there.
        OSError: The store does not answer, or lets nobody in; with its own words.
        PhotogenderError: fsspec, or what it needs for this kind of store, is not installed.
    """
    store = _store_of(address)
    entries = store.ask(lambda: store.files.ls(store.inner(address), detail=True))
    found = Listing([], [])
    for entry in sorted(entries, key=lambda entry: str(entry["name"])):
        path = store.address(entry["name"])
        if entry["type"] == "directory":
            found.folders.append(path)
        elif path != address or entry["size"]:  # else an empty object that stands for the folder
            found.files.append(_state(path, entry))
    return found


def names_in(folder: str) -> frozenset[str]:
    """The names in a folder, those of links left out: a link is not the file that was scanned.

    Raises:
        FileNotFoundError, NotADirectoryError: There is no such folder.
        OSError: It cannot be listed now.
    """
    if is_remote(folder):
        files, folders = list_folder(folder)
        return frozenset(os.path.basename(path) for path in (*folders, *(path for path, *_ in files)))
    with os.scandir(folder) as entries:
        return frozenset(entry.name for entry in entries if not entry.is_symlink())


def _state(address: str, entry: dict[str, Any]) -> State:
    mark = next((entry[name] for name in _MARKS if entry.get(name)), "")
    number = int.from_bytes(hashlib.sha256(str(mark).encode()).digest()[:8], "big")
    return address, int(entry["size"] or 0), number >> 1, 0


class _Store:
    """A file system of fsspec."""

    def __init__(self, kind: str) -> None:
        try:
            import fsspec

            self.files: Any = fsspec.filesystem(kind, use_listings_cache=False, **(_S3 if kind == "s3" else {}))
            if kind == "s3":
                self.files.retries = 1  # botocore has tried twice by then
        except (ImportError, ValueError) as error:
            raise PhotogenderError(
                f"{kind}:// cannot be read: {error}.", "Install what it needs with: pip install 'photogender[remote]'"
            ) from error
        self._kind = kind
        self._failures = 0
        self._silent_until = 0.0
        self._why = ""

    def inner(self, address: str) -> str:
        """An address as fsspec's file system names it."""
        return str(self.files._strip_protocol(address))

    def address(self, name: str) -> str:
        """What ``inner`` made of an address."""
        return f"{self._kind}://{name.strip('/')}"

    def ask(self, call: Callable[[], T]) -> T:
        """Call the store; an error that says that something is missing stays, each other one is an ``OSError``."""
        if time.monotonic() < self._silent_until:
            raise OSError(errno.EIO, self._why)
        try:
            answer = call()
        except (FileNotFoundError, NotADirectoryError):
            raise
        except Exception as error:  # each store has errors of its own
            why = " ".join(str(error).split()) or type(error).__name__
            if not isinstance(error, PermissionError):
                self._failures += 1
            if self._failures >= _FAILURES:
                self._why, self._silent_until = why, time.monotonic() + _REST
            raise OSError(errno.EIO, why) from error
        self._failures = 0
        return answer


@lru_cache
def _store(kind: str) -> _Store:
    return _Store(kind)


def _store_of(address: str) -> _Store:
    return _store(address.partition("://")[0].lower())
