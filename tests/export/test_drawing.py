"""Boxes and labels on a copy of a photo."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from photogender.catalog.catalog import Catalog
from photogender.cli import main
from photogender.export.drawing import annotated, label, save_annotated
from photogender.labels import COLOURS, age_group
from photogender.photos.exif import DRAWN
from photogender.records import Face, FaceBox, Photo, PhotoFacts, Prediction, Tagged
from tests.support.library import build, face

ORIENTATION = 0x0112


def at(x1: float, y1: float, x2: float, y2: float, gender: str = "female", age: float = 30.0) -> Face:
    assert gender in ("female", "male")
    return Face(FaceBox(x1, y1, x2, y2, 0.9), Prediction(gender, 0.9, age, age_group(age), 0.5))  # type: ignore[arg-type]


def rgb(gender: str) -> tuple[int, ...]:
    colour = COLOURS["female" if gender == "female" else "male"]
    return tuple(bytes.fromhex(colour[1:]))


def plain(size: tuple[int, int]) -> Image.Image:
    return Image.new("RGB", size, (128, 128, 128))


def inked(before: Image.Image, after: Image.Image) -> tuple[int, int, int, int]:
    box = ImageChops.difference(before, after).getbbox()
    assert box
    return box


def test_a_box_is_where_the_face_is_and_in_its_colour() -> None:
    picture = plain((900, 600))
    drawn = annotated(picture, [at(400, 300, 500, 420), at(100, 300, 200, 420, "male")])
    for x in (400, 500):
        assert drawn.getpixel((x, 350)) == rgb("female")
    for x in (100, 200):
        assert drawn.getpixel((x, 350)) == rgb("male")
    assert drawn.getpixel((450, 420)) == rgb("female")
    assert drawn.getpixel((450, 360)) == (128, 128, 128)  # the face itself stays as it is
    left, top, _, bottom = inked(picture, drawn)
    assert (left, bottom) == (100, 421)
    assert top < 300  # the labels
    assert picture.getpixel((400, 350)) == (128, 128, 128)


def test_a_label_says_gender_years_and_group() -> None:
    assert label(at(0, 0, 1, 1, "male", 34.97)) == "m 34 (25-32)"
    assert label(at(0, 0, 1, 1, "female", 1.2)) == "f 1 (0-2)"


def letters(picture: Image.Image) -> int:
    """Pixels that are nearly white."""
    return sum(picture.convert("L").histogram()[200:])


@pytest.mark.parametrize("corner", [(0, 0), (1, 0), (0, 1), (1, 1)])
@pytest.mark.parametrize("size", [(160, 120), (640, 480), (4000, 3000)])
def test_a_label_at_the_edge_is_whole_and_legible(corner: tuple[int, int], size: tuple[int, int]) -> None:
    side = size[1] / 6
    x, y = corner[0] * (size[0] - side), corner[1] * (size[1] - side)
    picture = plain(size)
    drawn = annotated(picture, [at(x, y, x + side, y + side)])
    middle = annotated(plain(size), [at(size[0] / 2, size[1] / 2, size[0] / 2 + side, size[1] / 2 + side)])
    assert letters(drawn) == pytest.approx(letters(middle), rel=0.2)  # none is cut off
    assert letters(drawn) > 20


def test_labels_of_neighbours_do_not_hide_each_other() -> None:
    picture = plain((900, 600))
    one, other = at(400, 300, 440, 350), at(445, 302, 485, 352, "male")
    apart = letters(annotated(picture, [one])) + letters(annotated(picture, [other]))
    assert letters(annotated(picture, [one, other])) == pytest.approx(apart, rel=0.02)


SIDE = st.floats(-100, 400)


@given(st.tuples(st.integers(1, 300), st.integers(1, 300)), st.lists(st.tuples(SIDE, SIDE, SIDE, SIDE), max_size=4))
def test_any_box_can_be_drawn_on_any_photo(size: tuple[int, int], sides: list[tuple[float, ...]]) -> None:
    faces = [at(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)) for x1, y1, x2, y2 in sides]
    assert annotated(plain(size), faces).size == size


# photogender show --save


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Stored lying on its side: 60 × 90 upright, green on top, black below."""
    path = tmp_path / "lying.jpg"
    upright = Image.new("RGB", (600, 900), "black")
    upright.paste("green", (0, 0, 600, 450))
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    upright.transpose(Image.Transpose.ROTATE_90).save(path, exif=exif, quality=95)
    return path


