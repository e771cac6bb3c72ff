"""Files that are not read are called by what they are, after their first bytes."""

import hashlib
import os
import struct
from pathlib import Path

import pytest

from photogender.errors import DecodeError
from photogender.photos.file import open_photo
from tests.support.badfiles import encode
from tests.support.photo_files import decode, photo, write
from tests.support.photos import face

MP4 = b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41"


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        (b"\xff\x0a\xff\xff", "a picture in the format JPEG XL, which photogender does not read"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "a picture in the format JPEG XL, which"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "a picture in the format JPEG 2000, which"),
        (b"8BPS\0\1", "a picture in the format Photoshop, which"),
        (b"P6\n10 10\n255\n", "a picture in the format Netpbm, which"),
        (bytes(128) + b"DICM", "a picture in the format DICOM, which"),
        (b"FUJIFILMCCD-RAW 0201", r"a camera raw \(Fujifilm\) without the extension of one"),
        (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", r"a camera raw \(Canon\) without"),
        (MP4, "not a picture, but a video"),
        (b"\0\0\0\x14ftypqt  \0\0\2\0qt  ", "not a picture, but a video"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", r"not a picture, but a video \(QuickTime\)"),
        (b"\x1a\x45\xdf\xa3", r"not a picture, but a video \(Matroska or WebM\)"),
        (b"RIFF\0\0\0\0AVI LIST", r"not a picture, but a video \(AVI\)"),
        (b"%PDF-1.7", "not a picture, but a PDF"),
        (b"PK\3\4", "not a picture, but an archive or office document"),
        (b"<html><body>Log in", "not a picture, but a web page"),
        (b"hello", "not a picture .the content is not in a known picture format"),
        (b"GIF89a", "the file is damaged, or of an unusual kind: it begins like a GIF file"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "the file is damaged, or .* begins like a HEIC or AVIF file"),
        (b"BMW 320i", "not a picture .the content is not in a known picture format"),
    ],
)
def test_what_is_not_read_is_named(tmp_path: Path, start: bytes, reason: str) -> None:
    with pytest.raises(DecodeError, match=reason) as caught:
        decode(write(tmp_path, "a.jpg", start.ljust(600, b"\0")))
    assert caught.value.stage == "decode"


def test_a_video_is_not_hashed(tmp_path: Path) -> None:
    path = write(tmp_path, "clip.jpg", MP4)
    os.truncate(path, 1 << 42)  # four terabytes, all but the beginning a hole: hashing would take an hour
    with open_photo(photo(path)) as file, pytest.raises(DecodeError, match="a video"):
        file.content_hash  # noqa: B018


def test_a_picture_is_hashed_whole(tmp_path: Path) -> None:
    content = encode(face(), "PNG")
    with open_photo(photo(write(tmp_path, "a.png", content))) as file:
        assert file.content_hash == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "HEIF", "AVIF"])
def test_a_huge_file_is_not_read_into_memory(tmp_path: Path, form: str) -> None:
    path = write(tmp_path, "a", encode(face(), form))
    os.truncate(path, 600_000_000)
    with pytest.raises(DecodeError, match="the file has 600 MB; files of this kind are read up to 512 MB"):
        decode(path)


def test_a_short_ftyp_box_and_an_empty_one(tmp_path: Path) -> None:
    for length in (0, 1, 8, 0xFFFFFFFF):
        with pytest.raises(DecodeError, match="video"):
            decode(write(tmp_path, "a.jpg", struct.pack(">I", length) + b"ftypmp42"))
