"""Pixels of any picture as upright 8-bit RGB, converted tile by tile so that no whole copy is made in between."""

import math
from collections.abc import Callable, Iterator

import numpy as np
from PIL import Image

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

TILE = 1024
"""Pixels of a tile's side; the copies that converting needs are of this size, not of the picture's."""

_Box = tuple[int, int, int, int]
"""Left, top, right, bottom."""


def upright_rgb(image: Image.Image, orientation: int = 1, factor: int = 1) -> Image.Image:
    """A picture of any mode as 8-bit RGB, upright and reduced.

    Deeper greys are scaled to 8 bits, transparent pixels become white, as on a page. The result is ``image`` itself
    if nothing has to be done.

    Args:
        image: The picture as stored.
        orientation: EXIF orientation, 1 to 8.
        factor: Each pixel of the result is the mean of ``factor`` by ``factor`` pixels of the upright picture.
    """
    image.load()
    is_deep = image.mode.startswith("I") or image.mode == "F"
    is_turned = orientation in UPRIGHT
    if not is_deep and not image.has_transparency_data:
        if factor == 1 and not is_turned:
            return image if image.mode == "RGB" else image.convert("RGB")  # convert() would copy an RGB picture
        if image.mode == "RGB" and factor == 1:
            return image.transpose(UPRIGHT[orientation])
        if image.mode == "RGB" and not is_turned:
            return image.reduce(factor)
    to_eight_bits = _eight_bits(image) if is_deep else None
    width, height = image.size if orientation < 5 else image.size[::-1]
    result = Image.new("RGB", (math.ceil(width / factor), math.ceil(height / factor)))
    for box in _tiles(width, height, factor * max(TILE // factor, 1)):
        tile = image.crop(_stored(box, width, height, orientation))
        tile = _rgb(to_eight_bits(np.asarray(tile)) if to_eight_bits else tile)
        tile = tile.transpose(UPRIGHT[orientation]) if is_turned else tile
        result.paste(tile.reduce(factor) if factor > 1 else tile, (box[0] // factor, box[1] // factor))
    return result


def _tiles(width: int, height: int, side: int) -> Iterator[_Box]:
    for top in range(0, height, side):
        for left in range(0, width, side):
            yield left, top, min(left + side, width), min(top + side, height)


def _stored(box: _Box, width: int, height: int, orientation: int) -> _Box:
    """Where the pixels of a box of the upright picture, ``width`` by ``height``, are in the stored one."""
    left, top, right, bottom = box
    if orientation in (2, 3, 6, 7):
        left, right = width - right, width - left
    if orientation in (3, 4, 7, 8):
        top, bottom = height - bottom, height - top
    return (left, top, right, bottom) if orientation < 5 else (top, left, bottom, right)


def _rgb(tile: Image.Image) -> Image.Image:
    if tile.has_transparency_data:
        tile = tile.convert("RGBA")
        tile = Image.alpha_composite(Image.new("RGBA", tile.size, "white"), tile)
    return tile.convert("RGB")


def _eight_bits(image: Image.Image) -> Callable[[np.ndarray], Image.Image]:
    """What makes 8-bit greys of a picture's integers or floats, scaled by the range that the whole picture uses.

    4095 is among the ranges because scanners and medical devices store 12 bits in a 16-bit file. Negative
    and non-finite values become black.
    """
    is_float = image.mode == "F"
    tiles = (np.asarray(image.crop(box)) for box in _tiles(*image.size, TILE))
    top = max(float(_finite(values).max(initial=0)) for values in tiles)
    ranges = (1.0, 255.0, 4095.0, 65535.0) if is_float else (255.0, 4095.0, 65535.0)
    whole = next((full for full in ranges if top <= full), top)

    def scaled(values: np.ndarray) -> np.ndarray:
        levels: np.ndarray = np.rint(np.clip(_finite(values), 0, whole) * np.float32(255.0 / whole)).astype(np.uint8)
        return levels

    if image.mode.startswith("I;16"):
        table = scaled(np.arange(65536, dtype=np.uint16))
        return lambda values: Image.fromarray(table[values])
    return lambda values: Image.fromarray(scaled(values))


def _finite(values: np.ndarray) -> np.ndarray:
    return np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0) if values.dtype.kind == "f" else values