@pytest.fixture
def catalog(tmp_path: Path, photo: Path) -> Path:
    path = tmp_path / "catalog.db"
    found = photo.stat()
    facts = PhotoFacts("hash", "JPEG", 600, 900)
    faces = (at(200, 600, 300, 720), at(400, 600, 500, 720, "male"))
    build(path, [Tagged(Photo(str(photo), str(tmp_path), found.st_size, found.st_mtime_ns), facts, faces)])
    with Catalog(path, mode="write") as opened:
        opened.correct([2], gender="female", author="me")
    return path


def show(catalog: Path, photo: Path, target: Path) -> Result:
    args = ["show", str(photo), "--save", str(target), "--catalog", str(catalog)]
    return CliRunner().invoke(main, args, catch_exceptions=False)


def test_save_draws_on_the_upright_photo(catalog: Path, photo: Path, tmp_path: Path) -> None:
    before = photo.read_bytes()
    target = tmp_path / "out.png"
    result = show(catalog, photo, target)
    assert (result.exit_code, result.stderr) == (0, f"Drawn to {target}.\n")
    with Image.open(target) as drawn:
        assert drawn.size == (600, 900)
        assert dict(drawn.getexif()) == DRAWN
        assert drawn.getpixel((200, 650)) == rgb("female")
        assert drawn.getpixel((400, 650)) == rgb("female")  # corrected
        sky = drawn.getpixel((300, 100))
        assert isinstance(sky, tuple)
        assert sky[1] > 100
    assert photo.read_bytes() == before


@pytest.mark.parametrize("name", ["lying.jpg", "./lying.jpg", "link.jpg"])
def test_the_photo_itself_is_never_overwritten(
    catalog: Path, photo: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(photo.parent)
    Path("link.jpg").symlink_to(photo)
    before = photo.read_bytes()
    result = show(catalog, photo, Path(name))
    assert result.exit_code == 1
    assert "is the photo itself" in result.stderr
    assert photo.read_bytes() == before


@pytest.mark.parametrize("name", ["out.txt", "out", "none/out.jpg"])
def test_a_target_that_cannot_be_is_a_sentence(catalog: Path, photo: Path, tmp_path: Path, name: str) -> None:
    result = show(catalog, photo, tmp_path / name)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert not (tmp_path / name).exists()


def test_a_photo_that_changed_is_remarked(catalog: Path, photo: Path, tmp_path: Path) -> None:
    plain((600, 900)).save(photo)
    result = show(catalog, photo, tmp_path / "out.jpg")
    assert result.exit_code == 0
    assert "changed after it was scanned" in result.stderr


def test_a_photo_that_is_gone_is_a_sentence(catalog: Path, photo: Path, tmp_path: Path) -> None:
    photo.unlink()
    result = show(catalog, photo, tmp_path / "out.jpg")
    assert result.exit_code == 1
    assert f"Error: {photo} cannot be read: No such file or directory." in result.stderr
    assert not (tmp_path / "out.jpg").exists()


def test_a_photo_that_is_broken_is_a_sentence(catalog: Path, photo: Path, tmp_path: Path) -> None:
    photo.write_bytes(b"nothing")
    result = show(catalog, photo, tmp_path / "out.jpg")
    assert result.exit_code == 1
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "out.jpg").exists()


def test_a_crowd_can_be_drawn(tmp_path: Path) -> None:
    faces = [face("female", 20, x=x * 8.0) for x in range(139)]
    assert annotated(plain((1200, 300)), faces).size == (1200, 300)


@pytest.mark.parametrize("kind", ["jpg", "png"])
def test_nothing_else_of_the_file_is_carried_over(tmp_path: Path, kind: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "SECRET description"
    photo = tmp_path / f"photo.{kind}"
    plain((60, 60)).save(photo, comment=b"SECRET comment", exif=exif, icc_profile=b"SECRET profile")
    assert b"SECRET" in photo.read_bytes()
    found = photo.stat()
    for target in ("copy.jpg", "copy.png", "copy.webp", "copy.tif"):
        save_annotated(Photo(str(photo), str(tmp_path), found.st_size, found.st_mtime_ns), [], str(tmp_path / target))
        assert b"SECRET" not in (tmp_path / target).read_bytes()
