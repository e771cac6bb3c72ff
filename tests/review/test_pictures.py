"""Pictures of faces: cut where they are, upright, kept, bounded, and explained where there are none."""

import io
import os
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from photogender.catalog.catalog import Catalog
from photogender.errors import DecodeError
from photogender.records import FaceBox, Photo
from photogender.review.cache import FaceCache
from photogender.review.pictures import (
    FACE_SIDE,
    PHOTO_SIDE,
    Pictures,
    Source,
    face_key,
    source_of_face,
    source_of_photo,
)
from tests.support.faces import turned_face
from tests.support.review_site import build_site


def make_source(path: Path, size: tuple[int, int], boxes: dict[int, FaceBox], orientation: int = 1) -> Source:
    """A photo that is red but for green boxes; ``size`` and boxes upright."""
    picture = Image.new("RGB", size, "red")
    for box in boxes.values():
        picture.paste((0, 128, 0), tuple(int(side) for side in (box.x1, box.y1, box.x2, box.y2)))  # type: ignore[arg-type]
    if orientation == 6:
        picture = picture.transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[274] = orientation
    picture.save(path, quality=95, exif=exif)
    status = path.stat()
    return Source(Photo(str(path), "/", status.st_size, status.st_mtime_ns), "hash", max(size), boxes)


