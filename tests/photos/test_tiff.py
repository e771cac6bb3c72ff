"""TIFFs: deep planes are right, libtiff is silent, and a file of any size takes no more than its picture."""

import os
import resource
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.hostile import tiff
from photogender.errors import DecodeError
from tests.support.badfiles import encode
from tests.support.photo_files import decode, write
from tests.support.photos import face

CHILD = """
import re, sys
from photogender.errors import DecodeError
from tests.support.photo_files import decode
for path in sys.argv[1:]:
    try:
        print(*decode(path, 500).pixels.size)
    except DecodeError as error:
        print(error.message)
# not ru_maxrss, which begins at what the parent held when it forked
print(int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) // 1024)
"""


def decode_elsewhere(*paths: Path) -> tuple[list[str], int, str]:
    """What became of files in another process, its peak memory in MB, and what it wrote to stderr."""
    result = subprocess.run([sys.executable, "-c", CHILD, *paths], capture_output=True, text=True, check=True)
    *told, peak = result.stdout.splitlines()
    return told, int(peak), result.stderr


def planes(values: np.ndarray, order: str, rows: int) -> bytes:
    """An uncompressed TIFF of 16-bit samples, each colour in strips of its own; ``values`` has 8 bits."""
    height, width, colours = values.shape
    deep = values.astype(f"{order}u2") * 257
    strips = [
        deep[top : top + rows, :, colour].tobytes() for colour in range(colours) for top in range(0, height, rows)
    ]
    starts = np.cumsum([1000, *map(len, strips)])[:-1].tolist()
    counts = [len(strip) for strip in strips]
    tags = [(256, [width]), (257, [height]), (258, [16] * colours), (259, [1]), (262, [2 if colours > 2 else 1])]
    tags += [(273, starts), (277, [colours]), (278, [rows]), (279, counts), (284, [2])]
    tags += [(338, [2])] if colours == 4 else []
    entries, more, at = b"", b"", 8 + 2 + 12 * len(tags) + 4
    for tag, numbers in tags:
        value = struct.pack(f"{order}{len(numbers)}I", *numbers)
        if len(numbers) > 1:
            value, more = struct.pack(f"{order}I", at + len(more)), more + value
        entries += struct.pack(f"{order}HHI", tag, 4, len(numbers)) + value
    head = struct.pack(f"{order}2sHIH", b"II" if order == "<" else b"MM", 42, 8, len(tags))
    return (head + entries + bytes(4) + more).ljust(1000, b"\0") + b"".join(strips)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("rows", [300, 7])
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_deep_planes_are_the_picture(tmp_path: Path, order: str, rows: int, mode: str) -> None:
    picture = face().convert(mode).resize((60, 41))
    values = np.asarray(picture).reshape(41, 60, -1)
    shown = decode(write(tmp_path, "a.tif", planes(values, order, min(rows, 41)))).pixels
    assert (np.asarray(shown) == np.asarray(picture.convert("RGB"))).all()


def test_libtiff_does_not_write_to_the_terminal(tmp_path: Path) -> None:
    paths = []
    for compression in ("tiff_lzw", "tiff_adobe_deflate", "packbits", "group4"):
        picture = face().convert("1") if compression == "group4" else face()
        content = bytearray(encode(picture, "TIFF", compression=compression))
        content[200:3000:41] = b"\x5a" * len(content[200:3000:41])
        paths.append(write(tmp_path, f"{compression}.tif", bytes(content)))
    told, _, stderr = decode_elsewhere(*paths)
    assert any("damaged" in line for line in told)
    assert stderr == ""


def test_a_large_file_takes_the_memory_of_its_picture(tmp_path: Path) -> None:
    tiff(tmp_path / "sparse.tif", 2000, 1500, 3, 8, size=700_000_000)
    tiff(tmp_path / "huge.tif", 2000, 1500, 3, 8, size=50_000_000_000)
    lzw = write(tmp_path, "lzw.tif", encode(face(), "TIFF", compression="tiff_lzw"))
    os.truncate(lzw, 600_000_000)
    told, peak, _ = decode_elsewhere(tmp_path / "sparse.tif", tmp_path / "huge.tif", lzw)
    assert told[0] == "500 375"
    assert told[1] == "the file has 50,000 MB; files of this kind are read up to 4,300 MB"
    assert told[2] == "the file has 600 MB; files of this kind are read up to 512 MB"
    assert peak < 300


def test_strips_far_apart_are_read_one_by_one(tmp_path: Path) -> None:
    near = write(tmp_path, "near.tif", encode(face().resize((64, 64)), "TIFF", tiffinfo={278: 32}))
    with Image.open(near) as image:
        image.load()
        entries = dict(image.tag_v2)
    assert len(entries[273]) == 2, "Pillow writes two strips"
    content = bytearray(near.read_bytes())
    first, second = entries[273]
    far = 700_000_000
    struct.pack_into("<I", content, content.index(struct.pack("<II", first, second)) + 4, far)
    path = write(tmp_path, "far.tif", bytes(content))
    with path.open("r+b") as file:
        file.seek(far)
        file.write(content[second:])
    assert (np.asarray(decode(path).pixels) == np.asarray(decode(near).pixels)).all()
    told, peak, _ = decode_elsewhere(path)
    assert told == ["64 64"]
    assert peak < 300


@pytest.mark.parametrize("kind", [3, 12])
def test_a_directory_of_millions_of_numbers_is_refused(tmp_path: Path, kind: int) -> None:
    entry = struct.pack("<HHII", 273, kind, 100_000_000, 8)
    path = write(tmp_path, "a.tif", struct.pack("<2sHIH", b"II", 42, 8, 1) + entry + bytes(4))
    os.truncate(path, 900_000_000)
    with pytest.raises(DecodeError, match="millions of numbers"):
        decode(path)


def test_exif_data_that_would_be_copied_thousands_of_times_is_left_out(tmp_path: Path) -> None:
    entries = b"".join(struct.pack("<HHII", tag, 7, 900_000, 8) for tag in range(1, 60_000))
    exif = struct.pack("<2sHIH", b"II", 42, 8, 59_999) + entries + bytes(200_000)
    path = write(tmp_path, "a.webp", encode(face(), "WEBP", exif=exif))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert decode(path).pixels.size == (300, 300)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kilobytes
