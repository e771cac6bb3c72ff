"""What EXIF says of a photo: orientation, date, camera."""

from datetime import datetime

from PIL import ExifTags, Image

from photogender.photos.faults import DAMAGE

ORIENTATION = ExifTags.Base.Orientation
"""The tag, 274: what turns the stored picture upright, 1 to 8."""


def read_exif(image: Image.Image) -> dict[int, object]:
    """The tags of the main and of the EXIF directory; empty where they make no sense."""
    try:
        exif = image.getexif()
        return {**exif, **exif.get_ifd(ExifTags.IFD.Exif)}
    except (OSError, *DAMAGE):
        return {}


def taken(exif: dict[int, object]) -> str | None:
    """The date taken, ``YYYY-MM-DDTHH:MM:SS`` in the camera's local time; None where there is none."""
    for tag in (ExifTags.Base.DateTimeOriginal, ExifTags.Base.DateTimeDigitized, ExifTags.Base.DateTime):
        try:
            return datetime.strptime(str(exif.get(tag))[:19], "%Y:%m:%d %H:%M:%S").isoformat()
        except ValueError:
            continue
    return None


def camera(exif: dict[int, object]) -> str | None:
    """Make and model of the camera, at most 100 characters; None where neither is there."""
    make, model = (_tidy(exif.get(tag)) for tag in (ExifTags.Base.Make, ExifTags.Base.Model))
    words = model if make and model.lower().startswith(make.lower().split()[0]) else f"{make} {model}".strip()
    return words[:100] or None


def _tidy(value: object) -> str:
    text = value if isinstance(value, str) else ""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
