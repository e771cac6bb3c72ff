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


def test_the_estimate_covers_what_a_picture_at_the_limit_takes() -> None:
    pixels = 256_000_000

    def peak(mode: str, form: str, shrink: int = 1, factor: int = 1, is_turned: bool = False, **info: object) -> float:
        image = Image.new(mode, (16, 16))
        image.format = form
        image.info.update(info)
        return peak_memory(image, 0, shrink, factor, is_turned) / 256 * pixels

    assert peak("RGB", "JPEG") == 4 * pixels
    assert peak("RGB", "JPEG", is_turned=True) == 8 * pixels
    assert peak("RGB", "JPEG", progressive=1) == 10 * pixels
    assert peak("RGB", "JPEG", 8, progressive=1) == pytest.approx((6 + 4 / 64) * pixels)
    assert peak("I;16", "PNG") == 6 * pixels
    assert peak("RGBA", "PNG", factor=10) == pytest.approx(4.04 * pixels)
    assert peak("RGB", "TIFF", is_turned=True, factor=10) == 8 * pixels
    assert peak("RGB", "WEBP") == 16 * pixels
    assert peak("RGB", "HEIF") == 7 * pixels
