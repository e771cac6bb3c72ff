"""Where a face is in another orientation of a photo."""

from photogender.records import FaceBox

TO_STORED = {
    1: lambda u, v: (u, v),
    2: lambda u, v: (1 - u, v),
    3: lambda u, v: (1 - u, 1 - v),
    4: lambda u, v: (u, 1 - v),
    5: lambda u, v: (v, u),
    6: lambda u, v: (v, 1 - u),
    7: lambda u, v: (1 - v, 1 - u),
    8: lambda u, v: (1 - v, u),
}
"""Maps a point of the upright picture to the stored one, by EXIF orientation (tag 274, Exif 2.32, table 4); both in
fractions of width and height, from the top left corner."""

INVERSE = {6: 8, 8: 6}
"""The inverse of an orientation; the other six are their own inverse."""


def in_other_orientation(box: FaceBox, size: tuple[int, int], before: int, after: int) -> FaceBox:
    """A face in the picture that another orientation makes upright.

    Args:
        box: In pixels of the picture that ``before`` makes upright.
        size: Width and height of that picture, pixels.
        before: EXIF orientation, 1 to 8.
        after: The other one.
    """
    width, height = size
    swapped = (before >= 5) != (after >= 5)
    new_width, new_height = (height, width) if swapped else (width, height)

    def moved(x: float, y: float) -> tuple[float, float]:
        u, v = TO_STORED[INVERSE.get(after, after)](*TO_STORED[before](x / width, y / height))
        return u * new_width, v * new_height

    (x1, x2), (y1, y2) = map(sorted, zip(moved(box.x1, box.y1), moved(box.x2, box.y2), strict=True))
    return FaceBox(x1, y1, x2, y2, box.score, tuple(moved(*point) for point in box.landmarks))