def opened(picture: bytes) -> Image.Image:
    return Image.open(io.BytesIO(picture))


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_face_is_cut_with_its_surroundings_upright(tmp_path: Path, orientation: int) -> None:
    boxes = {1: FaceBox(1000, 400, 1400, 900, 0.9), 2: FaceBox(0, 0, 200, 240, 0.9)}
    source = make_source(tmp_path / "a.jpg", (2400, 1600), boxes, orientation)
    picture = opened(Pictures(FaceCache(tmp_path / "cache")).face(source, 1))
    assert picture.format == "JPEG"
    assert max(picture.size) == FACE_SIDE
    pixels = np.asarray(picture).astype(int)
    green = (pixels[..., 1] > 60) & (pixels[..., 0] < 100)
    # 400 × 500 with 150 on every side: the box takes 400/700 by 500/800 of the picture, in its middle.
    ys, xs = np.nonzero(green)
    height, width = green.shape
    assert (xs.max() - xs.min() + 1) / width == pytest.approx(400 / 700, abs=0.03)
    assert (ys.max() - ys.min() + 1) / height == pytest.approx(500 / 800, abs=0.03)
    assert (xs.min() + xs.max()) / 2 / width == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_face_that_lies_is_turned_upright(tmp_path: Path, turn: int) -> None:
    # What is above the face, as it lies in the photo: eyes and forehead are on that side.
    above = {
        0: (1000, 0, 1400, 650),
        90: (0, 400, 1200, 900),
        180: (1000, 650, 1400, 1600),
        270: (1200, 400, 2400, 900),
    }
    photo = Image.new("RGB", (2400, 1600), "red")
    photo.paste("blue", above[turn])
    photo.save(tmp_path / "a.png")
    status = os.stat(tmp_path / "a.png")
    box = turned_face(FaceBox(1000, 400, 1400, 900, 0.9), turn)
    source = Source(Photo(str(tmp_path / "a.png"), "/", status.st_size, status.st_mtime_ns), "hash", 2400, {1: box})
    picture = opened(Pictures(FaceCache(tmp_path / "cache")).face(source, 1))
    assert picture.size == ((224, 256) if turn in (0, 180) else (256, 224))
    top, bottom = (picture.getpixel((picture.width // 2, y)) for y in (10, picture.height - 10))
    assert top[2] > 200  # type: ignore[index]
    assert bottom[0] > 200  # type: ignore[index]


def test_all_faces_of_a_photo_are_kept_at_once_and_outlive_it(tmp_path: Path) -> None:
    boxes = {1: FaceBox(100, 100, 200, 200, 0.9), 2: FaceBox(300, 100, 400, 200, 0.9)}
    source = make_source(tmp_path / "a.jpg", (640, 480), boxes)
    first = Pictures(FaceCache(tmp_path / "cache")).face(source, 1)
    os.remove(source.photo.path)
    assert Pictures(FaceCache(tmp_path / "cache")).face(source, 1) == first
    assert opened(Pictures(FaceCache(tmp_path / "cache")).face(source, 2)).format == "JPEG"
    assert (tmp_path / "cache").stat().st_mode & 0o777 == 0o700
    with pytest.raises(DecodeError, match="gone"):
        Pictures(FaceCache(tmp_path / "other")).face(source, 1)


def test_a_photo_that_changed_is_not_shown_with_old_boxes(tmp_path: Path) -> None:
    source = make_source(tmp_path / "a.jpg", (640, 480), {1: FaceBox(100, 100, 200, 200, 0.9)})
    os.utime(source.photo.path, (1, 1))
    for make in (lambda p: p.face(source, 1), lambda p: p.photo(source)):
        with pytest.raises(DecodeError, match="changed after it was scanned"):
            make(Pictures(FaceCache(tmp_path / "cache")))


def test_the_whole_photo_comes_upright_and_smaller(tmp_path: Path) -> None:
    source = make_source(tmp_path / "a.jpg", (2000, 3000), {1: FaceBox(0, 0, 2000, 1000, 0.9)}, 6)
    picture = opened(Pictures(FaceCache(tmp_path / "cache")).photo(source))
    assert max(picture.size) == PHOTO_SIDE
    assert picture.height > picture.width
    assert not picture.getexif()
    top, bottom = picture.getpixel((picture.width // 2, 100)), picture.getpixel((picture.width // 2, PHOTO_SIDE - 100))
    assert top[1] > 90  # type: ignore[index]
    assert bottom[0] > 200  # type: ignore[index]


def test_keys_change_with_what_they_name() -> None:
    box = FaceBox(1, 2, 3, 4, 0.9)
    keys = {
        face_key(1, box, 0, "a"),
        face_key(2, box, 0, "a"),
        face_key(1, FaceBox(1, 2, 3, 5, 0.9), 0, "a"),
        face_key(1, box, 90, "a"),
        face_key(1, box, 0, "b"),
        face_key(1, box, 0, None),
    }
    assert len(keys) == 6


def test_the_cache_drops_what_was_not_asked_for_longest(tmp_path: Path) -> None:
    cache = FaceCache(tmp_path / "cache", most_bytes=10_000)
    old = time.time() - 90_000
    for number in range(20):
        cache.put(f"{number:02x}" * 16, bytes(1000))
        path = tmp_path / "cache" / f"{number:02x}" / f"{f'{number:02x}' * 16}.jpg"
        os.utime(path, (old + number, old + number))
    assert cache.get("00" * 16)  # asked for: it is young again
    again = FaceCache(tmp_path / "cache", most_bytes=10_000)
    again.put("ff" * 16, bytes(1000))
    kept = {path.parent.name for path in (tmp_path / "cache").glob("*/*")}
    assert kept == {"00", "ff", *(f"{number:02x}" for number in range(12, 20))}


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    source = make_source(tmp_path / "a.jpg", (640, 480), {1: FaceBox(100, 100, 200, 200, 0.9)})
    assert Pictures(FaceCache(tmp_path / "file" / "cache")).face(source, 1)


def test_many_at_once_make_each_photo_once(tmp_path: Path) -> None:
    boxes = {face: FaceBox(50 * face, 100, 50 * face + 40, 150, 0.9) for face in range(1, 9)}
    source = make_source(tmp_path / "a.jpg", (640, 480), boxes)
    pictures = Pictures(FaceCache(tmp_path / "cache"))
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda f=face: found.append(pictures.face(source, f))) for face in boxes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(list((tmp_path / "cache").glob("*/*.jpg"))) == 8


def test_sources_come_from_the_catalog(tmp_path: Path) -> None:
    with Catalog(build_site(tmp_path)) as catalog:
        source = source_of_face(catalog, 8)
        assert source is not None
        assert source == source_of_photo(catalog, 7)
        assert set(source.boxes) == {7, 8}
        assert source.long_side == 320
        assert source_of_face(catalog, 99) is None
        assert source_of_photo(catalog, 99) is None
