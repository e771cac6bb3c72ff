"""TIFFs: of a file of any size only what the first picture needs is read."""

import ctypes
import io
from functools import cache
from typing import BinaryIO, cast

from PIL import Image, ImageFile, TiffImagePlugin, _imaging

from photogender.errors import DecodeError
from photogender.photos.directory import measure_directory
from photogender.photos.formats import open_header
from photogender.photos.memory import check_file_size

_BLOCK = 1024 * 1024
"""Bytes read at once: Pillow asks for all from one strip to the next, however far apart they are."""

_MAX_NUMBERS = 16_000_000
"""Bytes of numbers in a directory, such as where the strips are; Pillow makes an object of each."""

_BITS_PER_SAMPLE, _PLANAR_CONFIGURATION = 258, 284


class _Blocks(io.RawIOBase):
    """A file that gives at most a block at once."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        """The next bytes, perhaps fewer than asked for."""
        return self._file.read(_BLOCK if size < 0 else min(size, _BLOCK))

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a position of the file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """The position in the file."""
        return self._file.tell()


def open_tiff(file: BinaryIO, size: int) -> Image.Image:
    """The first picture of a TIFF, of which only the directory has been read.

    Args:
        file: The TIFF, at its start.
        size: Bytes of the file.

    Raises:
        DecodeError: The picture is too large, or it is compressed and the file is too large to be read whole.
        UnidentifiedImageError: Pillow does not know this kind of TIFF.
    """
    _silence_libtiff()
    directory = measure_directory(file)
    if directory.numbers > _MAX_NUMBERS:
        raise DecodeError(
            "decode", "the file is damaged, or of an unusual kind (a TIFF directory of millions of numbers)"
        )
    check_file_size(directory.values)
    file.seek(0)
    image = cast(TiffImagePlugin.TiffImageFile, open_header(cast(BinaryIO, _Blocks(file)), ("TIFF",)))
    if not _needs_libtiff(image):
        return image
    check_file_size(size)
    # libtiff would map a file into memory. If the file then shrinks or the drive fails, the process ends with
    # SIGBUS instead of an error.
    file.seek(0)
    image = cast(TiffImagePlugin.TiffImageFile, open_header(io.BytesIO(file.read()), ("TIFF",)))
    if not image.use_load_libtiff:
        how = {"I;16": "I;16N", "I;16B": "I;16N"}.get(image.mode, f"{image.mode};16N")
        image.use_load_libtiff = True
        image.tile = [ImageFile._Tile("libtiff", (0, 0, *image.size), 0, (how, "raw", False, image.tag_v2.offset))]
    return image


def _needs_libtiff(image: TiffImagePlugin.TiffImageFile) -> bool:
    """Whether the picture is compressed, or has 16-bit planes, which Pillow's own decoder takes for 8-bit ones."""
    bits = image.tag_v2.get(_BITS_PER_SAMPLE, (1,))
    return image.use_load_libtiff or (image.tag_v2.get(_PLANAR_CONFIGURATION) == 2 and max(bits) == 16)


@cache
def _silence_libtiff() -> None:
    """Keep libtiff from writing about damaged files to the terminal, in the whole process; Pillow raises errors."""
    library = ctypes.CDLL(_imaging.__file__)
    for name in ("TIFFSetErrorHandler", "TIFFSetWarningHandler"):
        try:
            set_handler = getattr(library, name)
        except AttributeError:  # a Pillow that does not export libtiff's names
            continue
        set_handler.argtypes, set_handler.restype = [ctypes.c_void_p], ctypes.c_void_p
        set_handler(None)
