"""Pictures of faces kept in a folder of limited size."""

import os
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

CACHE_BYTES = 500_000_000
"""What the faces in the cache may take together: about 50,000 of them."""

_TRIM_EVERY = 500
_A_DAY = 86_400.0


class FaceCache:
    """Pictures in a folder, by key; the ones not asked for longest go first when they take too much room.

    What cannot be written is not kept, and nobody is told: the picture is made again. Safe to use from many threads.
    """

    def __init__(self, folder: Path, most_bytes: int = CACHE_BYTES) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._until_trim = 0
        self._lock = threading.Lock()

    def get(self, key: str) -> bytes | None:
        """The picture under a key; None where there is none."""
        path = self._path(key)
        try:
            picture = path.read_bytes()
            if time.time() - path.stat().st_mtime > _A_DAY:
                os.utime(path)
        except OSError:
            return None
        return picture

    def put(self, key: str, picture: bytes) -> None:
        """Keep a picture."""
        path = self._path(key)
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # faces are nobody else's business
            path.parent.mkdir(mode=0o700, exist_ok=True)
            handle, temporary = tempfile.mkstemp(suffix=".tmp", dir=path.parent)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(picture)
                os.replace(temporary, path)
            except BaseException:
                os.remove(temporary)
                raise
        with self._lock:
            self._until_trim -= 1
            is_due = self._until_trim < 0
            if is_due:
                self._until_trim = _TRIM_EVERY
        if is_due:
            self._trim()

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.jpg"

    def _trim(self) -> None:
        kept = []
        for path in self._folder.glob("??/*.*"):
            with suppress(OSError):
                status = path.stat()
                kept.append((status.st_mtime, status.st_size, path))
        total = sum(size for _, size, _ in kept)
        for _, size, path in sorted(kept):
            if total <= self._most_bytes:
                break
            with suppress(OSError):
                path.unlink()
            total -= size
