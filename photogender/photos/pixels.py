"""Pixels of any picture as 8-bit RGB, and how far a JPEG may be shrunk while it is decoded."""

import errno
import math
from typing import BinaryIO

import numpy as np
from PIL import Image

from photogender.photos.faults import MAX_PIXELS, damaged, too_large

NEAR_ENOUGH = 0.97
"""A JPEG scale that has this part of the long side asked for serves: 1/8 of 4032 is 504, not 512."""

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "HEIF")
"""Pillow's names of what is read (JPEG covers multi-picture JPEGs); its other plugins never run."""

UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What turns the stored picture upright, by EXIF orientation (tag 274)."""


def draft_scale(long_side: int, wanted: int | None) -> int:
    """By how much (8, 4, 2 or 1) a JPEG of a long side may be shrunk while decoding; pixels."""
    if wanted is None:
        return 1
    return next((shrink for shrink in (8, 4, 2) if math.ceil(long_side / shrink) >= wanted * NEAR_ENOUGH), 1)


def open_header(file: BinaryIO, formats: tuple[str, ...]) -> Image.Image:
    """A picture with its header read, refused by it where it is too large."""
    try:
        image = Image.open(file, formats=formats)
    except Image.DecompressionBombError as error:
        limit = 2 * (Image.MAX_IMAGE_PIXELS or 0)
        raise too_large(f"more than {limit // 1_000_000}") from error
    except OSError as error:
        if error.errno == errno.EINVAL:  # a seek to a place that cannot be: no fault of the drive
            raise damaged(error) from error
        raise
    pixels = image.width * image.height
    if pixels > MAX_PIXELS:
        raise too_large(f"{pixels // 1_000_000}")
    return image


def to_rgb(image: Image.Image) -> Image.Image:
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
