"""Pictures of faces kept in a folder of limited size."""

import os
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

CACHE_BYTES = 500_000_000
"""Size limit of the cache: about 50,000 faces."""

_TRIM_EVERY = 500
_A_DAY = 86_400.0


def default_folder() -> Path:
    """The folder for cached pictures of faces, in the platform's folder for caches."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("photogender", appauthor=False)) / "faces"


class FaceCache:
    """Pictures in a folder, by key; the least recently used are deleted first when it is full.

    Write errors are ignored: the picture is made again next time. Thread-safe.
    """

    def __init__(self, folder: Path, most_bytes: int = CACHE_BYTES) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._until_trim = 0
        self._lock = threading.Lock()

    def get(self, key: str) -> bytes | None:
        """The picture with this key, or None."""
        path = self._path(key)
        try:
            picture = path.read_bytes()
            if time.time() - path.stat().st_mtime > _A_DAY:
                os.utime(path)
        except OSError:
            return None
        return picture

    def put(self, key: str, picture: bytes) -> None:
        """Store a picture."""
        path = self._path(key)
        with suppress(OSError):
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # other users must not see the faces
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

    def clear(self) -> None:
        """Delete all pictures."""
        for path in self._folder.glob("??/*.*"):
            with suppress(OSError):
                path.unlink()

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
