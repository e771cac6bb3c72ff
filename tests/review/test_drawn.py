"""Faces that a person draws: estimated at once, kept by scans, taken back by undo."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from PIL import Image

from photogender.catalog.catalog import Catalog
from photogender.cli import main
from tests.support.photos import rows
from tests.support.review_site import serve

FACE = [0.32, 0.12, 0.56, 0.40]
"""About where the face of the portrait is, as shares of width and height: drawn in haste, much too large."""

NO_FACE = [0.02, 0.7, 0.14, 0.9]

FOUND = "SELECT face_id, detector, gender, reviewed, name FROM tags"


def scan(folder: Path, catalog: Path, *options: str) -> None:
    result = CliRunner().invoke(main, ["scan", str(folder), "--catalog", str(catalog), *options])
    assert result.exit_code == 0, result.output


@pytest.fixture
def missed(tmp_path: Path, astronaut: Path) -> Path:
    """A catalog of a portrait whose face was too small to be kept."""
    (tmp_path / "photos").mkdir()
    shutil.copy(astronaut, tmp_path / "photos" / "a.png")
    scan(tmp_path / "photos", tmp_path / "c.db", "--min-face", "400")
    assert rows(tmp_path / "c.db", "SELECT count(*) FROM faces") == [(0,)]
    return tmp_path / "c.db"


def test_a_drawn_face_is_estimated_and_scans_keep_it(missed: Path) -> None:
    folder = missed.with_name("photos")
    with serve(missed, missed.with_name("cache"), "--author", "Ada") as site:
        face: dict[str, Any] = site.say("/api/photos/1/faces", box=FACE)["face"]
        key = face["id"]
        assert (face["gender"], face["reviewed"]) == ("female", False)
        assert 20 < face["age"] < 50
        box = [face[side] for side in ("x1", "y1", "x2", "y2")]
        assert max(abs(side - found) for side, found in zip(box, [184, 65, 269, 175], strict=True)) < 15
        assert site.ask(f"/faces/{key}.jpg")[0] == 200
        assert "already" in site.say("/api/photos/1/faces", 409, box=FACE)["error"]
        seen = {name: face[name] for name in ("id", "correction", "gender", "age")}
        site.correct(seen, name="Eileen")
    told = missed.with_name("r.html")
    assert CliRunner().invoke(main, ["report", str(told), "--catalog", str(missed)]).exit_code == 0
    assert "1 face that no detector had found." in told.read_text(encoding="utf-8")
    scan(folder, missed, "--min-face", "400", "--force")
    assert rows(missed, FOUND) == [(key, "by hand", "female", 0, "Eileen")]
    scan(folder, missed, "--min-face", "400", "--model", "levi-hassner")  # faces are not detected again
    assert rows(missed, f"{FOUND} WHERE model = 'levi-hassner'") == [(key, "by hand", "female", 0, "Eileen")]
    scan(folder, missed)
    assert rows(missed, FOUND) == [(key, "centerface", "female", 0, "Eileen")]


def test_its_name_follows_when_the_photo_is_edited(missed: Path) -> None:
    photo = missed.with_name("photos") / "a.png"
    with serve(missed, missed.with_name("cache")) as site:
        face = site.say("/api/photos/1/faces", box=FACE)["face"]
        site.correct({name: face[name] for name in ("id", "correction", "gender", "age")}, name="Eileen")
    with Image.open(photo) as picture:
        picture.transpose(Image.Transpose.ROTATE_90).save(photo)
    scan(photo.parent, missed)
    assert rows(missed, "SELECT name, detector FROM tags") == [("Eileen", "centerface")]


def test_where_no_detector_sees_a_face_the_box_is_as_it_was_drawn(missed: Path) -> None:
    with serve(missed, missed.with_name("cache")) as site:
        face = site.say("/api/photos/1/faces", box=NO_FACE)["face"]
        assert [face[side] for side in ("x1", "y1", "x2", "y2")] == [10.2, 358.4, 71.7, 460.8]
    ((landmarks, score),) = rows(missed, "SELECT landmarks, detector_score FROM faces")
    assert (landmarks, score) == ("[]", 1.0)


def test_undo_takes_it_away(missed: Path) -> None:
    with serve(missed, missed.with_name("cache")) as site:
        face = site.say("/api/photos/1/faces", box=FACE)["face"]
        said = site.correct({name: face[name] for name in ("id", "correction", "gender", "age")})
        assert site.undo([said["saved"][str(face["id"])]], face["id"])["faces"]
        assert site.undo([face["correction"]], face["id"])["faces"] == []
        assert rows(missed, "SELECT count(*) FROM faces") == [(0,)]
        again = site.say("/api/photos/1/faces", box=FACE)["face"]
    with Catalog(missed, mode="write") as catalog:
        catalog.undo_correction([again["id"]])
    assert rows(missed, "SELECT count(*) FROM faces") == [(0,)]


def test_what_was_imported_for_such_a_face_comes_to_it(missed: Path) -> None:
    said = missed.with_name("said.jsonl")
    with serve(missed, missed.with_name("cache")) as site:
        face = site.say("/api/photos/1/faces", box=FACE)["face"]
    with Catalog(missed, mode="write") as catalog:
        catalog.correct([face["id"]], author="Bo", name="Eileen")
    runner = CliRunner()
    assert runner.invoke(main, ["corrections", "export", str(said), "--catalog", str(missed)]).exit_code == 0
    with Catalog(missed, mode="write") as catalog:
        catalog.fetch("DELETE FROM faces")
    assert runner.invoke(main, ["corrections", "import", str(said), "--catalog", str(missed)]).exit_code == 0
    assert rows(missed, "SELECT count(*) FROM imported") == [(1,)]
    with serve(missed, missed.with_name("cache")) as site:
        again = site.say("/api/photos/1/faces", box=[0.33, 0.13, 0.55, 0.44])["face"]
    assert again["name"] == "Eileen"
    assert rows(missed, "SELECT count(*) FROM imported") == [(0,)]


@pytest.mark.parametrize(
    ("box", "told"),
    [
        ([0.1, 0.1, 0.1, 0.3], "within the photo"),
        ([-0.1, 0.1, 0.2, 0.3], "within the photo"),
        ([0.1, 0.1, 0.2], "four numbers"),
        ([0.1, 0.1, 0.2, "x"], "four numbers"),
        ([0.1, 0.1, 0.105, 0.3], "too small"),
    ],
)
def test_what_is_no_box(catalog: Path, tmp_path: Path, box: Sequence[object], told: str) -> None:
    with serve(catalog, tmp_path / "cache") as site:
        assert told in site.say("/api/photos/1/faces", 400, box=box)["error"]
        assert site.say("/api/photos/99/faces", 404, box=FACE)["error"] == "There is no such photo in the catalog."
    assert rows(catalog, "SELECT count(*) FROM faces") == [(8,)]


def test_nothing_is_drawn_where_nothing_may_be_changed(catalog: Path, tmp_path: Path) -> None:
    for option in (["--read-only"], ["--sample", "3"]):
        with serve(catalog, tmp_path / "cache", *option) as site:
            site.say("/api/photos/1/faces", 403 if option == ["--read-only"] else 404, box=FACE)
