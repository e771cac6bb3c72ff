"""Boxes and labels drawn on a copy of a photo."""

import os
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

from photogender.errors import PhotogenderError
from photogender.labels import COLOURS
from photogender.output import output
from photogender.photos.exif import DRAWN
from photogender.photos.file import open_photo
from photogender.records import Face, FaceBox, Photo
from photogender.source import is_remote

_FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG", ".webp": "WEBP", ".tif": "TIFF", ".tiff": "TIFF"}

Area = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels of the drawn picture."""


def save_annotated(photo: Photo, faces: Sequence[Face], target: str) -> bool:
    """Write a photo, upright and in full size, with a box and a label for each of its faces.

    No metadata is copied: no GPS position, no date. The only EXIF tag is ``DRAWN``, by which scans leave it out.

    Returns:
        Whether the photo is as it was scanned. If not, the boxes may be wrong.

    Raises:
        DecodeError: The photo cannot be read.
        PhotogenderError: ``target`` is the photo itself, has an unknown suffix, or cannot be written.
    """
    kind = _FORMATS.get(os.path.splitext(target)[1].lower())
    if kind is None:
        raise PhotogenderError(f"The suffix of {target} is not a known format.", f"Use one of {' '.join(_FORMATS)}")
    try:
        found = None if is_remote(photo.path) else os.stat(photo.path)
    except OSError as error:
        raise PhotogenderError(f"{photo.path} cannot be read: {error.strerror}.") from error
    if found and os.path.exists(target) and os.path.samestat(found, os.stat(target)):
        raise PhotogenderError(f"{target} is the photo itself, which is never overwritten.", "Choose another name.")
    with open_photo(photo) as file:
        picture, is_unchanged = annotated(file.decode().pixels, faces), file.is_unchanged
    exif = Image.Exif()
    exif.update(DRAWN.items())
    with output(target) as stream:
        picture.save(stream, kind, quality=92, exif=exif)
    return is_unchanged


def annotated(picture: Image.Image, faces: Sequence[Face]) -> Image.Image:
    """A copy of an upright full-size photo with its faces marked, such as ``f 34 (25-32)``.

    Boxes and labels have the colour of the gender. Labels are inside the picture and, if there is room, cover no
    face and no other label.
    """
    drawn = picture.copy()
    canvas = ImageDraw.Draw(drawn)
    shorter = min(picture.size)
    line = max(2, round(shorter / 300))
    boxes = [_clipped(face.box, picture.size) for face in faces]
    for face, box in zip(faces, boxes, strict=True):
        canvas.rectangle(box, outline=COLOURS[face.prediction.gender], width=line)
    labels: list[Area] = []
    for face, box in zip(faces, boxes, strict=True):
        # About as wide as the face, so that a crowd stays readable, but within limits.
        size = min(max((box[2] - box[0]) / 5.5, shorter / 75, 10.0), max(shorter / 22, 10.0))
        font = ImageFont.load_default(size)
        left, top, right, bottom = canvas.textbbox((0, 0), label(face), font)
        pad = size / 5
        area = _place(box, right - left + 2 * pad, bottom - top + 2 * pad, [*boxes, *labels], picture.size)
        labels.append(area)
        canvas.rectangle(area, fill=COLOURS[face.prediction.gender])
        canvas.text((area[0] + pad - left, area[1] + pad - top), label(face), "white", font)
    return drawn


def label(face: Face) -> str:
    """Short label of a face: gender, whole years, age group."""
    guess = face.prediction
    return f"{guess.gender[0]} {int(guess.age)} ({guess.age_group})"


def _clipped(box: FaceBox, size: tuple[int, int]) -> Area:
    right, bottom = size[0] - 1.0, size[1] - 1.0
    x1, y1 = min(max(box.x1, 0.0), right), min(max(box.y1, 0.0), bottom)
    return x1, y1, max(x1, min(box.x2, right)), max(y1, min(box.y2, bottom))


def _place(box: Area, width: float, height: float, taken: Sequence[Area], size: tuple[int, int]) -> Area:
    """Position of a box's label inside the picture: above it, or where it covers least of what is ``taken``."""
    x1, y1, x2, y2 = box
    areas = []
    for x, y in ((x1, y1 - height), (x1, y2), (x1, y1), (x2, y1), (x1 - width, y1)):
        left = max(0.0, min(x, size[0] - 1 - width))
        top = max(0.0, min(y, size[1] - 1 - height))
        areas.append((left, top, left + width, top + height))
    return min(areas, key=lambda area: sum(_overlap(area, other) for other in taken))


def _overlap(one: Area, other: Area) -> float:
    """Area of the intersection, in square pixels."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(width, 0.0) * max(height, 0.0)
