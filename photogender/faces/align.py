"""Cropping faces into chips: aligned by landmarks, antialiased, with the photo's edge repeated.

A similarity transform (rotation, one scale, shift) brings the five landmarks as close as possible, by least
squares, to their places in the spec's template.
"""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from photogender.errors import ModelError
from photogender.faces.as_opencv import warped
from photogender.models.spec import Net
from photogender.records import DecodedImage, FaceBox, FaceCrop, Point

TYPICAL_LANDMARKS: tuple[Point, ...] = ((0.26, 0.367), (0.74, 0.37), (0.487, 0.573), (0.299, 0.745), (0.686, 0.748))
"""Mean places of the landmarks, as fractions of the box's width and height from its top left corner:
CenterFace's, over 1,457 UTKFace pictures (``benchmarks/accuracy_utkface.py --estimate``)."""

_MOST_ZOOM = 1.5
"""Landmarks whose zoom is more than this times the box's have collapsed, as in a small profile face."""

Similarity = tuple[complex, complex]
"""``(turn, shift)``: the point x + iy goes to ``turn * (x + iy) + shift``; ``abs(turn)`` is the scale."""


def similarity(points: tuple[Point, ...], targets: tuple[Point, ...]) -> Similarity:
    """The similarity that best maps ``points`` to ``targets``: least squares, no reflection.

    Umeyama (1991), "Least-squares estimation of transformation parameters between two point
    patterns", eq. 40-42; in the plane, with points as complex numbers, it is a linear regression.

    Raises:
        ValueError: The points are all the same.
    """
    source, target = (np.array([complex(x, y) for x, y in each]) for each in (points, targets))
    centred = source - source.mean()
    spread = float((np.abs(centred) ** 2).sum())
    if not spread > 0:
        raise ValueError("the points are all the same")
    turn = complex((centred.conj() * (target - target.mean())).sum() / spread)
    return turn, complex(target.mean() - turn * source.mean())


def needed_scale(box: FaceBox, nets: tuple[Net, ...]) -> float:
    """Decode scale (decoded pixels per full-size pixel) that gives every network the detail its spec asks for.

    Args:
        box: In pixels of the upright full-size photo.
        nets: The networks of the age/gender model.

    Returns:
        Above 0; more than 1 if even the full-size photo has too few pixels.
    """
    return max(net.input.detail * abs(_into_chip(box, net)[0]) for net in nets)


def crop_face(image: DecodedImage, box: FaceBox, nets: tuple[Net, ...]) -> FaceCrop:
    """The chips of one face, one per network.

    Areas outside the picture are filled with the nearest edge pixel.

    Args:
        image: The photo, decoded at any scale.
        box: In pixels of the upright full-size photo; may extend beyond its edges.
        nets: The networks of the age/gender model, each with a fixed input size.

    Returns:
        ``box`` as given, and for each network a uint8 RGB chip of its size.

    Raises:
        ModelError: A network in the spec has no fixed size.
        ValueError: The box has no area and no landmarks.
    """
    near = box.scaled(*image.scale)
    return FaceCrop(box, tuple(_chip(image.pixels, near, net) for net in nets))


def _size(net: Net) -> tuple[int, int]:
    if net.input.crop is None:
        raise ModelError(f"The spec of {net.file.name} gives no input size.")
    return net.input.crop


def _chip(picture: Image.Image, box: FaceBox, net: Net) -> NDArray[np.uint8]:
    turn, shift = into_chip = _into_chip(box, net)
    if net.alignment and net.alignment.sampling == "opencv":
        matrix = np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])
        return warped(picture, matrix, _size(net))
    return _warp(picture, into_chip, _size(net))


def _into_chip(box: FaceBox, net: Net) -> Similarity:
    """The similarity from the box's frame to the network's chip, in pixels of the chip.

    Without landmarks, or if they all coincide, the face counts as upright with typical landmarks; that costs 0.4
    years. Badly fitting landmarks are still better than the box: for the worst-fitting 2 % the gender was right for
    90 % by the landmarks, for 84 % by the box.
    """
    width, height = _size(net)
    alignment = net.alignment
    if alignment is None or alignment.box is not None:
        around = 1.0 if alignment is None or alignment.box is None else alignment.box
        turn = 1j ** (box.turn // 90) * (min(width, height) / (around * max(box.width, box.height)))
        centre = complex(box.x1 + box.x2, box.y1 + box.y2) / 2
        return turn, complex(width, height) / 2 - turn * centre
    targets = tuple((x * width, y * height) for x, y in alignment.template)
    typical = _typical(box)
    by_box = similarity(typical, targets)
    if len(set(box.landmarks)) > 1:
        by_landmarks = similarity(box.landmarks, targets)
        if abs(by_landmarks[0]) <= _MOST_ZOOM * abs(by_box[0]):
            return by_landmarks
    return by_box


def _typical(box: FaceBox) -> tuple[Point, ...]:
    """Typical landmarks of a face with that box, turned as it is."""
    back = 1j ** (-(box.turn // 90))
    width, height = (box.height, box.width) if box.turn in (90, 270) else (box.width, box.height)
    centre = complex(box.x1 + box.x2, box.y1 + box.y2) / 2
    places = (centre + back * complex((x - 0.5) * width, (y - 0.5) * height) for x, y in TYPICAL_LANDMARKS)
    return tuple((place.real, place.imag) for place in places)


def _warp(picture: Image.Image, into_chip: Similarity, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Warp the picture by ``into_chip``: height × width × 3, uint8.

    As in dlib's ``extract_image_chip``, the picture is first reduced by the largest power of two that leaves at
    least one pixel per pixel of the chip, then sampled bilinearly. (dlib reduces with a small Gaussian, this code by
    the mean; finer or smoother sampling did not change any measured accuracy.)
    """
    width, height = size
    turn, shift = into_chip
    back, start = 1 / turn, -shift / turn
    factor = 2 ** max(0, math.floor(-math.log2(abs(turn))))
    corners = [back * complex(x, y) + start for x in (0, width) for y in (0, height)]
    (left, right), before_x, after_x = _span([corner.real for corner in corners], picture.width, factor)
    (top, bottom), before_y, after_y = _span([corner.imag for corner in corners], picture.height, factor)
    near = picture.reduce((min(factor, right - left), min(factor, bottom - top)), (left, top, right, bottom))
    if before_x or after_x or before_y or after_y:
        edges = ((before_y, after_y), (before_x, after_x), (0, 0))
        near = Image.fromarray(np.pad(np.asarray(near), edges, mode="edge"))
    origin = start - complex(left, top)
    across = (back.real / factor, -back.imag / factor, origin.real / factor + before_x)
    down = (back.imag / factor, back.real / factor, origin.imag / factor + before_y)
    chip = near.transform(size, Image.Transform.AFFINE, (*across, *down), Image.Resampling.BILINEAR)
    return np.asarray(chip)


def _span(places: list[float], length: int, factor: int) -> tuple[tuple[int, int], int, int]:
    """The pixels along one axis that bilinear sampling can touch.

    Args:
        places: The chip's corners, in pixels.
        length: The picture's, in pixels.
        factor: By which the picture will be reduced.

    Returns:
        The first pixel and the one after the last, at least one, within the picture; and how many reduced pixels
        of padding are needed before and after them.
    """
    low, high = min(places) - 2 * factor, max(places) + 2 * factor
    first = math.floor(min(max(low, 0), length - 1))
    end = math.ceil(min(max(high, first + 1), length))
    return (first, end), math.ceil(max(first - low, 0) / factor), math.ceil(max(high - end, 0) / factor)
