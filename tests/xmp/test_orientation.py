"""Photos that only their sidecar turns: scanned upright, and regions where other programs look for them."""

import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from photogender.cli import main
from photogender.records import FaceBox
from photogender.xmp.packet import Packet
from photogender.xmp.regions import Area, turned
from tests.support.photos import face, rows
from tests.support.programs import needs_exiftool

UNDO = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
"""What turns an upright picture as a camera would store it, by EXIF orientation; an ``Image.Transpose``."""

FACE = FaceBox(100, 60, 195, 190, 1)
"""Roughly, in the picture of 300 × 240."""


def sidecar(orientation: int, form: str = "attribute") -> str:
    attribute = f' tiff:Orientation="{orientation}"' if form == "attribute" else ""
    element = f"<tiff:Orientation>{orientation}</tiff:Orientation>" if form == "element" else ""
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" xmlns:tiff="http://ns.adobe.com/tiff/1.0/"{attribute}>{element}'
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    )


def make_photo(path: Path, orientation: int, **options: object) -> Path:
    """A portrait of 300 × 240 as a camera would store it, without any EXIF data unless ``options`` have it."""
    upright = face().crop((0, 0, 300, 240))
    stored = upright.transpose(Image.Transpose(UNDO[orientation])) if orientation > 1 else upright
    stored.save(path, **options)
    return path


def run(home: Path, *arguments: object) -> Result:
    result = CliRunner().invoke(main, [*map(str, arguments), "--catalog", str(home / "c.db")])
    assert result.exit_code in (0, 1), result.output
    return result


def boxes(home: Path) -> list[FaceBox]:
    return [FaceBox(*map(float, box), 1.0) for box in rows(home / "c.db", "SELECT x1, y1, x2, y2 FROM tags")]  # type: ignore[arg-type]


def photos(home: Path) -> list[tuple[object, ...]]:
    return rows(home / "c.db", "SELECT width, height, orientation FROM photos ORDER BY path")


def regions(path: Path) -> list[Area]:
    return [region.area for region in Packet(path.read_bytes()).drawn()]


def is_over_the_face(area: Area, orientation: int) -> bool:
    """Whether an area of the stored picture is where the face is in it."""
    width, height = FACE.width / 300, FACE.height / 240
    whole = Area((FACE.x1 + FACE.x2) / 600, (FACE.y1 + FACE.y2) / 480, width, height)
    return area.box().iou(turned(whole, orientation).box()) > 0.5


@pytest.mark.parametrize("orientation", [2, 3, 4, 5, 6, 7, 8])
def test_a_photo_that_only_its_sidecar_turns(tmp_path: Path, orientation: int) -> None:
    photo = make_photo(tmp_path / "IMG.jpg", orientation)
    beside = tmp_path / "IMG.jpg.xmp"
    beside.write_text(sidecar(orientation))
    run(tmp_path, "scan", photo)
    assert photos(tmp_path) == [(300, 240, orientation)]
    (box,) = boxes(tmp_path)
    assert box.iou(FACE) > 0.5
    run(tmp_path, "export", "xmp")
    (area,) = regions(beside)
    assert is_over_the_face(area, orientation)
    before = beside.read_bytes()
    run(tmp_path, "export", "xmp")
    assert beside.read_bytes() == before
    run(tmp_path, "export", "xmp", "--remove")
    assert beside.read_text() == sidecar(orientation)


