"""How much memory decoding takes: pictures that would take too much are refused, large ones wait for each other.

The figures were measured with ``benchmarks/hostile.py``; docs/benchmarks.md has the table.
"""

import threading
from contextlib import ExitStack

from PIL import Image, TiffImagePlugin

from photogender.errors import DecodeError
from photogender.photos.container import memory_limit

_REST = 450_000_000
"""Bytes that a scan takes without large pictures."""

_LEAST = 100_000_000


def _allowed(limit: int | None) -> int:
    """``MAX_MEMORY`` in a container with a limit; None: without one.

    Half of what a scan leaves, since freed memory is not given back at once.
    """
    return 1_450_000_000 if limit is None else max(_LEAST, min(1_450_000_000, (limit - _REST) // 2))


MAX_MEMORY = _allowed(memory_limit())
"""Bytes that decoding one picture may take: with the process itself 1.5 GB, or less in a container that allows less."""

_IN_WORDS = f"{(MAX_MEMORY + 50_000_000) / 1e9:.1f} GB"
"""With the process itself."""

MAX_FILE = 512_000_000
"""Bytes of a file that has to be read whole."""

MAX_STRIPS = 4_300_000_000
"""Bytes of a file whose pixels are read strip by strip: those of a TIFF other than BigTIFF."""

ONE_AT_A_TIME = 32_000_000 * MAX_MEMORY // 1_450_000_000
"""Pictures that decode to more pixels wait for each other, so that the workers together do not use up the memory."""

_big_picture = threading.Lock()

_DECODERS = {"HEIF": 7.0, "AVIF": 12.0, "WEBP": 16.0}
"""Bytes a pixel at the peak of decoders that keep several copies of a picture; 8 bits a sample, AVIF of 10."""

_BITS_PER_SAMPLE, _PHOTOMETRIC, _ROWS_PER_STRIP, _TILE_WIDTH, _TILE_LENGTH, _YCBCR = 258, 262, 278, 322, 323, 6
"""Tags of a TIFF; the last is a value of the second."""

_ROW = 12
"""Bytes that a row takes besides its pixels, at most."""


def check_file_size(size: int, limit: int = MAX_FILE) -> None:
    """Refuse a file that is too large.

    Raises:
        DecodeError: It has more than ``limit`` bytes; by default as many as are read at once.
    """
    if size > limit:
        words = f"files of this kind are read up to {limit / 1e6:,.0f} MB"
        raise DecodeError("decode", f"the file has {size / 1e6:,.0f} MB; {words}")


def peak_memory(image: Image.Image, size: int, shrink: int, factor: int, is_turned: bool) -> float:
    """Bytes that decoding takes at most.

    Args:
        image: The picture with only its header read.
        size: Bytes of the file.
        shrink: The divisor by which libjpeg shrinks it.
        factor: The divisor by which it is reduced afterwards.
        is_turned: Whether its EXIF orientation turns it.
    """
    pixels = image.width * image.height
    stored = 1 if image.mode in ("1", "L", "P") else 2 if image.mode.startswith("I;16") else 4
    is_rgb = image.mode == "RGB" and not image.has_transparency_data
    copied = 0.0 if is_rgb and not is_turned and factor == 1 else 4 / factor**2
    after = (stored + copied) / shrink**2
    if image.format == "TIFF" and is_turned:  # Pillow turns it itself, whole
        after = max(2 * stored, after)
    # libjpeg keeps all coefficients of a progressive JPEG, at any scale: two bytes for each of up to 3 or 4 samples
    coefficients = 2 * len(image.getbands()) if image.info.get("progressive") else 0
    decoder = _DECODERS.get(image.format or "", 0.0)
    if image.format == "HEIF" and image.info.get("bit_depth", 8) > 8:
        decoder *= 2
    is_read_whole = image.format in _DECODERS or (image.format == "TIFF" and image.info.get("compression") != "raw")
    # Pillow keeps the address of each row, and fills rows up to four bytes: much for a picture that is a pixel wide.
    rows = (image.height + (copied and (image.width if is_turned else image.height) / factor)) / shrink
    whole = size + _block(image) if is_read_whole else 0
    return pixels * max(coefficients + after, decoder) + rows * _ROW + whole


def _block(image: Image.Image) -> int:
    """Bytes of a strip or tile of a compressed TIFF, which libtiff unpacks whole; others have none."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return 0
    tags = image.tag_v2
    try:
        width, rows = int(tags.get(_TILE_WIDTH, image.width)), int(tags.get(_TILE_LENGTH, 0))
        rows = rows or min(int(tags.get(_ROWS_PER_STRIP, image.height)), image.height)
        bits = sum(tags.get(_BITS_PER_SAMPLE, (1,)))
    except (TypeError, ValueError, ArithmeticError):  # libtiff will not understand them either
        return 0
    return width * rows * max(bits, 32 if tags.get(_PHOTOMETRIC) == _YCBCR else 0) // 8


def check_memory(peak: float) -> None:
    """Refuse to decode a picture.

    Raises:
        DecodeError: It would take more than ``MAX_MEMORY`` bytes.
    """
    if peak > MAX_MEMORY:
        raise DecodeError(
            "decode", f"decoding the picture takes {peak / 1e9:.1f} GB of memory; photogender uses up to {_IN_WORDS}"
        )


class Turn:
    """A place in the queue of large pictures; it is taken once and kept until the file is closed."""

    def __init__(self, until_closed: ExitStack) -> None:
        self._until_closed = until_closed
        self._is_taken = False

    def wait_if_big(self, pixels: int) -> None:
        """If the picture decodes to more than ``ONE_AT_A_TIME`` pixels, wait for other such pictures to be closed."""
        if pixels > ONE_AT_A_TIME and not self._is_taken:
            self._until_closed.enter_context(_big_picture)
            self._is_taken = True
