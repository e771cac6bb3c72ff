"""The day a photo was taken, from EXIF, XMP or IPTC; never the day of its last edit."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime

from PIL import ExifTags

_DATE = re.compile(r"\s*(\d{4})(?:[-:/.]?(\d\d)(?:[-:/.]?(\d\d)(?:[T ]?(\d\d):?(\d\d)(?::?(\d\d))?)?)?)?(?!\d)")
"""Year, month, day, hour, minute, second, as EXIF, XMP (ISO 8601) and IPTC write them."""

_FIRST_YEAR = 1826
"""Of the oldest photograph; cameras whose clock was never set write the year 0 or 1."""

_SCANNERS = (b"\x01", b"\x02", 1, 2)
"""EXIF FileSource of a film or print scanner: its files were digitized on another day than taken."""

_IPTC_DATE, _IPTC_TIME = 55, 60
"""Data sets of record 2: ``YYYYMMDD`` and ``HHMMSS``."""

_MAX_XMP = 2_000_000
"""Bytes of an XMP packet that are searched."""


def date_taken(
    exif: dict[int, object], xmp: Callable[[], bytes | None], iptc: Callable[[], dict[int, list[str]]]
) -> str | None:
    """The date taken, ``YYYY-MM-DDTHH:MM:SS`` in the camera's local time; None if there is none.

    EXIF DateTimeOriginal comes first, then XMP and IPTC, then the day of digitizing unless a scanner wrote it. A
    date without a time, or a year alone, is taken to begin at its first second.

    Args:
        exif: The picture's EXIF tags.
        xmp: Reads its XMP packet, if EXIF has no date.
        iptc: Reads its IPTC texts, if XMP has none either.
    """
    return next((found for text in _candidates(exif, xmp, iptc) if (found := _parse(text))), None)


def _candidates(
    exif: dict[int, object], read_xmp: Callable[[], bytes | None], read_iptc: Callable[[], dict[int, list[str]]]
) -> Iterator[object]:
    yield exif.get(ExifTags.Base.DateTimeOriginal)
    xmp = (read_xmp() or b"")[:_MAX_XMP].decode("utf-8", "replace")
    yield _xmp_value(xmp, "exif:DateTimeOriginal")
    yield _xmp_value(xmp, "photoshop:DateCreated")
    yield _iptc_date(read_iptc())
    if exif.get(ExifTags.Base.FileSource) not in _SCANNERS:
        yield exif.get(ExifTags.Base.DateTimeDigitized)
        yield _xmp_value(xmp, "exif:DateTimeDigitized")
        yield _xmp_value(xmp, "xmp:CreateDate")


def _parse(text: object) -> str | None:
    match = _DATE.match(text) if isinstance(text, str) else None
    if not match or int(match[1]) < _FIRST_YEAR:
        return None
    year, month, day, hour, minute, second = match.groups()
    try:
        date = datetime(int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0))
    except ValueError:
        return None
    return date.isoformat()


def _xmp_value(xmp: str, name: str) -> str | None:
    """A property of an XMP packet, written as an attribute or as an element, under its usual prefix."""
    match = re.search(rf"[\s<]{name}\s*(?:=\s*[\"']|>)\s*([0-9][0-9T:.+Z-]*)", xmp)
    return match[1] if match else None


def _iptc_date(texts: dict[int, list[str]]) -> str:
    date, time = ("".join(texts.get(number, [])[:1]) for number in (_IPTC_DATE, _IPTC_TIME))
    return f"{date}T{time[:6]}" if time else date
