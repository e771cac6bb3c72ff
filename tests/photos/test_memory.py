"""Pictures that would take too much memory are refused with a sentence, or decoded smaller than asked for."""

from pathlib import Path

import pytest
from PIL import Image

from photogender.errors import DecodeError
from photogender.photos import memory
from photogender.photos.memory import peak_memory
from tests.support.badfiles import encode, oriented
from tests.support.photo_files import decode, write
from tests.support.photos import face


def test_what_would_take_too_much_is_refused_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, "a.webp", encode(face(), "WEBP"))
    monkeypatch.setattr(memory, "MAX_MEMORY", 300 * 300 * 16)
    with pytest.raises(DecodeError, match=r"takes 0\.0 GB of memory; photogender uses up to 1\.5 GB") as caught:
        decode(path)
    assert caught.value.stage == "decode"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_smaller_picture_where_memory_does_not_suffice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    path = write(tmp_path, "a", oriented(face().convert("RGBA" if form == "PNG" else "RGB"), 6, form))
    assert decode(path, 300).pixels.size == (300, 300)
    limits = {"JPEG": 7, "PNG": 7, "WEBP": 17, "TIFF": 7}
    monkeypatch.setattr("photogender.photos.file.MAX_MEMORY", limits[form] * 90_000)
    monkeypatch.setattr(memory, "MAX_MEMORY", limits[form] * 90_000)
    if form in ("JPEG", "PNG"):
        image = decode(path, 300)
        assert image.pixels.size == (150, 150)
        assert image.scale == (0.5, 0.5)
    if form != "WEBP":
        with pytest.raises(DecodeError, match="GB of memory"):
            decode(path)


def header(mode: str, form: str, size: tuple[int, int], **info: object) -> Image.Image:
    """A picture of which only the header was read."""
    image = Image.new(mode, (1, 1))
    image.format, image._size = form, size
    image.info.update(info)
    return image


def test_the_estimate_covers_what_a_picture_at_the_limit_takes() -> None:
    pixels = 256_000_000

    def peak(mode: str, form: str, shrink: int = 1, factor: int = 1, is_turned: bool = False, **info: object) -> float:
        return peak_memory(header(mode, form, (16_000, 16_000), **info), 0, shrink, factor, is_turned)

    assert peak("RGB", "JPEG") == pytest.approx(4 * pixels, rel=0.001)
    assert peak("RGB", "JPEG", is_turned=True) == pytest.approx(8 * pixels, rel=0.001)
    assert peak("RGB", "JPEG", progressive=1) == pytest.approx(10 * pixels, rel=0.001)
    assert peak("RGB", "JPEG", 8, progressive=1) == pytest.approx((6 + 4 / 64) * pixels, rel=0.001)
    assert peak("I;16", "PNG") == pytest.approx(6 * pixels, rel=0.001)
    assert peak("RGBA", "PNG", factor=10) == pytest.approx(4.04 * pixels, rel=0.001)
    assert peak("RGB", "TIFF", is_turned=True, factor=10) == pytest.approx(8 * pixels, rel=0.001)
    assert peak("RGB", "WEBP") == pytest.approx(16 * pixels, rel=0.001)
    assert peak("RGB", "HEIF") == pytest.approx(7 * pixels, rel=0.001)


def test_a_strip_of_a_compressed_tiff_is_unpacked_whole(tmp_path: Path) -> None:
    """A TIFF of 252 megapixels in one strip took 1.9 GB."""
    picture = Image.new("RGB", (600, 600))
    for rows, wanted in ((600, 7), (60, 4.3)):
        path = tmp_path / f"{rows}.tif"
        picture.save(path, compression="tiff_lzw", tiffinfo={278: rows})
        with Image.open(path) as image:
            assert image.tag_v2[278] == rows  # type: ignore[attr-defined]
            assert peak_memory(image, 0, 1, 1, False) == pytest.approx(wanted * 360_000, rel=0.01)


def test_a_picture_that_is_a_pixel_wide_takes_more_for_its_rows_than_for_its_pixels() -> None:
    assert peak_memory(header("L", "PNG", (1, 250_000_000)), 0, 1, 1, False) > 2 * memory.MAX_MEMORY
    assert peak_memory(header("L", "PNG", (250_000_000, 1)), 0, 1, 1, False) < memory.MAX_MEMORY
    assert peak_memory(header("L", "PNG", (250_000_000, 1)), 0, 1, 1, True) > 2 * memory.MAX_MEMORY
