"""Places of faces: pixels of the upright photo here, fractions of the stored picture in XMP.

The MWG's *Guidelines for Handling Image Metadata 2.0* (2010, section 5.9, image regions) measure a region on the
picture as it is stored, before its EXIF orientation is applied; digiKam (``TagRegion::adjustToOrientation`` when
it reads) and Immich (``MetadataService.orientRegionInfo``) turn what they read accordingly.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from photogender.records import FaceBox

SAME_FACE = 0.3
"""Least intersection over union at which two programs drew the same face: some take in all the hair, others not
even the chin, and the looser box is easily twice as large. digiKam asks for 0.25 (``ItemScanner``)."""

_TO_STORED = {
    1: lambda u, v: (u, v),
    2: lambda u, v: (1 - u, v),
    3: lambda u, v: (1 - u, 1 - v),
    4: lambda u, v: (u, 1 - v),
    5: lambda u, v: (v, u),
    6: lambda u, v: (v, 1 - u),
    7: lambda u, v: (1 - v, 1 - u),
    8: lambda u, v: (1 - v, u),
}
"""Where a point of the upright picture lies in the stored one, by EXIF orientation (tag 274, Exif 2.32, table 4)."""

_INVERSE = {6: 8, 8: 6}
"""The orientation that undoes another; the other six undo themselves."""


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle in fractions (0 to 1) of the stored picture's width and height."""

    x: float
    """Of its centre, from the left."""
    y: float
    """Of its centre, from the top."""
    w: float
    h: float

    def box(self) -> FaceBox:
        """Its corners, in the same fractions; score 1."""
        return FaceBox(self.x - self.w / 2, self.y - self.h / 2, self.x + self.w / 2, self.y + self.h / 2, 1.0)


def stored_size(width: int, height: int, orientation: int) -> tuple[int, int]:
    """Width and height in pixels of the stored picture, from those of the upright one."""
    return (height, width) if orientation >= 5 else (width, height)


def to_stored(box: FaceBox, width: int, height: int, orientation: int) -> Area | None:
    """A box in pixels of the upright picture of that size as an area of the stored one.

    What lies outside the picture is cut off; None where nothing is left.
    """
    left, right = (min(max(x / width, 0.0), 1.0) for x in (box.x1, box.x2))
    top, bottom = (min(max(y / height, 0.0), 1.0) for y in (box.y1, box.y2))
    if left >= right or top >= bottom:
        return None
    return _turned(Area((left + right) / 2, (top + bottom) / 2, right - left, bottom - top), orientation)


def to_upright(area: Area, width: int, height: int, orientation: int) -> FaceBox:
    """An area of the stored picture as a box in pixels of the upright one of that size; score 1."""
    return _turned(area, _INVERSE.get(orientation, orientation)).box().scaled(width, height)


def pairs(some: Sequence[FaceBox], others: Sequence[FaceBox]) -> dict[int, int]:
    """Which of ``some`` is which of ``others``, by index: the best overlaps first, from ``SAME_FACE`` on."""
    overlaps = ((a.iou(b), i, j) for i, a in enumerate(some) for j, b in enumerate(others))
    same = [each for each in overlaps if each[0] >= SAME_FACE]
    found: dict[int, int] = {}
    taken: set[int] = set()
    for _, i, j in sorted(same, key=lambda each: (-each[0], each[1], each[2])):
        if i not in found and j not in taken:
            found[i] = j
            taken.add(j)
    return found


def _turned(area: Area, orientation: int) -> Area:
    x, y = _TO_STORED[orientation](area.x, area.y)
    return Area(x, y, *((area.h, area.w) if orientation >= 5 else (area.w, area.h)))
