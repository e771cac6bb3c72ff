"""Convert between boxes (pixels of the upright photo) and XMP areas (fractions of the stored picture).

In the MWG's *Guidelines for Handling Image Metadata 2.0* (2010, section 5.9, image regions) an area refers to the
stored picture, before its EXIF orientation is applied. digiKam (``TagRegion::adjustToOrientation``) and Immich
(``MetadataService.orientRegionInfo``) rotate the areas that they read accordingly.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from photogender.catalog.pictures.orientation import INVERSE, TO_STORED
from photogender.records import FaceBox, same_faces

SAME_FACE = 0.3
"""Smallest intersection over union for two boxes of the same face. Some programs include the hair, others exclude the
chin, so one box is easily twice as large as the other. digiKam uses 0.25 (``ItemScanner``)."""

_ASPECT = 0.02
"""Tolerance for the aspect ratio of ``AppliedToDimensions``: that of a preview is rounded."""


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle in fractions (0 to 1) of the stored picture's width and height."""

    x: float
    """Centre, from the left."""
    y: float
    """Centre, from the top."""
    w: float
    h: float

    def box(self) -> FaceBox:
        """The same area by its corners, in fractions; score 1."""
        return FaceBox(self.x - self.w / 2, self.y - self.h / 2, self.x + self.w / 2, self.y + self.h / 2, 1.0)


def stored_size(width: int, height: int, orientation: int) -> tuple[int, int]:
    """Width and height of the stored picture, from those of the upright one; pixels."""
    return (height, width) if orientation >= 5 else (width, height)


def to_stored(box: FaceBox, width: int, height: int, orientation: int) -> Area | None:
    """Convert a box in pixels of the upright picture, of the given size, to an area of the stored one.

    The box is clipped to the picture; None if nothing is left.
    """
    left, right = (min(max(x / width, 0.0), 1.0) for x in (box.x1, box.x2))
    top, bottom = (min(max(y / height, 0.0), 1.0) for y in (box.y1, box.y2))
    if left >= right or top >= bottom:
        return None
    return turned(Area((left + right) / 2, (top + bottom) / 2, right - left, bottom - top), orientation)


def to_upright(area: Area, width: int, height: int, orientation: int) -> FaceBox:
    """Convert an area of the stored picture to a box in pixels of the upright one, of the given size; score 1."""
    return turned_back(area, orientation).box().scaled(width, height)


def turned(area: Area, orientation: int) -> Area:
    """An area of the upright picture as one of the stored picture."""
    x, y = TO_STORED[orientation](area.x, area.y)
    return Area(x, y, *((area.h, area.w) if orientation >= 5 else (area.w, area.h)))


def turned_back(area: Area, orientation: int) -> Area:
    """An area of the stored picture as one of the upright picture."""
    return turned(area, INVERSE.get(orientation, orientation))


def turn_of(
    areas: Sequence[Area],
    applied: tuple[float, float] | None,
    faces: Sequence[Area],
    size: tuple[int, int],
    orientation: int,
) -> int | None:
    """The orientation from which ``turned`` leads the areas of a file to the stored picture; None if no size fits.

    It is 1 for areas of the stored picture, as they should be. Lightroom Classic writes those, but for orientations 5
    to 8 with the size of the upright picture. If the size is that, the overlap with ``faces`` decides which picture the
    areas refer to, and the stored picture wins a tie.

    Args:
        areas: The areas in the file.
        applied: ``AppliedToDimensions`` of the file; None if missing.
        faces: Known faces, as areas of the stored picture.
        size: Width and height of the stored picture, pixels.
        orientation: EXIF orientation, 1 to 8.
    """
    if applied is None:
        return 1
    if orientation < 5 or not _has_shape(applied, size[::-1]):
        return 1 if _has_shape(applied, size) else None
    known = [face.box() for face in faces]
    stored = _overlap([area.box() for area in areas], known)
    upright = _overlap([turned(area, orientation).box() for area in areas], known)
    return orientation if upright > stored else 1


def _has_shape(applied: tuple[float, float], size: tuple[int, int]) -> bool:
    one, other = applied[0] * size[1], applied[1] * size[0]
    return abs(one - other) <= _ASPECT * max(one, other)


def _overlap(some: Sequence[FaceBox], others: Sequence[FaceBox]) -> float:
    return sum(some[index].iou(others[other]) for index, other in same_faces(some, others, SAME_FACE).items())
