"""Picture formats: which are read, how a file's first bytes tell them, and opening a header."""

import errno
import logging
from typing import BinaryIO, cast

from PIL import Image

from photogender.errors import DecodeError
from photogender.photos.faults import damaged, too_large
from photogender.photos.jpeg import check_metadata
from photogender.photos.memory import MAX_FILE
from photogender.photos.metered import Metered

MAX_PIXELS = 256_000_000
"""Pixels of the largest picture that is read; still cameras reach 200 megapixels."""

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "AVIF", "HEIF")
"""Pillow's names of the formats that are read, with TIFF. JPEG includes multi-picture JPEGs; no other plugin runs."""

START = 192
"""Bytes of a file's beginning that tell its format."""

_READ = (
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (8, b"WEBP", "WebP"),
    (0, b"GIF87a", "GIF"),
    (0, b"GIF89a", "GIF"),
    (0, b"BM", "BMP"),
    *((0, mark, "TIFF") for mark in (b"II*\0", b"MM\0*", b"II\0*", b"MM*\0", b"II+\0", b"MM\0+")),
)
"""Position, bytes there, format."""

_PICTURES = (
    (0, b"\xff\x0a", "JPEG XL"),
    (4, b"JXL ", "JPEG XL"),
    (4, b"jP  ", "JPEG 2000"),
    (0, b"\xff\x4f\xff\x51", "JPEG 2000"),
    (0, b"II\xbc\x01", "JPEG XR"),
    (0, b"8BPS", "Photoshop"),
    (0, b"gimp xcf", "GIMP"),
    (0, b"v/1\x01", "OpenEXR"),
    (0, b"#?RADIANCE", "Radiance HDR"),
    (0, b"\0\0\1\0", "Windows icon"),
    (0, b"qoif", "QOI"),
    (0, b"BPG\xfb", "BPG"),
    (0, b"AT&TFORM", "DjVu"),
    (0, b"<svg", "SVG"),
    (0, b"%!PS", "PostScript"),
    (128, b"DICM", "DICOM"),
    (0, b"SIMPLE  =", "FITS"),
    *((0, b"P%d" % kind + space, "Netpbm") for kind in range(1, 8) for space in (b"\n", b" ", b"\r")),
)

_RAWS = (
    (0, b"FUJIFILMCCD-RAW", "Fujifilm"),
    (0, b"IIU\0", "Panasonic"),
    *((0, mark, "Olympus") for mark in (b"IIRO", b"IIRS", b"MMOR")),
    (0, b"\0MRM", "Minolta"),
    (0, b"FOVb", "Sigma"),
    (6, b"HEAPCCDR", "Canon"),
    (4, b"ftypcrx ", "Canon"),
)

