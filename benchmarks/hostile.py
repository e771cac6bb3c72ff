"""Peak memory and time of decoding pictures made to take much of both, each in a process of its own.

    python -m benchmarks.hostile [NAME...]

Every picture is below the pixel limit. It is decoded as a scan does: small for the detector, then in full size, as
small faces need. The peak is that of the whole process; what it takes before a picture is opened is printed first.
"""

import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from benchmarks.memory import elsewhere

SIDE = 15_872
"""Pixels: a square of 252 megapixels, just below the limit."""

CHILD = """
import os, resource, sys
from photogender.errors import DecodeError
from photogender.photos.file import open_photo
from photogender.records import Photo
path = sys.argv[1]
told = []
if path:
    status = os.stat(path)
    for side in (1000, 1_000_000):
        try:
            with open_photo(Photo(path, "", status.st_size, status.st_mtime_ns)) as file:
                image = file.decode(side)
                told.append("{}x{}".format(*image.pixels.size))
        except DecodeError as error:
            told.append(error.message)
        image = None
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, " | ".join(dict.fromkeys(told)))
"""


def png(path: Path, depth: int, colour: int, interlace: int = 0) -> None:
    """A black PNG of ``SIDE`` by ``SIDE`` pixels; colour 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA."""
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    packer = zlib.compressobj(9)
    row = bytes(1 + (SIDE * samples * depth + 7) // 8)
    # An interlaced picture has seven passes; together their rows are a little more than twice as many, each shorter.
    data = b"".join(packer.compress(row) for _ in range(SIDE + (SIDE // 4 if interlace else 0))) + packer.flush()
    palette = chunk(b"PLTE", bytes(range(48))) + chunk(b"tRNS", bytes(range(0, 64, 4))) if colour == 3 else b""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, depth, colour, 0, 0, interlace))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + palette + chunk(b"IDAT", data) + chunk(b"IEND", b""))


def tiff(path: Path, width: int, height: int, samples: int, bits: int, size: int = 0, orientation: int = 1) -> None:
    """An uncompressed TIFF whose pixels are a hole in the file."""
    length = width * height * samples * bits // 8
    tags = [
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, bits),
        (259, 3, 1, 1),
        (262, 3, 1, 2 if samples > 2 else 1),
        (273, 4, 1, 1024),
        (274, 3, 1, orientation),
        (277, 3, 1, samples),
        (278, 4, 1, height),
        (279, 4, 1, min(length, 2**32 - 1)),
    ]
    head = struct.pack("<2sHI", b"II", 42, 8) + struct.pack("<H", len(tags))
    extra = b""
    for tag, kind, count, value in tags:
        if tag == 258 and samples > 1:
            extra = struct.pack(f"<{samples}H", *[bits] * samples)
            head += struct.pack("<HHII", tag, kind, samples, 512)
        else:
            head += struct.pack("<HHII", tag, kind, count, value)
    with path.open("wb") as file:
        file.write((head + bytes(4)).ljust(512, b"\0") + extra)
        file.truncate(max(1024 + length, size))


def bigtiff(path: Path) -> None:
    """A BigTIFF that claims 20 by 12,058,648 pixels, RGBA, in one kilobyte."""
    tags = [(256, 4, 20), (257, 4, 12_058_648), (258, 3, 8), (259, 3, 1), (262, 3, 2), (273, 4, 400), (277, 3, 4)]
    tags += [(278, 4, 12_058_648), (279, 4, 1000), (338, 3, 2)]
    body = b"".join(
        struct.pack("<HHQ", tag, kind, 4 if tag == 258 else 1)
        + (struct.pack("<4H", 8, 8, 8, 8) if tag == 258 else struct.pack("<Q", value))
        for tag, kind, value in tags
    )
    head = struct.pack("<2sHHHQQ", b"II", 43, 8, 0, 16, len(tags))
    path.write_bytes((head + body + bytes(8)).ljust(1400, b"\x55"))


def saved(path: Path, mode: str, form: str, size: tuple[int, int] = (SIDE, SIDE), **options: object) -> None:
    """A picture of one colour."""
    import pillow_heif

    pillow_heif.register_heif_opener()
    Image.new(mode, size).save(path, form, **options)


