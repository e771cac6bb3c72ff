"""How much memory decoding takes: pictures that would take too much are refused, large ones wait for each other.

The figures were measured with ``benchmarks/hostile.py``; docs/benchmarks.md has the table.
"""

import threading
from contextlib import ExitStack

from PIL import Image

from photogender.errors import DecodeError

MAX_MEMORY = 1_450_000_000
"""Bytes that decoding one picture may take; with the process itself that is 1.5 GB."""

MAX_FILE = 512_000_000
"""Bytes of a file that has to be read whole."""

MAX_STRIPS = 4_300_000_000
"""Bytes of a file whose pixels are read strip by strip: those of a TIFF other than BigTIFF."""

ONE_AT_A_TIME = 32_000_000
"""Pictures that decode to more pixels wait for each other, so that the workers together do not use up the memory."""

_big_picture = threading.Lock()

_DECODERS = {"HEIF": 7.0, "AVIF": 12.0, "WEBP": 16.0}
"""Bytes a pixel at the peak of decoders that keep several copies of a picture; 8 bits a sample, AVIF of 10."""


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
    return pixels * max(coefficients + after, decoder) + (size if is_read_whole else 0)


def check_memory(peak: float) -> None:
    """Refuse to decode a picture.

    Raises:
        DecodeError: It would take more than ``MAX_MEMORY`` bytes.
    """
    if peak > MAX_MEMORY:
        raise DecodeError(
            "decode", f"decoding the picture takes {peak / 1e9:.1f} GB of memory; photogender uses up to 1.5 GB"
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
