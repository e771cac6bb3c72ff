"""One photo file: opened once, identified by its content, decoded upright and no larger than needed."""

import hashlib
import io
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cached_property
from typing import BinaryIO, cast

import pillow_heif
from PIL import Image, UnidentifiedImageError

from photogender.errors import DecodeError
from photogender.photos.dates import date_taken
from photogender.photos.exif import DRAWN, ORIENTATION, camera, read_exif
from photogender.photos.faults import CHANGED, explained
from photogender.photos.formats import FORMATS, START, identify, open_header, unusual
from photogender.photos.heif import container_turns
from photogender.photos.iptc import read_iptc
from photogender.photos.jpeg import WithEnd, check_enough, check_scans, draft_scale
from photogender.photos.jpeg_xmp import read_extension
from photogender.photos.memory import MAX_FILE, MAX_MEMORY, MAX_STRIPS, Turn, check_file_size, check_memory, peak_memory
from photogender.photos.orientation import (
    orientation_of_heif,
    orientation_of_raw,
    sidecar_orientation,
    valid_orientation,
)
from photogender.photos.pixels import UPRIGHT, upright_rgb
from photogender.photos.raw import is_raw, read_preview
from photogender.photos.raw_xmp import read_raw_xmp
from photogender.photos.tiff import open_tiff
from photogender.records import DecodedImage, Photo, PhotoFacts, State, file_state
from photogender.source import is_remote, read, state_of

pillow_heif.register_heif_opener()


