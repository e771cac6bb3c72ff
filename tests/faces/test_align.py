"""Alignment and warping: known transforms come back, edges repeat, sizes are the net's own."""

import cmath
import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from photogender.faces.align import TYPICAL_LANDMARKS, crop_face, needed_scale, similarity
from photogender.models.read import load_spec
from photogender.models.spec import Net
from photogender.photos.thumbnails import portrait
from photogender.records import DecodedImage, FaceBox, PhotoFacts

NETS = load_spec("dlib").nets
TEMPLATE = NETS[0].alignment.template if NETS[0].alignment else ()
SMALL = settings(max_examples=60, deadline=None)
places = st.floats(-1000, 1000)
points = st.lists(st.tuples(places, places), min_size=5, max_size=5).map(tuple)


def decoded(pixels: Image.Image, full: tuple[int, int] | None = None) -> DecodedImage:
    return DecodedImage(pixels, PhotoFacts("", "PNG", *(full or pixels.size)))


def aligned(scale: float, turn: float, x: float, y: float) -> FaceBox:
    """A face whose landmarks are the 64-pixel template, turned, scaled and shifted."""
    moved = [scale * 64 * cmath.exp(1j * turn) * complex(*point) + complex(x, y) for point in TEMPLATE]
    marks = tuple((point.real, point.imag) for point in moved)
    xs, ys = zip(*marks, strict=True)
    return FaceBox(min(xs), min(ys), max(xs), max(ys), 0.9, marks)


def gradient(width: int, height: int) -> Image.Image:
    """Red grows with x, green with y; blue is 50."""
    red, green = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    return Image.fromarray(np.stack([red, green, np.full_like(red, 50)], axis=2).round().astype(np.uint8))


@SMALL
@given(
    points.filter(lambda p: np.ptp(np.array(p), axis=0).max() > 1),
    st.floats(0.01, 100),
    st.floats(-3.1, 3.1),
    places,
    places,
)
def test_similarity_recovers_a_known_transform(
    source: tuple[tuple[float, float], ...], scale: float, angle: float, x: float, y: float
) -> None:
    turn, shift = cmath.rect(scale, angle), complex(x, y)
    images = [turn * complex(*point) + shift for point in source]
    found_turn, found_shift = similarity(source, tuple((z.real, z.imag) for z in images))
    assert found_turn == pytest.approx(turn, rel=1e-5)
    for point, image in zip(source, images, strict=True):
        assert abs(found_turn * complex(*point) + found_shift - image) < 1e-6 * (1000 * scale + abs(shift) + 1)


@SMALL
@given(points.filter(lambda p: np.ptp(np.array(p), axis=0).max() > 1), points, st.integers(0, 3), st.floats(0.9, 1.1))
def test_no_other_similarity_fits_better(source: object, target: object, which: int, factor: float) -> None:
    a, b = (np.array([complex(*point) for point in each]) for each in (source, target))  # type: ignore[attr-defined]
    turn, shift = similarity(source, target)  # type: ignore[arg-type]
    other = [(turn * factor, shift), (turn * cmath.exp(factor - 1j), shift), (turn, shift * factor), (turn, shift + 1)]
    best = (abs(turn * a + shift - b) ** 2).sum()
    assert best <= (abs(other[which][0] * a + other[which][1] - b) ** 2).sum() * (1 + 1e-9) + 1e-6


def test_similarity_needs_two_places() -> None:
    with pytest.raises(ValueError, match="all the same"):
        similarity(((3.0, 3.0),) * 5, TEMPLATE)


@SMALL
@given(st.floats(0.02, 50), st.floats(-3, 3), st.floats(-500, 500), st.floats(-500, 500))
def test_needed_scale_is_the_largest_nets(scale: float, turn: float, x: float, y: float) -> None:
    assert needed_scale(aligned(scale, turn, x, y), NETS) == pytest.approx(1 / scale, rel=1e-6)


def test_needed_scale_is_less_where_a_net_wants_less_detail() -> None:
    coarse = tuple(dataclasses.replace(net, input=dataclasses.replace(net.input, detail=0.25)) for net in NETS)
    assert needed_scale(aligned(2, 0, 0, 0), coarse) == pytest.approx(0.125, rel=1e-6)
    assert needed_scale(aligned(2, 0, 0, 0), (coarse[0], *NETS[1:])) == pytest.approx(
        max(0.125, needed_scale(aligned(2, 0, 0, 0), NETS[1:])), rel=1e-6
    )


