"""Faces as a detector finds them."""

from dataclasses import replace

from photogender.records import FaceBox


def turned_face(box: FaceBox, turn: int) -> FaceBox:
    """The box with the landmarks of a face that must be turned clockwise by ``turn`` degrees to be upright."""
    middle = complex(box.x1 + box.x2, box.y1 + box.y2) / 2
    unit = min(box.width, box.height) / 4
    marks = (-1 - 1j, 1 - 1j, 0j, -0.8 + 1j, 0.8 + 1j)  # y grows downwards, so that 1j turns clockwise
    points = [middle + unit * mark * (-1j) ** (turn // 90) for mark in marks]
    return replace(box, landmarks=tuple((point.real, point.imag) for point in points))