_OTHERS = (
    (0, b"%PDF", "a PDF"),
    (0, b"PK\3\4", "an archive or office document"),
    (0, b"Rar!", "an archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "an archive"),
    (0, b"\x1f\x8b", "an archive"),
    (0, b"SQLite format 3\0", "a database"),
    (0, b"<!DOCTYPE", "a web page"),
    (0, b"<html", "a web page"),
    (0, b"<?xml", "an XML file"),
    (0, b"ID3", "a sound file"),
    (8, b"WAVE", "a sound file"),
    (0, b"fLaC", "a sound file"),
    (0, b"OggS", "a sound or video file (Ogg)"),
    (8, b"AVI ", "a video (AVI)"),
    (0, b"\x1a\x45\xdf\xa3", "a video (Matroska or WebM)"),
    (0, b"FLV\1", "a video (Flash)"),
    (0, b"\0\0\1\xba", "a video (MPEG)"),
    (0, b"\0\0\1\xb3", "a video (MPEG)"),
    (188, b"\x47", "a video (MPEG transport stream)"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a video (Windows Media)"),
    *((4, mark, "a video (QuickTime)") for mark in (b"moov", b"mdat", b"wide", b"pnot")),
)

_PICTURE_BRANDS = frozenset((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"hevm", b"hevs", b"mif1", b"mif2"))
_PICTURE_BRANDS |= {b"msf1", b"avif", b"avis"}
"""Brands of ISO media files that hold pictures, ISO/IEC 23008-12; other files of the kind are videos."""

_BMP_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)
"""Sizes of a BMP's header; text may begin with the same two letters."""

logging.getLogger("PIL").addHandler(logging.NullHandler())  # otherwise errors about damaged files go to the terminal

if Image.MAX_IMAGE_PIXELS is not None:  # never lower an application's limit, never restore one that it removed
    Image.MAX_IMAGE_PIXELS = max(Image.MAX_IMAGE_PIXELS, MAX_PIXELS)


def identify(start: bytes) -> str:
    """The format of a picture: ``JPEG``, ``TIFF``, ``HEIC or AVIF`` and so on.

    Args:
        start: The first ``START`` bytes of the file.

    Raises:
        DecodeError: The file is not a picture, or in a format that is not read; the sentence names it.
    """
    if start[4:8] == b"ftyp" and start[8:12] != b"crx ":
        length = min(max(int.from_bytes(start[:4]), 16), len(start))
        brands = {start[8:12], *(start[at : at + 4] for at in range(16, length, 4))}
        if brands & _PICTURE_BRANDS:
            return "HEIC or AVIF"
        raise DecodeError("decode", "not a picture, but a video")
    name = _find(_READ, start)
    if name and (name != "BMP" or int.from_bytes(start[14:18], "little") in _BMP_HEADERS):
        return name
    if name := _find(_PICTURES, start):
        raise DecodeError("decode", f"a picture in the format {name}, which photogender does not read")
    if name := _find(_RAWS, start):
        raise DecodeError("decode", f"a camera raw ({name}) without the extension of one; rename it to have it read")
    if name := _find(_OTHERS, start):
        raise DecodeError("decode", f"not a picture, but {name}")
    raise DecodeError("decode", "not a picture (the content is not in a known picture format)")


def unusual(name: str) -> DecodeError:
    """The error for a file that begins like one of a format but cannot be read as one."""
    words = f"it begins like a {name} file but cannot be read as one"
    return DecodeError("decode", f"the file is damaged, or of an unusual kind: {words}")


def open_header(file: BinaryIO, formats: tuple[str, ...]) -> Image.Image:
    """A picture whose header has been read and whose pixels have not.

    Args:
        file: The picture, at its start.
        formats: Pillow's names of the formats to try.

    Raises:
        DecodeError: The picture has more than ``MAX_PIXELS`` pixels, or its header takes too long to parse.
        UnidentifiedImageError: The content is of none of these formats.
    """
    # The directory of a TIFF was measured before; layers of Photoshop in it may have hundreds of megabytes, read twice.
    metered = Metered(file, 4 * MAX_FILE) if "TIFF" in formats else Metered(file)
    try:
        if "JPEG" in formats:
            check_metadata(Metered(file))
            file.seek(0)
        image = Image.open(cast(BinaryIO, metered), formats=formats)
    except Image.DecompressionBombError as error:
        limit = 2 * (Image.MAX_IMAGE_PIXELS or 0)
        raise too_large(f"more than {limit // 1_000_000}", MAX_PIXELS) from error
    except OSError as error:
        if error.errno == errno.EINVAL:  # a seek to an impossible position: the content is wrong, not the drive
            raise damaged(error) from error
        raise
    pixels = image.width * image.height
    if pixels > MAX_PIXELS:
        raise too_large(f"{pixels // 1_000_000}", MAX_PIXELS)
    metered.expect_pixels()
    return image


def _find(signatures: tuple[tuple[int, bytes, str], ...], start: bytes) -> str | None:
    return next((name for at, mark, name in signatures if start[at : at + len(mark)] == mark), None)
