"""Regions in XMP lie on the stored picture, whatever its orientation; and keywords follow their templates."""

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from photogender.errors import PhotogenderError
from photogender.photos.file import open_photo
from photogender.records import FaceBox, Photo
from photogender.xmp.keywords import DEFAULT_TEMPLATES, check_template, keywords
from photogender.xmp.regions import Area, stored_size, to_stored, to_upright, turn_of, turned, turned_back
from tests.support.dng import make_dng
from tests.support.sidecars import RED, make_photo

ORIENTATIONS = st.integers(1, 8)
SIZES = st.tuples(st.integers(1, 10_000), st.integers(1, 10_000))


@st.composite
def boxes(draw: st.DrawFn) -> tuple[FaceBox, int, int]:
    """A box of at least a ten-thousandth of the picture each way, and the picture's size."""
    width, height = draw(SIZES)
    (x1, x2), (y1, y2) = (
        sorted(draw(st.lists(st.integers(0, 10_000), min_size=2, max_size=2, unique=True))) for _ in range(2)
    )
    return FaceBox(x1 * width / 1e4, y1 * height / 1e4, x2 * width / 1e4, y2 * height / 1e4, 1.0), width, height


@given(boxes(), ORIENTATIONS)
def test_there_and_back(case: tuple[FaceBox, int, int], orientation: int) -> None:
    box, width, height = case
    area = to_stored(box, width, height, orientation)
    assert area is not None
    assert -1e-9 <= area.box().x1 <= area.box().x2 <= 1 + 1e-9
    back = to_upright(area, width, height, orientation)
    assert (back.x1, back.x2) == pytest.approx((box.x1, box.x2), abs=width * 1e-9)
    assert (back.y1, back.y2) == pytest.approx((box.y1, box.y2), abs=height * 1e-9)


@settings(deadline=None)
@given(ORIENTATIONS, st.integers(2, 40), st.integers(2, 40), st.data())
def test_the_same_pixels_as_pillow_turns_them(orientation: int, width: int, height: int, data: st.DataObject) -> None:
    """A white rectangle in a stored picture, found in the upright one, leads back to where it is stored."""
    x1, y1 = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    x2, y2 = data.draw(st.integers(x1 + 1, width)), data.draw(st.integers(y1 + 1, height))
    stored = Image.new("L", (width, height))
    stored.paste(255, (x1, y1, x2, y2))
    exif = Image.Exif()
    exif[0x0112] = orientation
    buffer = io.BytesIO()
    stored.save(buffer, "PNG", exif=exif)
    upright = ImageOps.exif_transpose(Image.open(buffer))
    rows, columns = np.nonzero(np.asarray(upright))
    box = FaceBox(columns.min(), rows.min(), columns.max() + 1, rows.max() + 1, 1.0)
    area = to_stored(box, *upright.size, orientation)
    assert area is not None
    assert stored_size(*upright.size, orientation) == (width, height)
    found = area.box().scaled(width, height)
    assert (found.x1, found.y1, found.x2, found.y2) == pytest.approx((x1, y1, x2, y2), abs=1e-6)


def test_what_lies_outside_is_cut_off() -> None:
    area = to_stored(FaceBox(-50, 10, 50, 300, 1.0), 100, 200, 1)
    assert area is not None
    found = area.box().scaled(100, 200)
    assert (found.x1, found.y1, found.x2, found.y2) == pytest.approx((0, 10, 50, 200))
    assert to_stored(FaceBox(-50, 10, 0, 30, 1.0), 100, 200, 1) is None


def test_the_orientation_comes_from_every_kind_of_file(tmp_path: Path) -> None:
    for orientation in range(1, 9):
        for kind in ("jpg", "png", "webp", "tif"):
            path = make_photo(tmp_path / f"{orientation}.{kind}", orientation)
            assert facts_of(path) == (orientation, 120, 80), path
            with open_photo(photo(path)) as file:
                pixels = file.decode().pixels
            assert np.asarray(pixels.crop((14, 10, 34, 30)))[..., 0].min() > 200


def test_a_heic_that_only_exif_turns_has_one_frame_for_faces_and_regions(tmp_path: Path) -> None:
    for orientation in range(1, 9):
        path = make_photo(tmp_path / "a.heic", orientation)
        assert facts_of(path) == (orientation, 120, 80)
        with open_photo(photo(path)) as file:
            assert np.asarray(file.decode().pixels.crop((14, 10, 34, 30)))[..., 0].min() > 200