class PhotoFile:
    """An open photo."""

    def __init__(
        self, photo: Photo, file: io.BufferedReader | io.BytesIO, now: Callable[[], State], until_closed: ExitStack
    ) -> None:
        self._photo = photo
        self._file = file
        self._now = now
        self._turn = Turn(until_closed)

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of the file, hexadecimal.

        Raises:
            DecodeError: The file cannot be read, is too large, or does not begin like a picture: videos are not hashed.
        """
        with explained():
            self._format  # noqa: B018 - raises
            self._file.seek(0)
            return hashlib.file_digest(self._file, "sha256").hexdigest()

    @cached_property
    def facts(self) -> PhotoFacts:
        """Format, size, date and camera; the size is in upright full-size pixels.

        Raises:
            DecodeError: The file is not a picture, or the picture is too large.
        """
        with explained():
            image = self._picture
            width, height = image.size
            if image.format == "PNG":
                check_memory(peak_memory(image, self._photo.size, 1, 1 << 30, False))
                # Pillow decodes the whole PNG to find EXIF data after the pixels.
                self._turn.wait_if_big(width * height)
            exif = self._exif
            if DRAWN.items() <= exif.items():
                raise DecodeError("decode", "not a photo, but a copy with boxes that photogender drew")
            if self._orientation in (5, 6, 7, 8):
                width, height = height, width
            return PhotoFacts(
                content_hash=self.content_hash,
                format="RAW" if self._is_raw else {"MPO": "JPEG"}.get(image.format or "", image.format or ""),
                width=width,
                height=height,
                taken=date_taken(exif, lambda: self.xmp, lambda: self.iptc),
                camera=camera(exif),
                orientation=self.orientation,
            )

    def decode(self, long_side: int | None = None) -> DecodedImage:
        """The picture, RGB, upright; can be called again for a larger one.

        Args:
            long_side: Pixels that the longer side should have at least, within 3 %; None: full size. A JPEG
                is decoded at the smallest sufficient scale of 1/8, 1/4, 1/2 and 1; another picture is
                reduced by a whole number. If memory does not suffice, the picture is smaller than asked for.

        Raises:
            DecodeError: The content is damaged, unusual or too large.
        """
        with explained():
            facts = self.facts
            if facts.format == "JPEG":
                pixels, note = self._decode_jpeg(long_side)
            else:
                pixels, note = self._decode_whole(long_side), None
            pixels.info.clear()  # Pillow would copy a photo's comment into every picture made from it
            return DecodedImage(pixels, replace(facts, note=note) if note else facts)

    @property
    def is_unchanged(self) -> bool:
        """Whether the file is still that of the ``Photo`` record: by size and times, or else by its content."""
        before, now = self._photo, Photo.at("", self._now())
        times = (before.mtime_ns, before.ctime_ns or now.ctime_ns)
        if (now.size, now.mtime_ns, now.ctime_ns) == (before.size, *times):
            return True
        return before.content_hash is not None and self.content_hash == before.content_hash

    def check_unchanged(self) -> None:
        """Check that the file is still as the walk found it.

        Raises:
            DecodeError: It is not.
        """
        if not self.is_unchanged:
            raise DecodeError("read", CHANGED)

    @cached_property
    def orientation(self) -> int:
        """The EXIF orientation, 1 to 8: how the stored picture must be turned to be upright; read it before decoding.

        For a HEIC this is the EXIF value too. If the container says how to turn the picture, libheif does so; in files
        from phones the two agree, and other programs use EXIF. A file that says nothing gets the orientation with which
        it was scanned or, when it is scanned first, that of its sidecar.

        Raises:
            DecodeError: The file is not a picture, or the picture is too large.
        """
        with explained():
            return (
                self._own_orientation
                or valid_orientation(self._photo.orientation)
                or sidecar_orientation(self._photo.path)
                or 1
            )

    @cached_property
    def _own_orientation(self) -> int | None:
        if self._is_raw:
            return orientation_of_raw(self._file)
        if self._picture.format == "HEIF":
            return orientation_of_heif(self._picture, self._file)
        return valid_orientation(self._exif.get(ORIENTATION))

    @property
    def xmp(self) -> bytes | None:
        """The XMP packet inside the file; None if it has none.

        Raises:
            DecodeError: The file is not a picture, or the picture is too large.
        """
        with explained():
            if self._is_raw:
                return read_raw_xmp(self._file)
            self._exif  # noqa: B018 - Pillow reads beyond a PNG's pixels only for EXIF
            found = self._picture.info.get("xmp")
            return found.encode() if isinstance(found, str) else found

    @property
    def xmp_extension(self) -> bytes | None:
        """What continues ``xmp`` in a JPEG if that is longer than one segment; None if nothing does. Raises as it."""
        with explained():
            return read_extension(self.xmp or b"", getattr(self._picture, "applist", ()))

    @property
    def iptc(self) -> dict[int, list[str]]:
        """The texts of each data set of IPTC's record 2 (IIM 4.2), by its number; empty if there are none.

        Raises:
            DecodeError: It is not a picture, or too large.
        """
        with explained():
            return {} if self._is_raw else read_iptc(self._picture)

    @cached_property
    def _picture(self) -> Image.Image:
        """The picture, opened once; only a JPEG is opened again, to decode it at another scale."""
        return self._open()

    @cached_property
    def _exif(self) -> dict[int, object]:
        return read_exif(self._picture)

    @cached_property
    def _orientation(self) -> int:
        """What is left to turn after Pillow, which turns a TIFF itself, or libheif, which follows the container."""
        if self._picture.format == "HEIF":
            is_turned = container_turns(self._file)
        else:
            is_turned = (self._is_raw or self._picture.format == "TIFF") and self._own_orientation is not None
        return 1 if is_turned else self.orientation

    @cached_property
    def _is_raw(self) -> bool:
        return is_raw(self._photo.path, self._start)

    @cached_property
    def _format(self) -> str:
        name = "RAW" if self._is_raw else identify(self._start)
        check_file_size(self._photo.size, MAX_STRIPS if name in ("TIFF", "BMP") else MAX_FILE)
        return name

    @cached_property
    def _start(self) -> bytes:
        self._file.seek(0)
        return self._file.read(START)

    def _open(self, file: BinaryIO | None = None) -> Image.Image:
        """The picture with only its header read; from ``file`` if it is given."""
        name, file = self._format, file or self._file
        file.seek(0)
        if name == "RAW":
            return read_preview(file)
        try:
            return open_tiff(file, self._photo.size) if name == "TIFF" else open_header(file, FORMATS)
        except UnidentifiedImageError as error:
            raise unusual(name) from error

    def _decode_jpeg(self, long_side: int | None) -> tuple[Image.Image, str | None]:
        """The pixels, and a note if the file is cut short."""
        image = self._open()
        size = image.size
        is_turned = self._orientation != 1
        shrink = draft_scale(max(size), long_side)
        while long_side and shrink < 8 and peak_memory(image, self._photo.size, shrink, 1, is_turned) > MAX_MEMORY:
            shrink *= 2
        check_memory(peak_memory(image, self._photo.size, shrink, 1, is_turned))
        if image.info.get("progressive"):
            check_scans(self._file)
        # A progressive JPEG keeps all its coefficients in memory, at any scale.
        self._turn.wait_if_big(size[0] * size[1] // (1 if image.info.get("progressive") else shrink**2))
        small = (max(size[0] // shrink, 1), max(size[1] // shrink, 1))
        if shrink > 1:
            image.draft(None, small)
        try:
            return upright_rgb(image, self._orientation), None
        except OSError as error:
            if "truncated" not in str(error):
                raise
        image = self._open(cast(BinaryIO, WithEnd(self._file)))
        if shrink > 1:
            image.draft(None, small)
        image.load()
        missing = check_enough(image, self._file)
        note = f"the file is cut short; {missing:.0%} of its rows are missing" if missing else "the file is cut short"
        return upright_rgb(image, self._orientation), note

    def _decode_whole(self, long_side: int | None) -> Image.Image:
        image = self._picture
        width, height = self.facts.width, self.facts.height
        is_turned = self._orientation != 1 or (image.format == "TIFF" and self._exif.get(ORIENTATION) in UPRIGHT)
        factor = max(max(width, height) // long_side, 1) if long_side else 1
        while long_side and factor < 8 and peak_memory(image, self._photo.size, 1, factor, is_turned) > MAX_MEMORY:
            factor *= 2
        check_memory(peak_memory(image, self._photo.size, 1, factor, is_turned))
        self._turn.wait_if_big(width * height)
        return upright_rgb(image, self._orientation, factor)


@contextmanager
def open_photo(photo: Photo) -> Iterator[PhotoFile]:
    """Open a photo that the walk found; its content is read when it is needed.

    Raises:
        DecodeError: The file is gone, empty, no longer a regular file, or cannot be opened.
    """
    with ExitStack() as until_closed:
        if is_remote(photo.path):
            yield _read_whole(photo, until_closed)
            return
        with explained():
            # Without O_NONBLOCK, opening a pipe that replaced the photo would wait for a writer.
            handle = os.open(photo.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
            file = until_closed.enter_context(os.fdopen(handle, "rb"))
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise DecodeError("read", "it is no longer a regular file")
            if not photo.size:
                raise DecodeError("decode", "the file is empty")
        yield PhotoFile(photo, file, lambda: file_state(photo.path, os.fstat(handle)), until_closed)


def _read_whole(photo: Photo, until_closed: ExitStack) -> PhotoFile:
    """A photo of a store, read into memory at once: reading it in parts would take an answer for each."""
    with explained():
        found = state_of(photo.path)
        _, size, *_ = found
        if not size:
            raise DecodeError("decode", "the file is empty")
        check_file_size(size)
        return PhotoFile(photo, io.BytesIO(read(photo.path)), lambda: found, until_closed)


@contextmanager
def open_scanned(photo: Photo) -> Iterator[PhotoFile]:
    """Open a photo of the catalog, provided that its content is as it was when it was scanned.

    Raises:
        DecodeError: The content differs, or as ``open_photo``.
    """
    with open_photo(photo) as file:
        if not file.is_unchanged:
            raise DecodeError("read", "the photo changed after it was scanned: scan it again")
        yield file


def read_picture(path: str) -> DecodedImage:
    """One picture in full size.

    Raises:
        DecodeError: The file does not exist, cannot be read, or is not a usable picture.
    """
    with explained():
        state = state_of(path)
    with open_photo(Photo.at(os.path.dirname(path), state)) as photo:
        return photo.decode()
