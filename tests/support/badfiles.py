"""Files that a photo library should not have, and has."""

import io
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pillow_heif
from PIL import Image

ORIENTATIONS = {
    # What a camera stores so that EXIF orientation N shows the picture upright: the inverse of the turn.
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def encode(picture: Image.Image, form: str, **options: object) -> bytes:
    """The bytes of a picture file."""
    pillow_heif.register_heif_opener()
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def oriented(picture: Image.Image, orientation: int, form: str = "JPEG") -> bytes:
    """A file that shows ``picture`` upright by means of its EXIF orientation."""
    turn = ORIENTATIONS[orientation]
    exif = Image.Exif()
    exif[274] = orientation
    return encode(picture if turn is None else picture.transpose(turn), form, exif=exif)


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds one row's worth of nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = chunk(b"IDAT", zlib.compress(b"\0" * 100))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + data + chunk(b"IEND", b"")


def make_bad_files(folder: Path, face: Image.Image) -> dict[str, str | None]:
    """Write them; each name with a part of the reason it must be skipped for, or None if it must be tagged."""
    jpeg, png, heic, webp = (encode(face, form) for form in ("JPEG", "PNG", "HEIF", "WEBP"))
    files: dict[str | bytes, tuple[bytes, str | None]] = {
        "zero.jpg": (b"", "empty"),
        "text.jpg": (b"Dear diary, today I was no picture.\n" * 20, "not a picture"),
        "document.jpg": (b"%PDF-1.7\n" + b"x" * 500, "not a picture"),
        "noise.heic": (bytes(range(256)) * 20, "not a picture"),
        "jpeg-called.png": (jpeg, None),
        "png-called.jpg": (png, None),
        "heic-called.jpg": (heic, None),
        "picture-without-extension": (png, None),
        "picture.unknown": (jpeg, None),
        "huge.png": (png_header(60_000, 60_000), "megapixels"),
        "large.png": (png_header(17_000, 16_000), "272 megapixels"),
        "huge.jpg": (jpeg.replace(struct.pack(">HH", *face.size[::-1]), b"\xea\x60\xea\x60", 1), "megapixels"),
        "animated.gif": (encode(face, "GIF", save_all=True, append_images=[Image.new("RGB", face.size)]), None),
        "animated.webp": (encode(face, "WEBP", save_all=True, append_images=[Image.new("RGB", face.size)]), None),
        "animated.png": (encode(face, "PNG", save_all=True, append_images=[Image.new("RGB", face.size)]), None),
        "cmyk.jpg": (encode(face.convert("CMYK"), "JPEG"), None),
        "grey.jpg": (encode(face.convert("L"), "JPEG"), None),
        "bilevel.tif": (encode(face.convert("1"), "TIFF"), None),
        "sixteen.png": (encode(_sixteen_bits(face), "PNG"), None),
        "sixteen.tif": (encode(_sixteen_bits(face), "TIFF"), None),
        "float.tif": (encode(Image.fromarray(np.asarray(face.convert("L"), np.float32) / 255), "TIFF"), None),
        "palette.png": (encode(face.quantize(64), "PNG", transparency=3), None),
        "alpha.png": (encode(face.convert("RGBA"), "PNG"), None),
        "progressive.jpg": (encode(face, "JPEG", progressive=True), None),
        "face.bmp": (encode(face, "BMP"), None),
        "face.avif": (encode(face, "AVIF"), None),
        "face.heic": (heic, None),
        'quote\'s "name".jpg': (jpeg, None),
        "line\nbreak.jpg": (jpeg, None),
        "smile 😀 [bold].jpg": (jpeg, None),
        b"caf\xe9.jpg": (jpeg, None),
    }
    for orientation in ORIENTATIONS:
        files[f"orientation-{orientation}.jpg"] = (oriented(face, orientation), None)
    for name, whole in (("cut.jpg", jpeg), ("cut.png", png), ("cut.heic", heic), ("cut.webp", webp)):
        for quarter in (1, 2, 3):
            stem, extension = name.split(".")
            files[f"{stem}-{quarter}.{extension}"] = (whole[: len(whole) * quarter // 4], "the file is ")
    for name, (content, _) in files.items():
        Path(os.fsdecode(os.path.join(os.fsencode(folder), os.fsencode(name)))).write_bytes(content)
    (folder / "a.jpg").mkdir()
    (folder / "a.jpg" / "inside.jpg").write_bytes(jpeg)
    os.mkfifo(folder / "pipe.jpg")
    (folder / "dangling.jpg").symlink_to(folder / "nowhere.jpg")
    expected = {os.fsdecode(name): reason for name, (_, reason) in files.items()}
    return {**expected, "a.jpg/inside.jpg": None, "pipe.jpg": "a named pipe", "dangling.jpg": "not there"}


def _sixteen_bits(face: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(face.convert("L"), np.uint16) * 257)
