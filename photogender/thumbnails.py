"""Small pictures of a photo's faces, for people to look at."""

import io
import math
from collections.abc import Sequence

from PIL import Image

from photogender.crop import portrait
from photogender.decode import PhotoFile
from photogender.records import FaceBox

MARGIN = 0.3
"""Around the box, as a fraction of its longer side."""


def face_thumbnails(file: PhotoFile, long_side: int, boxes: Sequence[FaceBox], side: int, quality: int) -> list[bytes]:
    """A JPEG of each face and its surroundings, upright, with no metadata; the photo is decoded once.

    Args:
        file: The photo, open.
        long_side: Of the full-size photo, in pixels.
        boxes: At least one, in pixels of the upright full-size photo.
        side: Most pixels of a picture's longer side; the photo is decoded as large as the smallest face needs.
        quality: Of the JPEGs, as Pillow counts.

    Raises:
        DecodeError: The photo cannot be read.
    """
    smallest = min(max(box.width, box.height) for box in boxes)
    scale = min(side / max(smallest * (1 + 2 * MARGIN), 1.0), 1.0)
    image = file.decode(math.ceil(long_side * scale))
    pictures = []
    for box in boxes:
        picture = portrait(image, box, MARGIN)
        picture.thumbnail((side, side))
        pictures.append(jpeg(picture, quality))
    return pictures


def jpeg(picture: Image.Image, quality: int) -> bytes:
    """A picture as a JPEG file."""
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality)
    return stream.getvalue()
