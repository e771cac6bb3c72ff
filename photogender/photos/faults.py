"""Why a photo could not be read or decoded, as a sentence."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager

from photogender.errors import DecodeError

CHANGED = "the file changed while it was read; the next scan will try again"
"""Why a photo is skipped while another program is writing it."""

DAMAGE = (
    # What Pillow and its plugins raise if the content violates its format.
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
    """Turn every error of reading or decoding a file into a ``DecodeError``."""
    try:
        yield
    except DecodeError:
        raise
    except MemoryError as error:
        raise DecodeError("decode", "there is not enough memory to decode the picture") from error
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DecodeError("read", "the file is gone, or its drive is not connected") from error
    except OSError as error:
        if error.errno is not None:
            raise DecodeError("read", f"the file cannot be read: {error.strerror}") from error
        raise damaged(error) from error
    except DAMAGE as error:
        raise damaged(error) from error


def damaged(error: Exception) -> DecodeError:
    """The error for a file whose content violates its format."""
    words = str(error).strip() or type(error).__name__
    if "truncated" in words.lower() or isinstance(error, EOFError):
        return DecodeError("decode", f"the file is cut short ({words})")
    return DecodeError("decode", f"the file is damaged, or of an unusual kind ({words})")


def too_large(megapixels: str, limit: int) -> DecodeError:
    """The error for a picture of so many megapixels; ``limit`` is the most that is read, in pixels."""
    return DecodeError(
        "decode", f"the picture has {megapixels} megapixels; photogender reads up to {limit // 1_000_000}"
    )
