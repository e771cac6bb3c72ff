"""How names and numbers are written in messages."""

import os


def printable(name: str) -> str:
    """A file name that is safe to print: control characters and bytes that are not UTF-8 become escapes."""
    if name.isprintable():
        return name
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in name)


def as_utf8(text: str) -> str:
    """Text that can be written as UTF-8: each byte of a file name that cannot becomes ``\\xNN``."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return os.fsencode(text).decode(errors="backslashreplace")
    return text


def tail(name: str, width: int) -> str:
    """The end of a long name, in at most ``width`` characters, with an ellipsis before it."""
    return name if len(name) <= width else "…" + name[len(name) - width + 1 :]


def count(number: int, noun: str, plural: str = "") -> str:
    """A number with thousands separators and its noun, in the plural (by default with an s) unless the number is 1."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def duration(seconds: float) -> str:
    """A time in a readable unit: ``4.2 s``, ``75 s``, ``12 min``, ``3 h 05 min``."""
    if seconds < 90:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


def megabytes(length: int) -> str:
    """A number of bytes in megabytes of a million: ``5.7 MB``."""
    return f"{length / 1e6:.1f} MB"
