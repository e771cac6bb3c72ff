"""Faces and photos as JPEGs for the page: made from the photo's file when asked for, faces kept in a bounded cache."""

import hashlib
import os
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from PIL import Image

from photogender.catalog.catalog import Catalog
from photogender.errors import DecodeError
from photogender.photos.file import PhotoFile, open_photo
from photogender.photos.thumbnails import MARGIN, face_thumbnails, jpeg
from photogender.records import FaceBox, Photo

T = TypeVar("T")

FACE_SIDE = 256
"""Pixels of the longer side of a face's picture: 160 on the page, for screens of up to 1.6 pixels each."""

PHOTO_SIDE = 1600
"""Pixels of the longer side of a photo shown with its boxes."""

CACHE_BYTES = 500_000_000
"""What the faces in the cache may take together: about 50,000 of them."""

_QUALITY = 85
_TRIM_EVERY = 500
_A_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Source:
    """A photo of the catalog and all its faces, enough to make their pictures."""

    photo: Photo
    content_hash: str
    long_side: int
    """Full-size pixels."""
    boxes: dict[int, FaceBox]
    """By face id; those a person said are none, too: it may be taken back."""


def face_key(face_id: int, box: FaceBox, content_hash: str | None) -> str:
    """What names the picture of a face, 32 hexadecimal digits; another where box or photo changed."""
    facts = f"{face_id} {box.x1} {box.y1} {box.x2} {box.y2} {content_hash} {FACE_SIDE} {_QUALITY} {MARGIN}"
    return hashlib.sha256(facts.encode()).hexdigest()[:32]


def source_of_photo(catalog: Catalog, photo_id: int) -> Source | None:
    """Where a photo of the catalog lies; None where there is no such photo, or it was skipped.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    sql = """
        SELECT path, root, size, mtime_ns, content_hash, max(width, height)
        FROM photos WHERE id = ? AND skipped_stage IS NULL
    """
    row = catalog.fetch(sql, [photo_id]).fetchone()
    if row is None:
        return None
    boxes = catalog.fetch("SELECT id, x1, y1, x2, y2 FROM faces WHERE photo_id = ?", [photo_id])
    path, root, size, mtime_ns, content_hash, long_side = row
    return Source(
        Photo(os.fsdecode(path), os.fsdecode(root), size, mtime_ns),
        content_hash,
        long_side,
        {face: FaceBox(x1, y1, x2, y2, 0.0) for face, x1, y1, x2, y2 in boxes},
    )


def source_of_face(catalog: Catalog, face_id: int) -> Source | None:
    """Where the photo of a face lies; None where there is no such face.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    row = catalog.fetch("SELECT photo_id FROM faces WHERE id = ?", [face_id]).fetchone()
    source = source_of_photo(catalog, row[0]) if row else None
    return source if source and face_id in source.boxes else None  # a scan may have dropped it in between


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


class Pictures:
    """Makes pictures, and each photo's faces together: decoding a photo is most of the work."""

    def __init__(self, cache: FaceCache) -> None:
        self._cache = cache
        self._busy: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def face(self, source: Source, face_id: int) -> bytes:
        """A face and its surroundings, JPEG, upright, no side longer than ``FACE_SIDE`` pixels.

        Raises:
            DecodeError: The photo is gone, changed, or cannot be read; and the cache does not have the face.
        """
        keys = {face: face_key(face, box, source.content_hash) for face, box in source.boxes.items()}
        picture = self._cache.get(keys[face_id])
        if picture is None:
            with self._one_at_a_time(source.photo.path):
                picture = self._cache.get(keys[face_id])
                if picture is None:
                    made = _faces(source)
                    for face, other in made.items():
                        self._cache.put(keys[face], other)
                    picture = made[face_id]
        return picture

    def photo(self, source: Source) -> bytes:
        """The whole photo, JPEG, upright, no side longer than ``PHOTO_SIDE`` pixels.

        Raises:
            DecodeError: It is gone, changed, or cannot be read.
        """

        def shrink(file: PhotoFile) -> Image.Image:
            picture = file.decode(PHOTO_SIDE).pixels
            if max(picture.size) > PHOTO_SIDE:
                picture = picture.copy()
                picture.thumbnail((PHOTO_SIDE, PHOTO_SIDE))
            return picture

        return jpeg(_open(source.photo, shrink), _QUALITY)

    def _one_at_a_time(self, path: str) -> threading.Lock:
        with self._lock:
            if len(self._busy) > 1000:
                self._busy = {name: lock for name, lock in self._busy.items() if lock.locked()}
            return self._busy.setdefault(path, threading.Lock())


def _faces(source: Source) -> dict[int, bytes]:
    """The pictures of all faces of a photo."""

    def cut(file: PhotoFile) -> list[bytes]:
        return face_thumbnails(file, source.long_side, list(source.boxes.values()), FACE_SIDE, _QUALITY)

    return dict(zip(source.boxes, _open(source.photo, cut), strict=True))


def _open(photo: Photo, work: Callable[[PhotoFile], T]) -> T:
    with open_photo(photo) as file:
        try:
            file.check_unchanged()
        except DecodeError as error:
            raise DecodeError("read", "the photo changed after it was scanned; scan it again") from error
        return work(file)