def turned(orientation: int) -> Image.Exif:
    """EXIF data with nothing but an orientation."""
    exif = Image.Exif()
    exif[274] = orientation
    return exif


CASES: dict[str, Callable[[Path], None]] = {
    "grey16.png": lambda path: png(path, 16, 0),
    "rgb.png": lambda path: png(path, 8, 2),
    "rgb16.png": lambda path: png(path, 16, 2),
    "palette.png": lambda path: png(path, 8, 3),
    "grey-alpha.png": lambda path: png(path, 8, 4),
    "rgba.png": lambda path: png(path, 8, 6),
    "baseline.jpg": lambda path: saved(path, "RGB", "JPEG"),
    "turned.jpg": lambda path: saved(path, "RGB", "JPEG", exif=turned(6)),
    "progressive.jpg": lambda path: saved(path, "RGB", "JPEG", progressive=True, subsampling=0),
    "grey.jpg": lambda path: saved(path, "L", "JPEG"),
    "cmyk.jpg": lambda path: saved(path, "CMYK", "JPEG"),
    "plain.webp": lambda path: saved(path, "RGB", "WEBP", (16_383, 15_500), lossless=True, quality=0, method=0),
    "alpha.webp": lambda path: saved(path, "RGBA", "WEBP", (16_383, 15_500), lossless=True, quality=0, method=0),
    "small.avif": lambda path: saved(path, "RGB", "AVIF", (8192, 7500), speed=10),
    "small.heic": lambda path: saved(path, "RGB", "HEIF", (8192, 7500)),
    "flat.gif": lambda path: saved(path, "P", "GIF"),
    "hole.bmp": lambda path: bmp(path),
    "rgb.tif": lambda path: tiff(path, SIDE, SIDE, 3, 8),
    "turned.tif": lambda path: tiff(path, SIDE, SIDE, 3, 8, orientation=6),
    "rgba.tif": lambda path: tiff(path, SIDE, SIDE, 4, 8),
    "grey16.tif": lambda path: tiff(path, SIDE, SIDE, 1, 16),
    "float.tif": lambda path: saved(path, "F", "TIFF", compression="tiff_adobe_deflate"),
    "lzw.tif": lambda path: saved(path, "RGB", "TIFF", compression="tiff_lzw"),
    "strip.tif": lambda path: saved(path, "RGB", "TIFF", compression="tiff_lzw", tiffinfo={278: SIDE}),
    "column.png": lambda path: saved(path, "L", "PNG", (1, 250_000_000)),
    "big.tif": bigtiff,
    "sparse.tif": lambda path: tiff(path, 4000, 3000, 3, 8, size=6_300_000_000),
}


def bmp(path: Path) -> None:
    """A 24-bit BMP whose pixels are a hole in the file."""
    row = (SIDE * 3 + 3) // 4 * 4
    head = struct.pack("<2sIHHI", b"BM", 54 + row * SIDE, 0, 0, 54)
    head += struct.pack("<IiiHHIIiiII", 40, SIDE, SIDE, 1, 24, 0, row * SIDE, 0, 0, 0, 0)
    with path.open("wb") as file:
        file.write(head)
        file.truncate(54 + row * SIDE)


def make(name: str, path: Path) -> None:
    """Write the picture of a case."""
    CASES[name](path)


def main() -> None:
    """Print a line for each case."""
    wanted = sys.argv[1:] or list(CASES)
    nothing = subprocess.run([sys.executable, "-c", CHILD, ""], capture_output=True, text=True, check=True)
    print(f"{'without a picture':18}{int(nothing.stdout):6} MB")
    with tempfile.TemporaryDirectory() as scratch:
        for name in wanted:
            path = Path(scratch, name)
            elsewhere(make, name, path)
            start = time.perf_counter()
            child = subprocess.run(
                [sys.executable, "-c", CHILD, str(path)], capture_output=True, text=True, check=False
            )
            seconds = time.perf_counter() - start
            megabytes, _, told = child.stdout.strip().partition(" ")
            print(f"{name:18}{megabytes:>6} MB {seconds:6.1f} s  {told or child.stderr[-200:]}", flush=True)
            path.unlink()


if __name__ == "__main__":
    main()
