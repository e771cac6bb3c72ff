"""Scans that lie on their side or upside down, without EXIF data that say so."""

from pathlib import Path

import pytest
from PIL import Image

from photogender.catalog.catalog import Catalog
from photogender.records import FaceBox
from photogender.scanning.scan import Scan
from photogender.scanning.settings import ScanSettings

CLOCKWISE = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}


@pytest.fixture
def folder(tmp_path: Path, six_faces: Path) -> Path:
    """One picture, upright and in the three other turns, named by how far it was turned clockwise."""
    made = tmp_path / "scans"
    made.mkdir()
    with Image.open(six_faces) as opened:
        upright = opened.convert("RGB")
    upright.save(made / "0.png")
    for turn, how in CLOCKWISE.items():
        upright.transpose(how).save(made / f"{turn}.png")
    return made


@pytest.mark.parametrize(("model", "batch"), [("compact", 1), ("dlib", 1), ("compact", 4)])
def test_faces_of_a_scan_that_lies_are_estimated_as_upright_ones(
    folder: Path, tmp_path: Path, model: str, batch: int
) -> None:
    path = tmp_path / "catalog.db"
    with Catalog(path, mode="write") as catalog:
        list(Scan([folder], catalog, ScanSettings(model=model, device="cpu", batch_size=batch)).run())
        found = {
            turn: list(catalog.rows("SELECT * FROM tags WHERE path = ? ORDER BY x1", [str(folder / f"{turn}.png")]))
            for turn in (0, *CLOCKWISE)
        }
    upright = [_box(row) for row in found[0]]
    assert len(upright) == 6
    for turn in CLOCKWISE:
        assert [row["turn"] for row in found[turn]] == [360 - turn] * 6
        for row in found[turn]:
            back = _turned_back(_box(row), found[0][0], turn)
            same = max(range(6), key=lambda at: back.iou(upright[at]))
            assert back.iou(upright[same]) > 0.9
            assert row["gender"] == found[0][same]["gender"]
            assert abs(row["age"] - found[0][same]["age"]) < 2.0


def _box(row: dict[str, object]) -> FaceBox:
    return FaceBox(*(float(str(row[name])) for name in ("x1", "y1", "x2", "y2")), 1.0)


def _turned_back(box: FaceBox, photo: dict[str, object], turn: int) -> FaceBox:
    """The box in the upright picture, of which ``photo`` is a row."""
    width, height = float(str(photo["width"])), float(str(photo["height"]))
    back = {
        90: lambda x, y: (y, height - x),
        180: lambda x, y: (width - x, height - y),
        270: lambda x, y: (width - y, x),
    }[turn]
    (x1, x2), (y1, y2) = map(sorted, zip(back(box.x1, box.y1), back(box.x2, box.y2), strict=True))
    return FaceBox(x1, y1, x2, y2, 1.0)
