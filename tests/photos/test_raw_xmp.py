"""The XMP inside camera raws, and what a raw or an XMP packet must not make us believe."""

import io
import os
import struct
import time
from pathlib import Path

import pytest
from PIL import Image

from photogender.photos.file import open_photo
from photogender.photos.raw_xmp import read_raw_xmp
from photogender.records import Photo, PhotoFacts
from tests.support.dng import make_dng
from tests.support.programs import change_with_exiftool, needs_exiftool
from tests.support.sidecars import make_photo

PACKET = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"
UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")


def box(kind: bytes, content: bytes, *, is_long: bool = False) -> bytes:
    if is_long:
        return struct.pack(">I4sQ", 1, kind, 16 + len(content)) + content
    return struct.pack(">I4s", 8 + len(content), kind) + content


@pytest.mark.parametrize("is_long", [False, True])
def test_a_cr3_has_it_in_a_box(is_long: bool) -> None:
    start = box(b"ftyp", b"crx \0\0\0\1") + box(b"moov", b"x" * 50) + box(b"uuid", b"y" * 16 + b"other")
    data = start + box(b"uuid", UUID + PACKET, is_long=is_long) + box(b"mdat", b"z" * 30)
    assert read_raw_xmp(io.BytesIO(data)) == PACKET
    assert read_raw_xmp(io.BytesIO(start)) is None


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("magic", [42, 0x4F52, 0x55])  # TIFF, Olympus, Panasonic
def test_raws_like_a_tiff_have_it_in_the_first_directory(order: str, magic: int) -> None:
    entries = struct.pack(f"{order}HHHIIHHII", 2, 271, 2, 4, 0, 700, 1, len(PACKET), 40)
    data = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", magic, 8) + entries
    assert read_raw_xmp(io.BytesIO(data.ljust(40, b"\0") + PACKET + b"more")) == PACKET


@pytest.mark.parametrize("data", [
    b"", b"II", b"II*\0\0\0", b"II*\0\xff\xff\xff\xff", b"II*\0\x08\0\0\0\xff\xff", b"\0\0\0\x08ftyp",
    b"\0\0\0\0ftyp" + b"\0" * 20, box(b"ftyp", b"") + b"\0\0\0\1uuid" + b"\xff" * 8, box(b"ftyp", b"") * 500,
    box(b"ftyp", b"") + box(b"uuid", UUID), b"FUJIFILMCCD-RAW 0201",
    b"II*\0\x08\0\0\0" + struct.pack("<HHHII", 1, 700, 1, 100, 5000),
])  # fmt: skip
def test_damaged_raws_have_none(data: bytes) -> None:
    assert read_raw_xmp(io.BytesIO(data)) is None


def facts(path: Path) -> PhotoFacts:
    found = path.stat()
    with open_photo(Photo(str(path), str(path.parent), found.st_size, found.st_mtime_ns)) as file:
        return file.facts


@needs_exiftool
def test_exiftools_packet_in_a_dng_is_found(tmp_path: Path) -> None:
    path = tmp_path / "a.dng"
    path.write_bytes(make_dng(make_photo(tmp_path / "preview.jpg").read_bytes(), (120, 80), 1))
    change_with_exiftool(path, "-XMP-dc:Title=In a raw")
    with open(path, "rb") as stream:
        packet = read_raw_xmp(stream)
    assert packet is not None
    assert b"In a raw" in packet


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Tokyo"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_raw_without_a_date_is_not_of_1970(
    tmp_path: Path, orientation: int, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LibRaw puts EXIF into a preview that has none, with the start of 1970 in local time."""
    monkeypatch.setitem(os.environ, "TZ", zone)
    time.tzset()
    preview = io.BytesIO()
    Image.new("RGB", (120, 80), "red").save(preview, "JPEG")
    path = tmp_path / "a.dng"
    path.write_bytes(make_dng(preview.getvalue(), (120, 80), orientation))
    assert (facts(path).taken, facts(path).camera) == (None, "Test Cam")
    monkeypatch.undo()
    time.tzset()


@needs_exiftool
def test_the_date_of_a_raw_counts(tmp_path: Path) -> None:
    path = tmp_path / "a.dng"
    path.write_bytes(make_dng(make_photo(tmp_path / "preview.jpg").read_bytes(), (120, 80), 1))
    change_with_exiftool(path, "-EXIF:DateTimeOriginal=2019:05:06 10:11:12")
    assert facts(path).taken == "2019-05-06T10:11:12"


@pytest.mark.parametrize("make", [None, "Canon"])
def test_an_orientation_in_the_xmp_of_a_jpeg_turns_nothing(tmp_path: Path, make: str | None) -> None:
    """Other programs go by EXIF; Pillow would take the XMP's."""
    exif = Image.Exif()
    if make:
        exif[0x010F] = make
    xmp = b'<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/>'
    path = tmp_path / "a.jpg"
    Image.new("RGB", (120, 80)).save(path, xmp=xmp, **({"exif": exif} if make else {}))
    assert Image.open(path).getexif()[0x0112] == 6
    assert (facts(path).width, facts(path).height) == (120, 80)
    exif[0x0112] = 8
    Image.new("RGB", (120, 80)).save(path, xmp=xmp, exif=exif)
    assert (facts(path).width, facts(path).height) == (80, 120)
