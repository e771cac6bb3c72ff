"""Picture formats: which are read, how a file's first bytes tell them, and opening a header."""

import errno
from typing import BinaryIO

from PIL import Image

from photogender.photos.faults import damaged, too_large

MAX_PIXELS = 256_000_000
"""Pixels of the largest picture that is read; still cameras reach 200 megapixels."""

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF", "AVIF", "HEIF")
"""Pillow's names of the formats that are read. JPEG includes multi-picture JPEGs; no other plugin ever runs."""

_SIGNATURES = (
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"\x89PNG", "PNG"),
    (8, b"WEBP", "WebP"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (0, b"GIF8", "GIF"),
    (4, b"ftyp", "HEIC, AVIF or video"),
    (0, b"%PDF", "PDF"),
)

if Image.MAX_IMAGE_PIXELS is not None:  # never lower an application's limit, never restore one that it removed
    Image.MAX_IMAGE_PIXELS = max(Image.MAX_IMAGE_PIXELS, MAX_PIXELS)


def open_header(file: BinaryIO, formats: tuple[str, ...]) -> Image.Image:
    """A picture whose header has been read and whose pixels have not.

    Args:
        file: The picture, at its start.
        formats: Pillow's names of the formats to try.

    Raises:
        DecodeError: The picture has more than ``MAX_PIXELS`` pixels.
        UnidentifiedImageError: The content is of none of these formats.
    """
    try:
        image = Image.open(file, formats=formats)
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
    return image


def why_not_a_picture(start: bytes) -> str:
    """Why Pillow cannot identify a file, as a sentence; ``start`` is the file's first 64 bytes."""
    kind = next((kind for at, mark, kind in _SIGNATURES if start[at : at + len(mark)] == mark), None)
    if kind in (None, "PDF"):
        return f"not a picture (the content is {'a PDF' if kind else 'not in a known picture format'})"
    return f"the file is damaged, or of an unusual kind: it begins like a {kind} file but cannot be read as one"
