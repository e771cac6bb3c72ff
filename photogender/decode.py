"""Pixels and facts of one file: opened once, told by its content, upright, no larger than asked for."""

import errno
import hashlib
import io
import math
import os
import stat
import struct
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import cached_property
from typing import BinaryIO

import numpy as np
import pillow_heif
from PIL import ExifTags, Image, UnidentifiedImageError

from photogender.errors import DecodeError
from photogender.raw import is_raw, read_orientation, read_preview
from photogender.records import DecodedImage, Photo, PhotoFacts

MAX_PIXELS = 256_000_000
"""Pixels of the largest picture that is read; a 200-megapixel phone's still is."""

ONE_AT_A_TIME = 32_000_000
"""Decoded pixels above which pictures wait for each other, so that workers cannot add up to no memory."""

NEAR_ENOUGH = 0.97
"""A JPEG scale that has this part of the long side asked for serves: 1/8 of 4032 is 504, not 512."""

CHANGED = "the file changed while it was read; the next scan will try again"
"""Why a photo is skipped that somebody is still writing."""

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "HEIF")
"""Pillow's names of what is read (JPEG covers multi-picture JPEGs); its other plugins never run."""

_SIGNATURES = (
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"\x89PNG", "PNG"),
    (8, b"WEBP", "WebP"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (0, b"GIF8", "GIF"),
    (4, b"ftyp", "HEIC, AVIF or video"),
    (0, b"%PDF", "PDF"),
)

