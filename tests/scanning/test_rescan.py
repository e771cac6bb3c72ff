"""Other models for the same photos: what is done again, what stays, and what a rescan says beforehand."""

import dataclasses
import shutil
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from benchmarks.photos import make_photos
from photogender.catalog.catalog import Catalog
from photogender.cli import main
from photogender.labels import DEFAULT_MODEL
from photogender.models.folders import SHIPPED
from photogender.scanning.scan import scan
from photogender.scanning.settings import ScanSettings
from tests.support.photos import CONTENT, make_library, rows

FACES = "SELECT id, photo_id, x1, y1, x2, y2, detector_score, landmarks, detector_id FROM faces ORDER BY id"


def run(*arguments: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(main, list(arguments), input=answer, catch_exceptions=False)


@pytest.fixture
def library(tmp_path: Path, six_faces: Path) -> Path:
    folder = tmp_path / "Pictures"
    make_library(folder, 9)
    shutil.copy(six_faces, folder)
    return folder


@pytest.fixture
def catalog(tmp_path: Path, library: Path) -> Path:
    path = tmp_path / "catalog.db"
    assert run("scan", str(library), "--catalog", str(path)).exit_code == 0
    return path


@pytest.fixture
def own_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The default model under another name, with the labels the other way round."""
    folder = tmp_path / "models" / "turned"
    folder.mkdir(parents=True)
    text = (SHIPPED / f"{DEFAULT_MODEL}.toml").read_text()
    assert '["male", "female"]' in text
    (folder / "spec.toml").write_text(text.replace('["male", "female"]', '["female", "male"]'))
    for file in SHIPPED.glob(f"{DEFAULT_MODEL}*.onnx"):
        shutil.copy(file, folder)
    monkeypatch.setenv("PHOTOGENDER_MODELS", str(folder.parent))
    return "turned"


def test_another_age_gender_model_keeps_the_faces(
    catalog: Path, own_model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, genders = rows(catalog, FACES), rows(catalog, "SELECT gender FROM faces ORDER BY id")
    assert run("correct", "1", "--name", "Ada", "--age", "50", "--catalog", str(catalog)).exit_code == 0
    result = run("rescan", "--model", own_model, "--yes", "--catalog", str(catalog))
    assert result.exit_code == 0, result.output
    assert "estimated again:   10 photos, whose faces are known" in result.stderr
    assert "scanned:           0 photos" in result.stderr
    assert rows(catalog, FACES) == before
    turned = {"female": "male", "male": "female"}
    assert rows(catalog, "SELECT gender FROM faces ORDER BY id") == [(turned[str(gender)],) for (gender,) in genders]
    assert rows(catalog, "SELECT name, age, model FROM tags WHERE face_id = 1") == [("Ada", 50.0, own_model)]
    again = run("rescan", "--model", own_model, "--catalog", str(catalog))
    assert (again.exit_code, "unchanged:         10 photos" in again.stderr) == (0, True)


def test_faces_from_the_catalog_are_cropped_as_found_ones(
    catalog: Path, own_model: str, library: Path, tmp_path: Path
) -> None:
    """Estimated anew, or scanned afresh with the same models: the same rows, up to the rounding of stored boxes."""
    assert run("rescan", "--model", own_model, "--yes", "--catalog", str(catalog)).exit_code == 0
    fresh = tmp_path / "fresh.db"
    assert run("scan", str(library), "--model", own_model, "--catalog", str(fresh)).exit_code == 0
    what = "SELECT gender, age FROM faces ORDER BY id"
    for (gender, age), (other_gender, other_age) in zip(rows(catalog, what), rows(fresh, what), strict=True):
        assert (gender, age) == (other_gender, pytest.approx(other_age, abs=0.5))


def test_faces_from_the_catalog_come_from_as_large_a_picture(tmp_path: Path, own_model: str) -> None:
    """Of large photos, whose faces would do with fewer pixels than the detector did."""
    library, catalog, fresh = tmp_path / "large", tmp_path / "known.db", tmp_path / "fresh.db"
    make_photos(library, 3)
    for arguments in (("scan", str(library)), ("rescan", "--yes", "--model", own_model)):
        assert run(*arguments, "--catalog", str(catalog)).exit_code == 0
    assert run("scan", str(library), "--model", own_model, "--catalog", str(fresh)).exit_code == 0
    ages = "SELECT age FROM faces ORDER BY id"
    known, found = ([float(str(age)) for (age,) in rows(each, ages)] for each in (catalog, fresh))
    assert len(found) >= 3
    assert known == pytest.approx(found, abs=0.2)


def test_another_detector_setting_looks_afresh_and_keeps_ids(catalog: Path) -> None:
    result = run("rescan", "--detector-size", "640", "--yes", "--catalog", str(catalog))
    assert result.exit_code == 0, result.output
    assert "scanned:           10 photos" in result.stderr
    assert "estimated again" not in result.stderr
    assert rows(catalog, "SELECT max(id) FROM faces") == rows(catalog, "SELECT count(*) FROM faces")
    assert '"detector_size": 640.0' in str(rows(catalog, "SELECT settings FROM runs ORDER BY id DESC LIMIT 1"))


def test_nothing_is_done_without_a_yes(catalog: Path) -> None:
    before = rows(catalog, CONTENT)
    result = run("rescan", "--oversample", "--catalog", str(catalog), answer="n\n")
    assert result.exit_code == 1
    assert "Continue? [y/N]" in result.stderr
    assert rows(catalog, CONTENT) == before


def test_a_rescan_says_how_long_it_may_take(catalog: Path) -> None:
    with Catalog(catalog, mode="write") as opened, opened.transaction():
        opened.update("runs", 1, {"started_at": "2026-01-01T00:00:00+00:00", "ended_at": "2026-01-01T00:01:40+00:00"})
    result = run("rescan", "--oversample", "--catalog", str(catalog), answer="n\n")
    assert "time:              at most 2 min, at the 0.1 photos/s of an earlier scan" in result.stderr


def test_an_empty_catalog_says_where_to_begin(tmp_path: Path) -> None:
    result = run("rescan", "--catalog", str(tmp_path / "new.db"))
    assert result.exit_code == 1
    assert "photogender scan FOLDER" in result.stderr
    assert not (tmp_path / "new.db").exists()
    Catalog(tmp_path / "empty.db", mode="write").close()
    result = run("rescan", "--catalog", str(tmp_path / "empty.db"))
    assert result.exit_code == 2
    assert "photogender scan FOLDER" in result.stderr


def test_a_rescan_names_its_folders(catalog: Path, library: Path) -> None:
    lines = run("rescan", "--oversample", "--catalog", str(catalog), answer="n\n").stderr.splitlines()
    assert lines[:2] == ["1 folder, with centerface and compact:", f"  {library}"]


# Many photos at once, the way a device goes, here with the CPU's provider.


@pytest.mark.parametrize("batch", [2, 3, 64])
def test_detection_in_batches_writes_the_same_rows(catalog: Path, library: Path, tmp_path: Path, batch: int) -> None:
    (library / "broken.jpg").write_bytes((library / "t1.jpg").read_bytes()[:5000])
    (library / "small.bmp").write_bytes(b"BM")
    assert run("scan", str(library), "--catalog", str(catalog)).exit_code == 0
    path = tmp_path / "batched.db"
    assert run("scan", str(library), "--batch-size", str(batch), "--catalog", str(path)).exit_code == 0
    without_times = [tuple(row) for row in rows(path, CONTENT)]
    for ours, theirs in zip(without_times, rows(catalog, CONTENT), strict=True):
        for one, other in zip(ours, theirs, strict=True):
            assert one == (pytest.approx(other, abs=2e-3) if isinstance(other, float) else other)


def test_stopping_early_in_batches_leaves_no_thread(library: Path, tmp_path: Path) -> None:
    before = threading.active_count()
    with Catalog(tmp_path / "c.db", mode="write") as catalog:
        outcomes = scan([library], catalog, dataclasses.replace(ScanSettings(), batch_size=2))
        next(outcomes)
        outcomes.close()
    assert threading.active_count() == before


def test_half_precision_says_nearly_the_same(catalog: Path, library: Path, tmp_path: Path) -> None:
    path = tmp_path / "half.db"
    assert run("scan", str(library / "t1.jpg"), "--half", "--catalog", str(path)).exit_code == 0
    what = "SELECT gender, age FROM tags WHERE path LIKE '%t1.jpg' ORDER BY x1"
    pairs = list(zip(rows(path, what), rows(catalog, what), strict=True))
    assert len(pairs) == 6
    assert all(one[0] == other[0] and abs(one[1] - other[1]) < 2 for one, other in pairs)