@pytest.mark.shared
def test_a_heic_that_its_container_turns_is_not_turned_again(shared: Path) -> None:
    """Phones write both: the container's rotation, which libheif applies, and EXIF's, by which others go."""
    path = shared / "data" / "bad" / "heif" / "heif_special" / "200MP.heic"
    assert facts_of(path) == (6, 12240, 16320)


def test_a_raw_says_what_libraw_says(tmp_path: Path) -> None:
    preview = make_photo(tmp_path / "preview.jpg").read_bytes()
    for orientation in (1, 3, 6, 8):
        path = tmp_path / f"{orientation}.dng"
        path.write_bytes(make_dng(preview, (120, 80), orientation))
        assert facts_of(path)[0] == orientation


def test_a_photo_without_exif_is_upright(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    Image.new("RGB", (3, 2)).save(path)
    assert facts_of(path) == (1, 3, 2)


def photo(path: Path) -> Photo:
    return Photo(str(path), str(path.parent), path.stat().st_size, path.stat().st_mtime_ns)


def facts_of(path: Path) -> tuple[int, int, int]:
    with open_photo(photo(path)) as file:
        return file.orientation, file.facts.width, file.facts.height


def test_an_area_is_a_box_by_its_centre() -> None:
    area = to_stored(FaceBox(*RED, 1.0), 120, 80, 1)
    assert area == Area(pytest.approx(0.2), pytest.approx(0.25), pytest.approx(0.2), pytest.approx(0.3))


# What the areas of a file refer to


@pytest.mark.parametrize("orientation", range(1, 9))
def test_lightrooms_size_of_the_upright_picture_is_understood(orientation: int) -> None:
    """Lightroom Classic: areas of the stored picture, the size of the upright one."""
    face, other = Area(0.2, 0.3, 0.2, 0.3), Area(0.7, 0.75, 0.1, 0.1)
    upright, size = (120, 80), stored_size(120, 80, orientation)
    areas = [face, other]
    turned_areas = [turned_back(area, orientation) for area in areas]
    known = [Area(0.21, 0.31, 0.2, 0.3)]
    assert turn_of(areas, size, known, size, orientation) == 1
    assert turn_of(areas, None, known, size, orientation) == 1
    assert turn_of(areas, upright, known, size, orientation) == 1
    assert turn_of(areas, upright, [], size, orientation) == 1
    assert turn_of(areas, (100, 100), known, size, orientation) is None
    if orientation >= 5:
        assert turn_of(turned_areas, upright, known, size, orientation) == orientation
    assert [turned(area, orientation) for area in turned_areas] == [
        Area(*map(pytest.approx, (area.x, area.y, area.w, area.h))) for area in areas
    ]


# Keywords

FACE = {"age_group": "25-32", "age": 31.9, "gender": "female", "name": None}
FACE |= {"age_from": "estimate", "gender_from": "person"}


def test_keywords_by_the_default_templates() -> None:
    old = FACE | {"age_group": "60-", "age": 71.0, "gender": "male"}
    assert keywords([FACE, old, FACE], DEFAULT_TEMPLATES) == (
        ("People", "Age 25-32"), ("People", "Female"), ("People", "Age 60+"), ("People", "Male"),
    )  # fmt: skip


def test_keywords_by_own_templates() -> None:
    named = FACE | {"name": "Ann|Zoë\n\x00\udce9"}
    assert keywords([FACE, named], ["{gender} of {age}, {age_from}", "Who | {name} "]) == (
        ("female of 31, estimate",), ("Who", "Ann-Zoë"),
    )  # fmt: skip
    assert keywords([], DEFAULT_TEMPLATES) == ()


@pytest.mark.parametrize(
    "template", ["{nam}", "{name", "{}", "{age:d}", "{age!r}", "{name.x}", "a||b", "|a", "", "a\nb"]
)
def test_templates_that_cannot_be_used(template: str) -> None:
    with pytest.raises(PhotogenderError, match=r"template|has"):
        check_template(template)


def test_templates_that_can() -> None:
    for template in (*DEFAULT_TEMPLATES, "plain", "{{{name}}}", "a/b|{age}"):
        check_template(template)
