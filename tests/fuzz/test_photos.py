"""Pictures, their metadata, and ignore files."""

import io
import os
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from photogender.errors import DecodeError, PhotogenderError
from photogender.photos import formats
from photogender.photos.dates import date_taken
from photogender.photos.directory import measure_directory
from photogender.photos.file import open_photo
from photogender.photos.ignore import parse_exclude, read_ignore_file
from tests.fuzz.damage import damaged, fuzzed, scratch
from tests.support.badfiles import encode
from tests.support.dng import make_dng
from tests.support.photo_files import photo
from tests.support.photos import face


def _pictures() -> list[bytes]:
    """A small file of each kind, with metadata where it can have some."""
    small = face().resize((40, 32))
    exif = Image.Exif()
    exif.update({274: 6, 271: "Canon", 272: "EOS", 306: "2020:01:01 00:00:00"})
    exif.get_ifd(0x8769).update({36867: "2019:07:04 12:30:59", 36868: "2019:07:04 12:30:59"})
    xmp = b'<x:xmpmeta><rdf:Description photoshop:DateCreated="1988-12-01T18:53:44"/></x:xmpmeta>'
    more = {"exif": exif, "xmp": xmp}
    deep = Image.new("I;16", (40, 32), 4000)
    pictures = [
        encode(small, "JPEG", **more),
        encode(small, "JPEG", progressive=True, **more),
        encode(small.convert("CMYK"), "JPEG"),
        encode(small, "MPO", save_all=True, append_images=[small]),
        encode(small, "PNG", exif=exif),
        encode(small.quantize(16), "PNG", transparency=3),
        encode(small.convert("RGBA"), "PNG"),
        encode(deep, "PNG"),
        encode(small, "WEBP", **more),
        encode(small.convert("RGBA"), "WEBP", lossless=True),
        encode(small, "GIF", save_all=True, append_images=[small.rotate(90)]),
        encode(small, "BMP"),
        encode(small, "HEIF", exif=exif),
        encode(small, "AVIF", exif=exif),
        make_dng(encode(small, "JPEG"), small.size, 6),
    ]
    compressions = ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg")
    pictures += [encode(small, "TIFF", compression=name, exif=exif) for name in compressions]
    pictures += [encode(deep, "TIFF"), encode(small.convert("1"), "TIFF", compression="group4")]
    return pictures


PICTURES = _pictures()


@fuzzed
@given(damaged(PICTURES), st.sampled_from(["a.jpg", "a.dng"]))
def test_a_damaged_picture_is_decoded_or_says_why(content: bytes, name: str) -> None:
    path = scratch() / name
    path.write_bytes(content or b"x")
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        patch.setattr(formats, "MAX_PIXELS", 1_000_000)  # a damaged size would only take time
        try:
            with open_photo(photo(path)) as file:
                assert 1 <= file.orientation <= 8
                assert file.xmp is None or isinstance(file.xmp, bytes)
                assert isinstance(file.iptc, dict)
                for side in (16, None):
                    image = file.decode(side)
                    assert image.pixels.mode == "RGB"
                    assert 0 < image.scale[0] <= 1
        except DecodeError as error:
            assert error.message
            assert error.stage == "decode", error.message


@fuzzed
@given(damaged([encode(face().resize((8, 8)), "TIFF"), b"MM\0*\0\0\0\x08\0\1", b"II+\0\x08\0\0\0" + bytes(64)]))
def test_measuring_a_damaged_directory(content: bytes) -> None:
    size = measure_directory(io.BytesIO(content))
    assert 0 <= size.numbers <= size.values


@fuzzed
@given(st.one_of(st.binary(max_size=300), damaged(PICTURES)))
def test_what_a_file_is_called(start: bytes) -> None:
    try:
        assert formats.identify(start[: formats.START])
    except DecodeError as error:
        assert error.message


@fuzzed
@given(st.text(max_size=40), st.binary(max_size=200), st.dictionaries(st.integers(0, 255), st.lists(st.text())))
def test_dates_of_any_text(text: str, xmp: bytes, iptc: dict[int, list[str]]) -> None:
    packet = b'<a photoshop:DateCreated="' + xmp
    found = date_taken({36867: text, 36868: 5, 41728: b"\x02"}, lambda: packet, lambda: iptc)
    assert found is None or len(found) == len("2020-01-01T00:00:00")


IGNORE = [
    b"*.png\n!keep.png\n/x/**/y\n[a-z]*\n\\#a\n",
    b"\xef\xbb\xbfskip/\r\n[[:alpha:]]?[!b]\n",
    b"*?*?*?*?*?*?*?*.png\n**/a/**/b/**/c\n",
]


@fuzzed
@given(damaged(IGNORE), st.lists(st.text("ab./[]*-é\n", min_size=1, max_size=9), min_size=1, max_size=5))
def test_any_ignore_file_decides_or_is_a_problem(content: bytes, names: list[str]) -> None:
    path = scratch() / ".photogenderignore"
    path.write_bytes(content)
    problems: list[str] = []
    patterns = read_ignore_file(str(path), problems)
    assert patterns or problems
    if patterns:
        assert patterns.leaves_out("/".join(names), is_folder=False) in (True, False, None)
    assert all(problem.startswith(str(path)) for problem in problems)
    try:
        parse_exclude([os.fsdecode(line) for line in content.split(b"\n")], ["/photos"])
    except PhotogenderError as error:
        assert "--exclude" in error.message
