"""JPEGs without their end are decoded as viewers show them, with a note; not if too much is missing."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photogender.errors import DecodeError
from tests.support.badfiles import encode
from tests.support.photo_files import decode, write
from tests.support.photos import face


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("side", [None, 150])
def test_a_jpeg_without_its_end(tmp_path: Path, mode: str, progressive: bool, side: int | None) -> None:
    whole = encode(face().resize((600, 600)).convert(mode), "JPEG", progressive=progressive)
    expected = np.asarray(decode(write(tmp_path, "whole.jpg", whole), side).pixels, np.int16)
    image = decode(write(tmp_path, "end.jpg", whole[:-2]), side)
    assert (np.asarray(image.pixels) == expected).all()
    assert image.facts.note == "the file is cut short"
    image = decode(write(tmp_path, "rows.jpg", whole[: len(whole) * 98 // 100]), side)
    assert "cut short" in str(image.facts.note)
    rows = len(expected) * 9 // 10
    assert np.abs(np.asarray(image.pixels, np.int16) - expected)[:rows].mean() < (4 if progressive else 0.1)


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_of_which_too_much_is_missing_is_skipped(tmp_path: Path, progressive: bool) -> None:
    whole = encode(face().resize((600, 600)), "JPEG", progressive=progressive)
    for part in (1, 5, 12, 30) if progressive else (1, 5, 25, 50, 75):
        with pytest.raises(DecodeError, match=r"the file is (cut short|damaged)"):
            decode(write(tmp_path, "cut.jpg", whole[: len(whole) * part // 100]))


def test_a_whole_jpeg_has_no_note_and_garbage_after_it_does_no_harm(tmp_path: Path) -> None:
    whole = encode(face(), "JPEG")
    assert decode(write(tmp_path, "a.jpg", whole)).facts.note is None
    assert decode(write(tmp_path, "b.jpg", whole + b"garbage" * 99)).facts.note is None


def test_a_progressive_jpeg_of_endless_scans_is_refused(tmp_path: Path) -> None:
    whole = encode(face(), "JPEG", progressive=True)
    last = whole[whole.rindex(b"\xff\xda") : -2]
    assert decode(write(tmp_path, "many.jpg", whole[:-2] + last * 80 + whole[-2:])).pixels.size == (300, 300)
    with pytest.raises(DecodeError, match="over 100 scans"):
        decode(write(tmp_path, "more.jpg", whole[:-2] + last * 100 + whole[-2:]))
    # what follows a picture, as the film of a moving photo, has no scans
    assert decode(write(tmp_path, "film.jpg", whole + b"\xff\xda" * 500)).facts.note is None


def test_damage_inside_a_jpeg_is_no_missing_end(tmp_path: Path) -> None:
    whole = bytearray(encode(Image.effect_noise((400, 400), 80), "JPEG"))
    at = whole.index(b"\xff\xda")
    whole[at + 400 : at + 404] = b"\xff\xd8\xff\xc0"
    with pytest.raises(DecodeError, match="damaged"):
        decode(write(tmp_path, "a.jpg", bytes(whole)))