@SMALL
@given(st.floats(0.5, 6), st.floats(-0.5, 0.5), st.floats(0, 60), st.floats(0, 60), st.sampled_from([1, 2, 4]))
def test_a_chip_shows_what_lies_under_the_template(scale: float, turn: float, x: float, y: float, shrink: int) -> None:
    """On a linear picture a chip's pixel is the picture's value at its own place, whatever the decoded scale."""
    size = 800
    picture = gradient(size, size)
    box = aligned(scale, turn, x + 220, y + 220)
    smaller = picture.resize((size // shrink, size // shrink), Image.Resampling.BOX)
    for chip, side in zip(crop_face(decoded(smaller, (size, size)), box, NETS).chips, (64, 32), strict=True):
        assert chip.shape == (side, side, 3)
        assert chip.dtype == np.uint8
        columns, rows = np.meshgrid(np.arange(side) + 0.5, np.arange(side) + 0.5)
        there = scale * 64 / side * cmath.exp(1j * turn) * (columns + 1j * rows) + complex(x, y) + 220 * (1 + 1j)
        inside = (np.minimum(there.real, there.imag) > 16) & (np.maximum(there.real, there.imag) < size - 16)
        assert inside.mean() > 0.3
        for channel, place in enumerate((there.real, there.imag)):
            wanted = (place - 0.5) * 255 / (size - 1)
            assert np.abs(chip[..., channel] - wanted)[inside].max() < 2.0


def test_fine_texture_is_averaged_not_sampled() -> None:
    stripes = np.zeros((1000, 1000, 3), np.uint8)
    stripes[:, ::2] = 255
    chip = crop_face(decoded(Image.fromarray(stripes)), aligned(10, 0, 100, 100), NETS).chips[0]
    assert np.abs(chip.astype(int) - 127).max() <= 1


COLLAPSED = tuple((80 + 8 * (x - 0.5), 85 + 11 * (y - 0.5)) for x, y in TYPICAL_LANDMARKS)
"""All five in a tenth of the box, as CenterFace gives them for some small faces in profile."""


@pytest.mark.parametrize("marks", [(), ((50.0, 50.0),) * 5, COLLAPSED], ids=["none", "all the same", "collapsed"])
def test_without_usable_landmarks_the_face_is_upright(marks: tuple[tuple[float, float], ...]) -> None:
    image = decoded(gradient(200, 200))
    bare = FaceBox(40, 30, 120, 140, 0.5, marks)
    typical = tuple((40 + 80 * x, 30 + 110 * y) for x, y in TYPICAL_LANDMARKS)
    same = crop_face(image, dataclasses.replace(bare, landmarks=typical), NETS)
    for one, other in zip(crop_face(image, bare, NETS).chips, same.chips, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("quarters", [1, 2, 3])
@pytest.mark.parametrize("way", ["landmarks", "box", "collapsed"])
def test_a_face_of_a_turned_photo_gives_the_same_chip(quarters: int, way: str) -> None:
    """The photo turned counterclockwise by quarters, as a scan on its side; the chips are upright again."""
    side = 200
    face = aligned(1.0, 0.05, 70, 60)
    box = dataclasses.replace(face, x1=60.0, y1=50.0, x2=140.0, y2=150.0)
    if way == "collapsed":
        box = dataclasses.replace(box, landmarks=COLLAPSED)
    nets = (dataclasses.replace(NETS[0], alignment=None),) if way == "box" else NETS

    def turned(x: float, y: float) -> tuple[float, float]:
        for _ in range(quarters):
            x, y = y, side - x
        return x, y

    (x1, x2), (y1, y2) = map(sorted, zip(turned(box.x1, box.y1), turned(box.x2, box.y2), strict=True))
    marks = tuple(turned(*point) for point in box.landmarks)
    lying = FaceBox(x1, y1, x2, y2, box.score, marks)
    assert lying.turn == 90 * quarters
    upright = gradient(side, side)
    scan = Image.fromarray(np.rot90(np.asarray(upright), quarters).copy())
    wanted, found = crop_face(decoded(upright), box, nets), crop_face(decoded(scan), lying, nets)
    for one, other in zip(wanted.chips, found.chips, strict=True):
        assert np.abs(one.astype(int) - other).max() <= 1


def test_a_net_without_template_gets_the_box_as_a_square() -> None:
    net = dataclasses.replace(NETS[0], alignment=None)
    picture = np.zeros((100, 100, 3), np.uint8)
    picture[10:74, 20:84] = 200
    (chip,) = crop_face(decoded(Image.fromarray(picture)), FaceBox(30, 10, 74, 74, 1.0), (net,)).chips
    assert (chip == 200).all()


@pytest.mark.parametrize(
    ("size", "box"),
    [
        ((100, 80), FaceBox(-30, -20, 40, 60, 0.9)),
        ((100, 80), FaceBox(60, 50, 140, 130, 0.9)),
        ((100, 80), FaceBox(-300, -200, 400, 600, 0.9)),
        ((100, 80), FaceBox(-1e7, -1e7, 1e7, 1e7, 0.9)),
        ((100, 80), FaceBox(500, 500, 600, 620, 0.9)),
        ((100, 80), FaceBox(50, 40, 50.01, 40.01, 0.9)),
        ((1, 1), FaceBox(0, 0, 1, 1, 0.9)),
        ((3, 500), FaceBox(-10, 100, 20, 140, 0.9)),
        ((500, 3), FaceBox(100, -10, 140, 20, 0.9)),
    ],
    ids=str,
)
def test_over_the_edge_the_edge_repeats(size: tuple[int, int], box: FaceBox) -> None:
    """Nothing that is not in the picture comes into a chip: not black, above all."""
    net_without = dataclasses.replace(NETS[0], alignment=None)
    picture = Image.new("RGB", size, (90, 160, 230))
    for chip in crop_face(decoded(picture), box, (*NETS, net_without)).chips:
        assert (chip == (90, 160, 230)).all()
    seen = portrait(decoded(picture), box)
    assert seen.width >= 1
    assert seen.height >= 1
    assert set(seen.get_flattened_data()) == {(90, 160, 230)}


def test_a_portrait_is_the_box_and_its_margin() -> None:
    image = decoded(gradient(100, 100), (400, 400))
    assert portrait(image, FaceBox(160, 160, 240, 200, 0.9), margin=0.5).size == (40, 30)


def test_the_crop_keeps_the_box_of_the_full_photo() -> None:
    box = aligned(1, 0, 10, 10)
    assert crop_face(decoded(gradient(50, 50), (200, 200)), box, NETS).box is box


def test_nets_keep_their_order() -> None:
    swapped: tuple[Net, ...] = NETS[::-1]
    chips = crop_face(decoded(gradient(100, 100)), aligned(1, 0, 5, 5), swapped).chips
    assert [chip.shape[0] for chip in chips] == [32, 64]
