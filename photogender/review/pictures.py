"""Faces and photos as JPEG for the page, made from the photo's file on demand."""

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from PIL import Image

from photogender.catalog.catalog import Catalog
from photogender.catalog.queries.questions import as_photo
from photogender.photos.file import PhotoFile, open_scanned
from photogender.photos.thumbnails import MARGIN, face_thumbnails, jpeg
from photogender.records import FaceBox, Photo
from photogender.review.cache import FaceCache

T = TypeVar("T")

FACE_SIDE = 256
"""Longer side of a face, in pixels: shown at 160 CSS pixels, so sharp on screens with a pixel ratio up to 1.6."""

PHOTO_SIDE = 1600
"""Longer side of a photo shown with its boxes, in pixels."""

SMALL_SIDE = 320
"""Longer side of a photo among others, in pixels."""

LARGE_SIDE = 4096
"""Longer side of a photo that is looked at more closely, in pixels."""

_QUALITY = 85


@dataclass(frozen=True, slots=True)
class Source:
    """A photo of the catalog and all its faces: what is needed to make their pictures."""

    photo: Photo
    content_hash: str
    long_side: int
    """In full-size pixels."""
    boxes: dict[int, FaceBox]
    """By face id, in upright full-size pixels; includes boxes marked as not a face, which can be undone."""


def face_key(face_id: int, box: FaceBox, turn: int, content_hash: str | None) -> str:
    """Cache key of the picture of a face, 32 hexadecimal digits; changes with the box, its turn and the photo."""
    where = f"{box.x1} {box.y1} {box.x2} {box.y2} {turn}"
    facts = f"{face_id} {where} {content_hash} {FACE_SIDE} {_QUALITY} {MARGIN}"
    return hashlib.sha256(facts.encode()).hexdigest()[:32]


def source_of_photo(catalog: Catalog, photo_id: int) -> Source | None:
    """A photo of the catalog as a source of pictures; None if it does not exist or was skipped.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    row = next(catalog.rows("SELECT * FROM photos WHERE id = ? AND skipped_stage IS NULL", [photo_id]), None)
    if row is None:
        return None
    faces = catalog.fetch(
        "SELECT id, x1, y1, x2, y2, detector_score, landmarks FROM faces WHERE photo_id = ?", [photo_id]
    )
    return Source(
        as_photo(row),
        str(row["content_hash"]),
        max(int(str(row["width"])), int(str(row["height"]))),
        {face: catalog.as_box(*cells) for face, *cells in faces},
    )


def source_of_face(catalog: Catalog, face_id: int) -> Source | None:
    """The photo of a face as a source of pictures; None if the face does not exist.

    Raises:
        CatalogError: The catalog cannot be read.
    """
    row = catalog.fetch("SELECT photo_id FROM faces WHERE id = ?", [face_id]).fetchone()
    source = source_of_photo(catalog, row[0]) if row else None
    return source if source and face_id in source.boxes else None  # a scan may have removed it in between


class Pictures:
    """Makes pictures; all faces of a photo at once, since most of the work is decoding it. Thread-safe."""

    def __init__(self, cache: FaceCache) -> None:
        self._cache = cache
        self._busy: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def face(self, source: Source, face_id: int) -> bytes:
        """A face with some margin, JPEG, the face upright, longer side at most ``FACE_SIDE`` pixels.

        Raises:
            DecodeError: The face is not cached, and the photo is missing, changed, or cannot be read.
        """
        keys = {face: face_key(face, box, box.turn, source.content_hash) for face, box in source.boxes.items()}
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

    def photo(self, source: Source, side: int = PHOTO_SIDE) -> bytes:
        """The whole photo, JPEG, upright, longer side at most ``side`` pixels.

        Raises:
            DecodeError: It is missing, changed, or cannot be read.
        """

        def shrink(file: PhotoFile) -> Image.Image:
            picture = file.decode(side).pixels
            if max(picture.size) > side:
                picture = picture.copy()
                picture.thumbnail((side, side))
            return picture

        return jpeg(_open(source.photo, shrink), _QUALITY)

    def _one_at_a_time(self, path: str) -> threading.Lock:
        with self._lock:
            if len(self._busy) > 1000:
                self._busy = {name: lock for name, lock in self._busy.items() if lock.locked()}
            return self._busy.setdefault(path, threading.Lock())


def _faces(source: Source) -> dict[int, bytes]:
    """The pictures of all faces of a photo, by face id."""

    def cut(file: PhotoFile) -> list[bytes]:
        return face_thumbnails(file, source.long_side, list(source.boxes.values()), FACE_SIDE, _QUALITY)

    return dict(zip(source.boxes, _open(source.photo, cut), strict=True))


def _open(photo: Photo, work: Callable[[PhotoFile], T]) -> T:
    with open_scanned(photo) as file:
        return work(file)
