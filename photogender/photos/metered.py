"""Files that end a decoder's work after so many reads: what parses a header piece by piece would go on for minutes."""

import io
from typing import BinaryIO

from photogender.errors import DecodeError

MAX_READS = 10_000
"""Of a header; a photo from a camera takes hundreds. Pillow joins the parts of a GIF's comment in quadratic time."""

MAX_BYTES = 64_000_000
"""Of a header; profiles, depth maps and XMP of phones reach some megabytes."""

_BYTES_A_READ = 64
"""Fewest that each further read takes on average. PNGs are written in pieces of some kilobytes."""


class Metered(io.RawIOBase):
    """A file that raises ``DecodeError`` if its header takes too many reads, and again if its pixels do."""

    def __init__(self, file: BinaryIO, most: int = MAX_BYTES) -> None:
        """``most``: bytes of the header."""
        self._file = file
        self._reads, self._bytes = MAX_READS, most

    def expect_pixels(self) -> None:
        """The header was read: from now on reads may take as many bytes as the file has, several times."""
        at = self._file.tell()
        size = self._file.seek(0, io.SEEK_END)
        self._file.seek(at)
        self._reads, self._bytes = MAX_READS + size // _BYTES_A_READ, 1 << 62

    def read(self, size: int = -1) -> bytes:
        """The next bytes.

        Raises:
            DecodeError: It is one read too many.
        """
        content = self._file.read(size)
        self._reads -= 1
        self._bytes -= len(content)
        if self._reads < 0 or self._bytes < 0:
            raise DecodeError("decode", "the file is damaged, or of an unusual kind (it has too many parts)")
        return content

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a position of the file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """The position in the file."""
        return self._file.tell()
