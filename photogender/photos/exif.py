"""EXIF data of a photo: orientation, date and camera."""

from datetime import datetime

from PIL import ExifTags, Image

from photogender.photos.faults import DAMAGE

ORIENTATION = ExifTags.Base.Orientation
"""Tag 274: how the stored picture must be turned to be upright, 1 to 8."""


def read_exif(image: Image.Image) -> dict[int, object]:
    """The tags of the main and the EXIF directory; empty if they cannot be parsed."""
    try:
        exif = image.getexif()
        if image.format in ("JPEG", "MPO") and ORIENTATION not in _own_tags(image):
            exif.pop(ORIENTATION, None)  # Pillow takes it from the XMP, which no other program does for a JPEG
        return {**exif, **exif.get_ifd(ExifTags.IFD.Exif)}
    except (OSError, *DAMAGE):
        return {}


def _own_tags(image: Image.Image) -> Image.Exif:
    """The main directory as the file has it."""
    exif = Image.Exif()
    exif.load(image.info.get("exif", b""))
    return exif


def taken(exif: dict[int, object]) -> str | None:
    """The date taken, ``YYYY-MM-DDTHH:MM:SS`` in the camera's local time; None if there is none."""
    for tag in (ExifTags.Base.DateTimeOriginal, ExifTags.Base.DateTimeDigitized, ExifTags.Base.DateTime):
        try:
            return datetime.strptime(str(exif.get(tag))[:19], "%Y:%m:%d %H:%M:%S").isoformat()
        except ValueError:
            continue
    return None


def camera(exif: dict[int, object]) -> str | None:
    """Make and model of the camera, at most 100 characters; None if both are missing."""
    make, model = (_cleaned(exif.get(tag)) for tag in (ExifTags.Base.Make, ExifTags.Base.Model))
    words = model if make and model.lower().startswith(make.lower().split()[0]) else f"{make} {model}".strip()
    return words[:100] or None


def _cleaned(value: object) -> str:
    text = value if isinstance(value, str) else ""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
