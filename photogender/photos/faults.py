"""Why a photo could not be read or decoded, as a sentence."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager

from photogender.errors import DecodeError

CHANGED = "the file changed while it was read; the next scan will try again"
"""Why a photo is skipped while another program is writing it."""

DAMAGE = (
    # Pillow and its plugins raise all of these if the content violates its format.
    SyntaxError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    AttributeError,
    EOFError,
    ArithmeticError,
    RuntimeError,
    AssertionError,
    NameError,
    struct.error,
)
"""Errors by which the content of a file may show that it is damaged, unless ``is_mistake``."""

_MISTAKES = (TypeError, AttributeError, LookupError, AssertionError, NameError)
"""Those by which a mistake in a program shows; other libraries raise them for damaged files, too."""


def is_mistake(error: Exception) -> bool:
    """Whether an error is a mistake in photogender's own code, which must not be taken for a damaged file."""
    where = error.__traceback__
    while where and where.tb_next:
        where = where.tb_next
    module = where.tb_frame.f_globals.get("__name__", "") if where else ""
    return isinstance(error, _MISTAKES) and module.partition(".")[0] == "photogender"


@contextmanager
def explained() -> Iterator[None]:
    """Turn every error of reading or decoding a file into a ``DecodeError``, but for mistakes of our own."""
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
        if is_mistake(error):
            raise
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