@pytest.mark.parametrize("suffix", ["png", "tif", "webp", "heic"])
def test_other_formats(tmp_path: Path, suffix: str) -> None:
    photo = make_photo(tmp_path / f"IMG.{suffix}", 6)
    (tmp_path / f"IMG.{suffix}.xmp").write_text(sidecar(6, "element"))
    run(tmp_path, "scan", photo)
    assert photos(tmp_path) == [(300, 240, 6)]
    assert boxes(tmp_path)[0].iou(FACE) > 0.5


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif", "heic"])
def test_what_the_file_itself_says_wins(tmp_path: Path, suffix: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 1
    photo = make_photo(tmp_path / f"IMG.{suffix}", 1, exif=exif.tobytes())
    (tmp_path / f"IMG.{suffix}.xmp").write_text(sidecar(6))
    run(tmp_path, "scan", photo)
    assert photos(tmp_path) == [(300, 240, 1)]
    assert boxes(tmp_path)[0].iou(FACE) > 0.5


@pytest.mark.parametrize("form", ["attribute", "element"])
def test_xmp_inside_a_jpeg_does_not_turn_it(tmp_path: Path, form: str) -> None:
    photo = make_photo(tmp_path / "IMG.jpg", 1, xmp=sidecar(6, form).encode())
    assert b"tiff:Orientation" in photo.read_bytes()
    run(tmp_path, "scan", photo)
    assert photos(tmp_path) == [(300, 240, 1)]
    assert boxes(tmp_path)[0].iou(FACE) > 0.5


@pytest.mark.parametrize(
    ("name", "others", "counts"),
    [
        ("IMG.xmp", [], True),
        ("IMG.XMP", [], True),
        ("IMG.xmp", ["OTHER.jpg", "img2.cr2"], True),
        ("IMG.xmp", ["IMG.CR2"], False),
        ("IMG.xmp", ["img.png"], False),
        ("IMG.jpg.XMP", ["IMG.CR2"], True),
    ],
)
def test_whose_sidecar_it_is(tmp_path: Path, name: str, others: list[str], counts: bool) -> None:
    photo = make_photo(tmp_path / "IMG.jpg", 6)
    (tmp_path / name).write_text(sidecar(6))
    for other in others:
        (tmp_path / other).write_bytes(b"")
    run(tmp_path, "scan", photo)
    assert photos(tmp_path) == [(300, 240, 6) if counts else (240, 300, 1)]


def test_a_sidecar_that_cannot_be_read_costs_nothing(tmp_path: Path) -> None:
    for name, content in (("a", b"\xff\xfe"), ("b", b'<x tiff:Orientation="9"/>'), ("c", b"")):
        make_photo(tmp_path / f"{name}.jpg", 1, comment=name)
        (tmp_path / f"{name}.jpg.xmp").write_bytes(content)
    (tmp_path / "a.xmp").symlink_to("/dev/zero")
    run(tmp_path, "scan", tmp_path)
    assert photos(tmp_path) == [(300, 240, 1)] * 3


def test_a_sidecar_that_changes_later(tmp_path: Path) -> None:
    photo = tmp_path / "IMG.jpg"
    wide = Image.new("RGB", (600, 300), "grey")  # the face is on the left
    wide.paste(face())
    wide.save(photo)
    beside = tmp_path / "IMG.jpg.xmp"
    run(tmp_path, "scan", photo)
    run(tmp_path, "correct", "1", "--name", "Eileen")
    run(tmp_path, "export", "xmp")
    (area,) = regions(beside)
    beside.write_text(beside.read_text().replace('rdf:about=""', 'rdf:about="" tiff:Orientation="3"', 1))
    assert 'xmlns:tiff="http://ns.adobe.com/tiff/1.0/"' not in beside.read_text()
    text = beside.read_text().replace("<rdf:RDF", '<rdf:RDF xmlns:tiff="http://ns.adobe.com/tiff/1.0/"', 1)
    beside.write_text(text)
    assert "Scanned 0 photos" in run(tmp_path, "scan", photo).stderr
    run(tmp_path, "scan", photo, "--oversample")  # the faces are known, in the picture as it was turned
    assert photos(tmp_path) == [(600, 300, 1)]
    run(tmp_path, "export", "xmp")
    assert regions(beside) == [area]
    run(tmp_path, "scan", photo, "--force")
    assert photos(tmp_path) == [(600, 300, 3)]
    assert rows(tmp_path / "c.db", "SELECT face_id, name FROM tags") == [(1, "Eileen")]
    run(tmp_path, "export", "xmp")
    (again,) = regions(beside)
    assert again.box().iou(area.box()) > 0.6  # the stored picture is as it was


@needs_exiftool
def test_other_programs_find_the_face(tmp_path: Path) -> None:
    photo = make_photo(tmp_path / "IMG.jpg", 6)
    (tmp_path / "IMG.jpg.xmp").write_text(sidecar(6))
    run(tmp_path, "scan", photo)
    run(tmp_path, "export", "xmp")
    run(tmp_path, "export", "xmp", "--embed")
    for path in (photo, tmp_path / "IMG.jpg.xmp"):
        command = ["exiftool", "-s3", "-n", "-sep", " ", *(f"-RegionArea{key}" for key in "XYWH")]
        numbers = [float(line) for line in subprocess.check_output([*command, path], text=True).split()]
        assert is_over_the_face(Area(*numbers), 6)
        size = subprocess.check_output(["exiftool", "-s3", "-RegionAppliedToDimensionsW", path], text=True)
        assert size.strip() == "240"
    assert "Scanned 0 photos" in run(tmp_path, "scan", photo).stderr
