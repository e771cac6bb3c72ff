"""Headers that would take minutes or gigabytes to parse are a sentence; those of real files are read."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from photogender.errors import DecodeError
from photogender.photos import metered
from tests.support.badfiles import encode
from tests.support.photo_files import decode, write
from tests.support.photos import face

SMALL = face().resize((40, 32))


def with_segments(*segments: tuple[int, bytes]) -> bytes:
    """A JPEG without JFIF header, of which Pillow therefore parses EXIF data as soon as it opens it."""
    jpeg = encode(SMALL, "JPEG")
    rest = jpeg[4 + int.from_bytes(jpeg[4:6]) :]
    return jpeg[:2] + b"".join(struct.pack(">BBH", 255, kind, len(data) + 2) + data for kind, data in segments) + rest


def directory(entries: int, size: int) -> bytes:
    """EXIF data of many tags with the same bytes."""
    listed = b"".join(struct.pack("<HHII", 1000 + number, 2, size, 8) for number in range(entries))
    return b"II*\0\x08\0\0\0" + struct.pack("<H", entries) + listed + bytes(4)


def gif(extension: bytes) -> bytes:
    content = encode(SMALL, "GIF")
    at = content.index(b"\x2c\0\0\0\0")
    return content[:at] + extension + content[at:]


def png(chunks: Callable[[bytes], bytes]) -> bytes:
    content = encode(SMALL, "PNG")
    at = content.index(b"IDAT") - 4
    return content[:at] + chunks(b"".join((bytes(4), b"teXt", struct.pack(">I", zlib.crc32(b"teXt"))))) + content[at:]


EXIF = directory(5_000, 60_000)
LONG = directory(60_000, 900_000)

HOSTILE = {
    "tags.jpg": (with_segments((0xE1, b"Exif\0\0" + EXIF)), "repeat themselves"),
    "tags in parts.jpg": (
        with_segments(*((0xE1, b"Exif\0\0" + LONG[at : at + 60_000]) for at in range(0, len(LONG), 60_000))),
        "repeat themselves",
    ),
    "pictures.jpg": (with_segments((0xE2, b"MPF\0" + EXIF)), "repeat themselves"),
    "segments.jpg": (with_segments(*[(0xFE, b"x")] * 30_000), "too many parts"),
    "nothing.jpg": (b"\xff\xd8\xff\xfe\0\2" + bytes(100_000), "too many parts"),
    "long.jpg": (with_segments(*[(0xFE, bytes(65_000))] * 1_000), "too many parts"),
    "comment.gif": (gif(b"!\xfe" + b"\1x" * 30_000 + b"\0"), "too many parts"),
    "chunks.png": (png(lambda chunk: chunk * 30_000), "too many parts"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_header_without_end_is_a_sentence(tmp_path: Path, name: str) -> None:
    content, reason = HOSTILE[name]
    with pytest.raises(DecodeError, match=reason) as caught:
        decode(write(tmp_path, name, content))
    assert caught.value.stage == "decode"


def test_pixels_in_too_many_parts_are_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = encode(SMALL, "PNG")
    at = content.index(b"IDAT") - 4
    empty = struct.pack(">I4sI", 0, b"IDAT", zlib.crc32(b"IDAT"))
    path = write(tmp_path, "a.png", content[:at] + empty * 5_000 + content[at:])
    decode(path)
    monkeypatch.setattr(metered, "MAX_READS", 1_000)
    with pytest.raises(DecodeError, match="too many parts"):
        decode(path)


def test_metadata_of_real_photos_are_read(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[36867] = "2019:07:04 12:30:59"
    exif.get_ifd(0x8769)[37500] = b"x" * 40_000
    jpeg = encode(SMALL, "JPEG", exif=exif, icc_profile=bytes(3_000_000), comment=b"x" * 60_000)
    assert decode(write(tmp_path, "a.jpg", jpeg)).facts.taken == "2019-07-04T12:30:59"
    parts = [(0xE1, b"http://ns.adobe.com/xmp/extension/\0" + bytes(65_000))] * 300
    assert decode(write(tmp_path, "b.jpg", with_segments(*parts))).pixels.size == SMALL.size
    layers = encode(SMALL, "TIFF", tiffinfo={37724: bytes(70_000_000)})
    assert decode(write(tmp_path, "d.tif", layers)).pixels.size == SMALL.size
    many = encode(Image.effect_noise((1500, 1500), 99).convert("RGB"), "PNG", compress_level=0)
    assert decode(write(tmp_path, "c.png", many)).pixels.size == (1500, 1500)
