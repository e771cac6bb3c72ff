"""Pixels: converted tile by tile, they are what converting the whole picture gives."""

import numpy as np
import pytest
from PIL import Image

from photogender.photos import pixels
from photogender.photos.pixels import UPRIGHT, upright_rgb
from tests.support.photos import face

SIZE = (131, 97)


def picture(mode: str) -> Image.Image:
    """A picture of a mode whose every row and column differs."""
    portrait = face().resize(SIZE)
    grey = np.asarray(portrait.convert("L"))
    alpha = Image.fromarray(np.tile(np.arange(SIZE[0], dtype=np.uint8) * 2, (SIZE[1], 1)))
    if mode == "I;16":
        return Image.fromarray(grey.astype(np.uint16) * 257)
    if mode == "I;16B":
        return Image.frombytes("I;16B", SIZE, (grey.astype(">u2") * 16).tobytes())
    if mode == "I":
        return Image.fromarray(grey.astype(np.int32) * 1000 - 500)
    if mode == "F":
        values = grey.astype(np.float32) / 255
        values[3, 5], values[40, 2] = np.nan, np.inf
        return Image.fromarray(values)
    if mode == "P transparent":
        palette = portrait.quantize(32)
        palette.info["transparency"] = 3
        return palette
    if mode == "RGB transparent":
        portrait.info["transparency"] = portrait.getpixel((3, 3))
        return portrait
    if mode in ("RGBA", "LA"):
        base = portrait.convert(mode)
        base.putalpha(alpha)
        return base
    return portrait.convert(mode)


def whole(image: Image.Image, orientation: int, factor: int) -> Image.Image:
    """The same, in whole copies, as it was once done."""
    if image.mode.startswith("I") or image.mode == "F":
        values = np.asarray(image)
        if values.dtype.kind == "f":
            values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
        top = float(values.max(initial=0))
        ranges = (1.0, 255.0, 4095.0, 65535.0) if values.dtype.kind == "f" else (255.0, 4095.0, 65535.0)
        full = next((end for end in ranges if top <= end), top)
        scaled = np.rint(np.clip(values, 0, full) * np.float32(255.0 / full)).astype(np.uint8)
        image = Image.fromarray(scaled)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    image = image.convert("RGB")
    image = image.transpose(UPRIGHT[orientation]) if orientation > 1 else image
    return image.reduce(factor) if factor > 1 else image


MODES = ["1", "P", "P transparent", "LA", "RGB transparent", "CMYK", "YCbCr", "LAB", "HSV", "I;16B", "I", "F"]
CASES = [(mode, orientation) for mode in ("L", "RGB", "RGBA", "I;16") for orientation in range(1, 9)]


@pytest.mark.parametrize(("mode", "orientation"), [*CASES, *((mode, turn) for mode in MODES for turn in (1, 6))])
def test_tiles_give_what_the_whole_gives(mode: str, orientation: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixels, "TILE", 64)
    for factor in (1, 5, 40, 200):
        image = picture(mode)
        expected = whole(image, orientation, factor)
        result = upright_rgb(picture(mode), orientation, factor)
        assert result.mode == "RGB"
        assert result.size == expected.size
        assert (np.asarray(result) == np.asarray(expected)).all(), factor


def test_a_picture_that_needs_nothing_is_not_copied() -> None:
    image = picture("RGB")
    assert upright_rgb(image) is image
