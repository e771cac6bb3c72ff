"""One photo file: opened once, identified by its content, decoded upright and no larger than needed."""

import hashlib
import io
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property

import pillow_heif
from PIL import Image, UnidentifiedImageError

from photogender.errors import DecodeError
from photogender.photos.exif import ORIENTATION, camera, read_exif, taken
from photogender.photos.faults import CHANGED, explained
from photogender.photos.formats import FORMATS, open_header, why_not_a_picture
from photogender.photos.iptc import read_iptc
from photogender.photos.pixels import UPRIGHT, draft_scale, to_rgb
from photogender.photos.raw import is_raw, read_orientation, read_preview
from photogender.photos.raw_xmp import read_raw_xmp
from photogender.records import DecodedImage, Photo, PhotoFacts

ONE_AT_A_TIME = 32_000_000
"""Pictures that decode to more pixels wait for each other, so that the workers together do not use up the memory."""

_big_picture = threading.Lock()

pillow_heif.register_heif_opener()


class PhotoFile:
    """An open photo."""

    def __init__(self, photo: Photo, file: io.BufferedReader, until_closed: ExitStack) -> None:
        self._photo = photo
        self._file = file
        self._until_closed = until_closed
        self._whole: Image.Image | None = None
        self._has_waited = False

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 of the file, hexadecimal.

        Raises:
            DecodeError: The file cannot be read.
        """
        with explained():
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
                self._wait_if_big(width * height)  # Pillow decodes the whole PNG to find EXIF data after the pixels
            exif = self._exif
            if self._orientation in (5, 6, 7, 8):
                width, height = height, width
            return PhotoFacts(
                content_hash=self.content_hash,
                format="RAW" if self._is_raw else {"MPO": "JPEG"}.get(image.format or "", image.format or ""),
                width=width,
                height=height,
                taken=taken(exif),
                camera=camera(exif),
            )

    def decode(self, long_side: int | None = None) -> DecodedImage:
        """The picture, RGB, upright; can be called again for a larger one.

        Args:
            long_side: Pixels that the longer side should have at least, within 3 %; None: full size. A JPEG
                is decoded at the smallest sufficient scale of 1/8, 1/4, 1/2 and 1; another picture is
                reduced by a whole number.

        Raises:
            DecodeError: The content is damaged, unusual or too large.
        """
        with explained():
            facts = self.facts
            if facts.format == "JPEG":
                pixels = self._decode_jpeg(long_side)
            else:
                pixels = self._whole = self._whole or self._decode_whole()
                factor = max(pixels.size) // long_side if long_side else 1
                pixels = pixels.reduce(factor) if factor > 1 else pixels
            pixels.info.clear()  # Pillow would copy a photo's comment into every picture made from it
            return DecodedImage(pixels, facts)

    @property
    def is_unchanged(self) -> bool:
        """Whether size and modification time are still those of the ``Photo`` record."""
        status = os.fstat(self._file.fileno())
        return (status.st_size, status.st_mtime_ns) == (self._photo.size, self._photo.mtime_ns)

    def check_unchanged(self) -> None:
        """Check that the file is still as the walk found it.

        Raises:
            DecodeError: Size or modification time differ.
        """
        if not self.is_unchanged:
            raise DecodeError("read", CHANGED)

    @property
    def orientation(self) -> int:
        """The EXIF orientation, 1 to 8: how the stored picture must be turned to be upright; read it before decoding.

        For a HEIC this is the EXIF value too. libheif turns the picture as the container says; the two agree in
        files from phones, and other programs use EXIF.

        Raises:
            DecodeError: The file is not a picture, or the picture is too large.
        """
        with explained():
            if self._is_raw:
                self._file.seek(0)
                return read_orientation(self._file)
            image = self._picture
            exif = self._exif
            stored = image.info.get("original_orientation") if image.format == "HEIF" else exif.get(ORIENTATION)
            return stored if isinstance(stored, int) and 1 <= stored <= 8 else 1

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

    @property
    def _orientation(self) -> object:
        if self._picture.format in ("TIFF", "HEIF"):  # Pillow and libheif turn these themselves
            return 1
        return self._exif.get(ORIENTATION)

    @cached_property
    def _is_raw(self) -> bool:
        self._file.seek(0)
        return is_raw(self._photo.path, self._file.read(16))

    def _open(self) -> Image.Image:
        """The picture with only its header read."""
        is_raw_file = self._is_raw
        self._file.seek(0)
        if is_raw_file:
            return read_preview(self._file)
        try:
            image = open_header(self._file, FORMATS)
        except UnidentifiedImageError as error:
            raise DecodeError("decode", self._why_not_a_picture()) from error
        if image.format == "TIFF":
            # libtiff would map the file into memory. If the file then shrinks or the drive fails, the process ends
            # with SIGBUS instead of an error.
            self._file.seek(0)
            return Image.open(io.BytesIO(self._file.read()), formats=["TIFF"])
        return image

    def _why_not_a_picture(self) -> str:
        self._file.seek(0)
        return why_not_a_picture(self._file.read(64))

    def _decode_jpeg(self, long_side: int | None) -> Image.Image:
        image = self._open()
        shrink = draft_scale(max(image.size), long_side)
        if shrink > 1:
            image.draft(None, (max(image.width // shrink, 1), max(image.height // shrink, 1)))
        # A progressive JPEG keeps all its coefficients in memory, at any scale.
        reduced = 1 if image.info.get("progressive") else shrink**2
        self._wait_if_big(self.facts.width * self.facts.height // reduced)
        return self._upright_rgb(image)

    def _decode_whole(self) -> Image.Image:
        self._wait_if_big(self.facts.width * self.facts.height)
        return self._upright_rgb(self._picture)

    def _upright_rgb(self, image: Image.Image) -> Image.Image:
        orientation = self._orientation  # before loading: some plugins apply or drop it then
        pixels = to_rgb(image)
        return pixels.transpose(UPRIGHT[orientation]) if orientation in UPRIGHT else pixels

    def _wait_if_big(self, pixels: int) -> None:
        """If the picture decodes to more than ``ONE_AT_A_TIME`` pixels, wait for other such pictures to be closed."""
        if pixels > ONE_AT_A_TIME and not self._has_waited:
            self._until_closed.enter_context(_big_picture)
            self._has_waited = True


@contextmanager
def open_photo(photo: Photo) -> Iterator[PhotoFile]:
    """Open a photo that the walk found; its content is read when it is needed.

    Raises:
        DecodeError: The file is gone, empty, no longer a regular file, or cannot be opened.
    """
    with ExitStack() as until_closed:
        with explained():
            # Without O_NONBLOCK, opening a pipe that replaced the photo would wait for a writer.
            handle = os.open(photo.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
            file = until_closed.enter_context(os.fdopen(handle, "rb"))
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise DecodeError("read", "it is no longer a regular file")
            if not photo.size:
                raise DecodeError("decode", "the file is empty")
        yield PhotoFile(photo, file, until_closed)


@contextmanager
def open_scanned(photo: Photo) -> Iterator[PhotoFile]:
    """Open a photo of the catalog, provided that its file is as it was when it was scanned.

    Raises:
        DecodeError: Size or modification time differ, or as ``open_photo``.
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
        status = os.stat(path)
    with open_photo(Photo(path, os.path.dirname(path), status.st_size, status.st_mtime_ns)) as photo:
        return photo.decode()
