"""Small pictures of a photo's faces, for people to look at."""

import io
import math
from collections.abc import Sequence

from PIL import Image

from photogender.photos.file import PhotoFile
from photogender.records import DecodedImage, FaceBox

MARGIN = 0.3
"""Space around the box, as a fraction of its longer side."""


def face_thumbnails(file: PhotoFile, long_side: int, boxes: Sequence[FaceBox], side: int, quality: int) -> list[bytes]:
    """A JPEG of each face and its surroundings, the face upright, without metadata; the photo is decoded once.

    Args:
        file: The photo, open.
        long_side: Longer side of the full-size photo, in pixels.
        boxes: At least one, in pixels of the upright full-size photo; without landmarks a face counts as upright.
        side: Longer side of a thumbnail at most, in pixels; the photo is decoded as large as the smallest face needs.
        quality: JPEG quality on Pillow's scale.

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
    """The bytes of a JPEG file; ``quality`` is on Pillow's scale."""
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=quality)
    return stream.getvalue()


def portrait(image: DecodedImage, box: FaceBox, margin: float = MARGIN) -> Image.Image:
    """The face as a picture for people: its box and a margin, cut off at the photo's edge, RGB.

    A face that lies in the photo (``FaceBox.turn``) is turned upright; smaller angles stay.

    Args:
        image: The photo, decoded at any scale.
        box: The face, in pixels of the upright full-size photo.
        margin: Space added on every side, as a fraction of the box's longer side.
    """
    near = box.scaled(*image.scale)
    space = margin * max(near.width, near.height)
    width, height = image.pixels.size
    left, top = (int(min(max(low - space, 0), size - 1)) for low, size in ((near.x1, width), (near.y1, height)))
    right, bottom = (
        int(min(max(math.ceil(high + space), low + 1), size))
        for high, low, size in ((near.x2, left, width), (near.y2, top, height))
    )
    # Pillow turns anticlockwise; by right angles without a loss.
    return image.pixels.crop((left, top, right, bottom)).rotate(-box.turn, expand=True)
