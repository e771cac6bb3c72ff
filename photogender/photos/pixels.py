"""Pixels: any picture as 8-bit RGB, its orientation, and how far a JPEG may be shrunk while it is decoded."""

import math

import numpy as np
from PIL import Image

NEAR_ENOUGH = 0.97
"""A JPEG scale may fall this far short of the long side asked for: 1/8 of 4032 is 504, which serves for 512."""

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
    """The divisor (8, 4, 2 or 1) by which a JPEG may be shrunk while it is decoded.

    Args:
        long_side: Of the JPEG, in pixels.
        wanted: Pixels the longer side should have after decoding; None for full size.
    """
    if wanted is None:
        return 1
    return next((shrink for shrink in (8, 4, 2) if math.ceil(long_side / shrink) >= wanted * NEAR_ENOUGH), 1)


def to_rgb(image: Image.Image) -> Image.Image:
    """Any mode as 8-bit RGB: deeper greys are scaled, transparent pixels become white, as on a page."""
    image.load()
    if image.mode.startswith("I") or image.mode == "F":
        image = _to_eight_bits(np.asarray(image))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        page = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(page, image)
    return image if image.mode == "RGB" else image.convert("RGB")  # convert() would copy an RGB picture


def _to_eight_bits(values: np.ndarray) -> Image.Image:
    """A grey picture from integers of up to 32 bits or from floats, scaled by the range that their kind uses.

    4095 is among the ranges because scanners and medical devices store 12 bits in a 16-bit file. Negative
    and non-finite values become black.
    """
    if values.dtype.kind == "f":
        values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    top = float(values.max(initial=0))
    ranges = (1.0, 255.0, 4095.0, 65535.0) if values.dtype.kind == "f" else (255.0, 4095.0, 65535.0)
    whole = next((full for full in ranges if top <= full), top)
    # 32 bits: at the pixel limit, 64 would be two gigabytes.
    return Image.fromarray(np.rint(np.clip(values, 0, whole) * np.float32(255.0 / whole)).astype(np.uint8))
