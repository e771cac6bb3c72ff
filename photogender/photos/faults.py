"""Why a photo could not be read or decoded, as a sentence."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager

from photogender.errors import DecodeError

MAX_PIXELS = 256_000_000
"""Pixels of the largest picture that is read; a 200-megapixel phone's still is."""

CHANGED = "the file changed while it was read; the next scan will try again"
"""Why a photo is skipped that somebody is still writing."""

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

DAMAGE = (
    # What Pillow and its plugins raise for content that is not as its format says.
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    EOFError,
    ArithmeticError,
    RuntimeError,
    struct.error,
)


@contextmanager
def explained() -> Iterator[None]:
    """Turn whatever goes wrong while a file is read or decoded into a ``DecodeError``."""
    try:
        yield
    except DecodeError:
        raise
    except MemoryError as error:
        raise DecodeError("decode", "there is not enough memory to decode the picture") from error
    except FileNotFoundError as error:
        raise DecodeError("read", "the file is gone") from error
    except OSError as error:
        if error.errno is not None:
            raise DecodeError("read", f"the file cannot be read: {error.strerror}") from error
        raise damaged(error) from error
    except DAMAGE as error:
        raise damaged(error) from error


def why_not_a_picture(start: bytes) -> str:
    """Why Pillow knows no format for a file, from the file's first 64 bytes."""
    kind = next((kind for at, mark, kind in _SIGNATURES if start[at : at + len(mark)] == mark), None)
    if kind in (None, "PDF"):
        return f"not a picture (the content is {'a PDF' if kind else 'of no picture format'})"
    return f"the file is damaged, or of an unusual kind: it begins like a {kind} file but cannot be read as one"


def damaged(error: Exception) -> DecodeError:
    """The fault of a file whose content is not as its format says."""
    words = str(error).strip() or type(error).__name__
    if "truncated" in words.lower() or isinstance(error, EOFError):
        return DecodeError("decode", f"the file is cut short ({words})")
    return DecodeError("decode", f"the file is damaged, or of an unusual kind ({words})")


def too_large(megapixels: str) -> DecodeError:
    """The fault of a picture with more pixels than are read; ``megapixels`` says how many."""
    limit = MAX_PIXELS // 1_000_000
    return DecodeError("decode", f"the picture has {megapixels} megapixels; photogender reads up to {limit}")