_DAMAGE = (
    # What Pillow and its plugins raise for content that is not as its format says.
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    EOFError,
    ArithmeticError,
    RuntimeError,
    struct.error,
)

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What turns the stored picture upright, by EXIF orientation (tag 274)."""

_ORIENTATION = ExifTags.Base.Orientation

_big_picture = threading.Lock()

pillow_heif.register_heif_opener()
if Image.MAX_IMAGE_PIXELS is not None:  # never lower a limit, never set one where an application took it away
    Image.MAX_IMAGE_PIXELS = max(Image.MAX_IMAGE_PIXELS, MAX_PIXELS)


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
            DecodeError: It cannot be read.
        """
        with _explained():
            self._file.seek(0)
            return hashlib.file_digest(self._file, "sha256").hexdigest()

    @cached_property
    def facts(self) -> PhotoFacts:
        """What the file says of itself; size in upright full-size pixels.

        Raises:
            DecodeError: It is no picture, or a larger one than is read.
        """
        with _explained():
            image = self._picture
            width, height = image.size
            if image.format == "PNG":
                self._wait_if_big(width * height)  # Pillow decodes a PNG whole to look for EXIF behind its pixels
            exif = self._exif
            if self._orientation in (5, 6, 7, 8):
                width, height = height, width
            return PhotoFacts(
                content_hash=self.content_hash,
                format="RAW" if self._is_raw else {"MPO": "JPEG"}.get(image.format or "", image.format or ""),
                width=width,
                height=height,
                taken=_taken(exif),
                camera=_camera(exif),
            )

    def decode(self, long_side: int | None = None) -> DecodedImage:
        """The picture, RGB, upright; may be called again for a larger one.

        Args:
            long_side: Pixels the longer side should about have at least; None: full size. A JPEG comes
                at the smallest of its 1/8, 1/4, 1/2 and full size that serves, another picture reduced
                by a whole number.

        Raises:
            DecodeError: The content is damaged, unusual or too large.
        """
        with _explained():
            facts = self.facts
            if facts.format == "JPEG":
                pixels = self._decode_jpeg(long_side)
            else:
                pixels = self._whole = self._whole or self._decode_whole()
                factor = max(pixels.size) // long_side if long_side else 1
                pixels = pixels.reduce(factor) if factor > 1 else pixels
            pixels.info.clear()  # Pillow would write a photo's comment into every picture made from it
            return DecodedImage(pixels, facts)

    def check_unchanged(self) -> None:
        """Make sure that what was read is what the walk saw.

        Raises:
            DecodeError: Size or modification time differ.
        """
        status = os.fstat(self._file.fileno())
        if (status.st_size, status.st_mtime_ns) != (self._photo.size, self._photo.mtime_ns):
            raise DecodeError("read", CHANGED)

    @property
    def orientation(self) -> int:
        """What turns the stored picture upright, 1 to 8 as in EXIF; to be asked before the picture is decoded.

        Of a HEIC it is what EXIF says. libheif turns the picture by the container instead; the two agree in what
        phones write, and other programs go by EXIF.

        Raises:
            DecodeError: It is no picture, or a larger one than is read.
        """
        with _explained():
            if self._is_raw:
                self._file.seek(0)
                return read_orientation(self._file)
            image = self._picture
            exif = self._exif
            said = image.info.get("original_orientation") if image.format == "HEIF" else exif.get(_ORIENTATION)
            return said if isinstance(said, int) and 1 <= said <= 8 else 1

    @property
    def xmp(self) -> bytes | None:
        """The XMP packet inside the file; None where it has none, or is a camera raw.

        Raises:
            DecodeError: It is no picture, or a larger one than is read.
        """
        with _explained():
            self._exif  # noqa: B018 - Pillow looks behind a PNG's pixels only for this
            found = None if self._is_raw else self._picture.info.get("xmp")
            return found.encode() if isinstance(found, str) else found

    @cached_property
    def _picture(self) -> Image.Image:
        """The picture, opened once; only a JPEG is opened again, for another scale."""
        return self._open()

    @cached_property
    def _exif(self) -> dict[int, object]:
        return _exif(self._picture)

    @property
    def _orientation(self) -> object:
        if self._picture.format in ("TIFF", "HEIF"):  # Pillow and libheif turn these themselves
            return 1
        return self._exif.get(_ORIENTATION)

    @cached_property
    def _is_raw(self) -> bool:
        self._file.seek(0)
        return is_raw(self._photo.path, self._file.read(16))

    def _open(self) -> Image.Image:
        """The picture with its header read."""
        is_raw_file = self._is_raw
        self._file.seek(0)
        if is_raw_file:
            return read_preview(self._file, _open_header)
        try:
            image = _open_header(self._file, FORMATS)
        except UnidentifiedImageError as error:
            raise DecodeError("decode", self._why_not_a_picture()) from error
        if image.format == "TIFF":
            # Given a file, libtiff maps it into memory, and a file that shrinks, or a drive that fails, then
            # ends the process with SIGBUS instead of an error.
            self._file.seek(0)
            return Image.open(io.BytesIO(self._file.read()), formats=["TIFF"])
        return image

    def _why_not_a_picture(self) -> str:
        self._file.seek(0)
        start = self._file.read(64)
        kind = next((kind for at, mark, kind in _SIGNATURES if start[at : at + len(mark)] == mark), None)
        if kind in (None, "PDF"):
            return f"not a picture (the content is {'a PDF' if kind else 'of no picture format'})"
        return f"the file is damaged, or of an unusual kind: it begins like a {kind} file but cannot be read as one"

    def _decode_jpeg(self, long_side: int | None) -> Image.Image:
        image = self._open()
        shrink = draft_scale(max(image.size), long_side)
        if shrink > 1:
            image.draft(None, (max(image.width // shrink, 1), max(image.height // shrink, 1)))
        # A progressive JPEG holds all its coefficients in memory, whatever the scale.
        reduced = 1 if image.info.get("progressive") else shrink**2
        self._wait_if_big(self.facts.width * self.facts.height // reduced)
        return self._upright_rgb(image)

    def _decode_whole(self) -> Image.Image:
        self._wait_if_big(self.facts.width * self.facts.height)
        return self._upright_rgb(self._picture)

    def _upright_rgb(self, image: Image.Image) -> Image.Image:
        orientation = self._orientation  # before loading: some plugins turn or forget it then
        pixels = _to_rgb(image)
        return pixels.transpose(_UPRIGHT[orientation]) if orientation in _UPRIGHT else pixels

    def _wait_if_big(self, pixels: int) -> None:
        """Hold the one place for pictures that decode to so many pixels, until the file is closed."""
        if pixels > ONE_AT_A_TIME and not self._has_waited:
            self._until_closed.enter_context(_big_picture)
            self._has_waited = True


@contextmanager
def open_photo(photo: Photo) -> Iterator[PhotoFile]:
    """Open a photo that the walk found; its content is read when it is asked for.

    Raises:
        DecodeError: It is gone, empty, no regular file any more, or cannot be opened.
    """
    with ExitStack() as until_closed:
        with _explained():
            # Without O_NONBLOCK, opening a pipe that took the photo's name would wait for a writer.
            handle = os.open(photo.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
            file = until_closed.enter_context(os.fdopen(handle, "rb"))
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise DecodeError("read", "it is not a regular file any more")
            if not photo.size:
                raise DecodeError("decode", "the file is empty")
        yield PhotoFile(photo, file, until_closed)


def read_picture(path: str) -> DecodedImage:
    """One picture in full size.

    Raises:
        DecodeError: It is not there, cannot be read, or is no usable picture.
    """
    with _explained():
        status = os.stat(path)
    with open_photo(Photo(path, os.path.dirname(path), status.st_size, status.st_mtime_ns)) as photo:
        return photo.decode()


def draft_scale(long_side: int, wanted: int | None) -> int:
    """By how much (8, 4, 2 or 1) a JPEG of a long side may be shrunk while decoding; pixels."""
    if wanted is None:
        return 1
    return next((shrink for shrink in (8, 4, 2) if math.ceil(long_side / shrink) >= wanted * NEAR_ENOUGH), 1)


def _open_header(file: BinaryIO, formats: tuple[str, ...]) -> Image.Image:
    """A picture with its header read, refused by it where it is too large."""
    try:
        image = Image.open(file, formats=formats)
    except Image.DecompressionBombError as error:
        limit = 2 * (Image.MAX_IMAGE_PIXELS or 0)
        raise _too_large(f"more than {limit // 1_000_000}") from error
    except OSError as error:
        if error.errno == errno.EINVAL:  # a seek to a place that cannot be: no fault of the drive
            raise _damaged(error) from error
        raise
    pixels = image.width * image.height
    if pixels > MAX_PIXELS:
        raise _too_large(f"{pixels // 1_000_000}")
    return image


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except DecodeError:
        raise
    except MemoryError as error:
        raise DecodeError("decode", "there is not enough memory to decode the picture") from error
    except FileNotFoundError as error:
        raise DecodeError("read", "the file is gone") from error
    except OSError as error:
        if error.errno is not None:
            raise DecodeError("read", f"the file cannot be read: {error.strerror}") from error
        raise _damaged(error) from error
    except _DAMAGE as error:
        raise _damaged(error) from error


def _damaged(error: Exception) -> DecodeError:
    words = str(error).strip() or type(error).__name__
    if "truncated" in words.lower() or isinstance(error, EOFError):
        return DecodeError("decode", f"the file is cut short ({words})")
    return DecodeError("decode", f"the file is damaged, or of an unusual kind ({words})")


def _too_large(megapixels: str) -> DecodeError:
    limit = MAX_PIXELS // 1_000_000
    return DecodeError("decode", f"the picture has {megapixels} megapixels; photogender reads up to {limit}")


def _to_rgb(image: Image.Image) -> Image.Image:
    """8-bit RGB of any mode: deeper greys are scaled, what is transparent shows white, as on a page."""
    image.load()
    if image.mode.startswith("I") or image.mode == "F":
        image = _to_eight_bits(np.asarray(image))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        page = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(page, image)
    return image if image.mode == "RGB" else image.convert("RGB")  # converting would copy


def _to_eight_bits(values: np.ndarray) -> Image.Image:
    """A grey picture from integers of up to 32 bits or from floats: scaled by the range their kind has.

    4095 is such a range because scanners and medical devices keep 12 bits in a file of 16. What is not a
    number, or below none, shows black.
    """
    if values.dtype.kind == "f":
        values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    top = float(values.max(initial=0))
    ranges = (1.0, 255.0, 4095.0, 65535.0) if values.dtype.kind == "f" else (255.0, 4095.0, 65535.0)
    whole = next((full for full in ranges if top <= full), top)
    # 32 bits: at the pixel limit, 64 would be two gigabytes.
    return Image.fromarray(np.rint(np.clip(values, 0, whole) * np.float32(255.0 / whole)).astype(np.uint8))


def _exif(image: Image.Image) -> dict[int, object]:
    """The tags of the main and of the EXIF directory; empty where they make no sense."""
    try:
        exif = image.getexif()
        return {**exif, **exif.get_ifd(ExifTags.IFD.Exif)}
    except (OSError, *_DAMAGE):
        return {}


def _taken(exif: dict[int, object]) -> str | None:
    for tag in (ExifTags.Base.DateTimeOriginal, ExifTags.Base.DateTimeDigitized, ExifTags.Base.DateTime):
        try:
            return datetime.strptime(str(exif.get(tag))[:19], "%Y:%m:%d %H:%M:%S").isoformat()
        except ValueError:
            continue
    return None


def _camera(exif: dict[int, object]) -> str | None:
    make, model = (_tidy(exif.get(tag)) for tag in (ExifTags.Base.Make, ExifTags.Base.Model))
    words = model if make and model.lower().startswith(make.lower().split()[0]) else f"{make} {model}".strip()
    return words[:100] or None


def _tidy(value: object) -> str:
    text = value if isinstance(value, str) else ""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
