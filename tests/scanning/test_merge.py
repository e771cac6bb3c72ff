"""``catalog merge``: parts of a library that were scanned apart become the catalog of one scan."""

import os
import shutil
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from photogender.catalog.upkeep.alone import only_scan
from photogender.cli import main
from tests.support.photos import make_library, rows

TAGS = "SELECT path, x1, y1, x2, y2, gender, gender_confidence, age, age_group, name, taken, camera, model FROM tags"
PLACES = (
    "SELECT places.path, places.size, places.mtime_ns, content_hash FROM places JOIN pictures ON pictures.id = photo_id"
)
SKIPPED = "SELECT path, skipped_stage, skipped_reason FROM photos WHERE skipped_stage IS NOT NULL"


def run(*arguments: object, expect: int = 0) -> Result:
    result = CliRunner().invoke(main, list(map(str, arguments)), catch_exceptions=False)
    assert result.exit_code == expect, result.output
    return result


def scan(catalog: Path, *paths: object) -> Path:
    run("scan", *paths, "--catalog", catalog, "-q")
    return catalog


def known(catalog: Path) -> list[list[tuple[object, ...]]]:
    """Everything that does not depend on the order of the work."""
    return [sorted(rows(catalog, sql), key=str) for sql in (TAGS, PLACES, SKIPPED)]


def photos(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.jpg") if path.name != "broken.jpg")


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Two folders of photos: one photo is in both, and one file is no picture."""
    library = tmp_path / "library"
    for number, name in enumerate(("a", "b")):
        make_library(library / name, 3, seed=number)
    shutil.copy2(photos(library / "a")[0], library / "b" / "copy.jpg")
    (library / "b" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
    return library


def test_parts_merged_are_the_catalog_of_one_scan(library: Path, tmp_path: Path) -> None:
    plain = scan(tmp_path / "plain.db", library)
    parts = [scan(tmp_path / f"{name}.db", library / name) for name in ("a", "b")]
    merged = tmp_path / "main.db"
    run("catalog", "merge", merged, *parts)
    assert known(merged) == known(plain)
    assert rows(merged, "SELECT count(*) FROM thumbnails") == rows(plain, "SELECT count(*) FROM thumbnails")
    before = [rows(merged, f"SELECT * FROM {table}") for table in ("pictures", "faces", "places", "runs")]
    assert "0 photos, 0 faces, 0 corrections new" in run("catalog", "merge", merged, *parts).stderr
    assert [rows(merged, f"SELECT * FROM {table}") for table in ("pictures", "faces", "places", "runs")] == before
    # A scan of the whole finds nothing to do.
    assert "8 unchanged" in run("scan", library, "--catalog", merged).stderr
    assert "sound" in run("catalog", "check", "--catalog", merged).stdout


def test_corrections_of_both_sides_stay(library: Path, tmp_path: Path) -> None:
    whole, part = scan(tmp_path / "main.db", library), scan(tmp_path / "a.db", library / "a")
    run("correct", 1, "--name", "Ada", "--catalog", whole)
    run("correct", 1, "--gender", "female", "--catalog", part)
    run("correct", 2, "--name", "Ben", "--catalog", part)
    for _ in range(2):
        run("catalog", "merge", whole, part)
        said = rows(whole, "SELECT name, reviewed FROM tags WHERE name IS NOT NULL ORDER BY 1")
        assert said == [("Ada", 1), ("Ben", 0)]
        assert rows(whole, "SELECT count(*) FROM corrections") == [(3,)]


def test_folders_may_be_elsewhere(library: Path, tmp_path: Path) -> None:
    plain = scan(tmp_path / "plain.db", library)
    away = tmp_path / "away"
    library.rename(away)
    part = scan(tmp_path / "part.db", away)
    away.rename(library)
    merged = tmp_path / "main.db"
    run("catalog", "merge", merged, part, "--map", f"{away}={library}")
    assert known(merged) == known(plain)
    assert "is not two folders" in run("catalog", "merge", merged, part, "--map", "a=b", expect=2).stderr


def test_photos_that_were_renamed_between_keep_what_was_said(library: Path, tmp_path: Path) -> None:
    """One scan of the whole; then a photo moves from one part to the other, and the parts are scanned."""
    merged = scan(tmp_path / "main.db", library)
    face, path = rows(merged, "SELECT face_id, path FROM tags ORDER BY path DESC LIMIT 1")[0]
    run("correct", face, "--name", "Ada", "--catalog", merged)
    os.rename(str(path), library / "a" / "renamed.jpg")
    for name in ("a", "b"):
        run("catalog", "merge", merged, scan(tmp_path / f"{name}.db", library / name))
    assert rows(merged, "SELECT face_id, path, name FROM tags WHERE name IS NOT NULL") == [
        (face, str(library / "a" / "renamed.jpg"), "Ada")
    ]


def test_an_older_part_does_not_undo_a_later_scan(library: Path, tmp_path: Path) -> None:
    part = scan(tmp_path / "part.db", library)
    with sqlite3.connect(part) as connection:
        connection.execute("UPDATE pictures SET scanned_at = '2020-01-01T00:00:00+00:00'")
    shutil.copy(photos(library / "a")[1], photos(library / "b")[0])
    merged = scan(tmp_path / "main.db", library)
    before = known(merged)
    assert "1 file were" not in (result := run("catalog", "merge", merged, part)).stderr
    assert "1 file was scanned later" in result.stderr
    assert known(merged) == before


def test_other_models_are_refused(library: Path, tmp_path: Path) -> None:
    merged, part = scan(tmp_path / "main.db", library / "a"), tmp_path / "part.db"
    run("scan", library / "b", "--catalog", part, "--confidence", "0.9", "-q")
    before = known(merged)
    result = run("catalog", "merge", merged, part, expect=1)
    assert "was scanned with other models or settings" in result.stderr
    assert known(merged) == before
    assert "is the catalog to merge into" in run("catalog", "merge", merged, merged, expect=2).stderr
    assert "There is no catalog" in run("catalog", "merge", merged, tmp_path / "none.db", expect=1).stderr


def test_a_refused_merge_leaves_no_new_catalog(library: Path, tmp_path: Path) -> None:
    one, other = scan(tmp_path / "one.db", library / "a"), tmp_path / "other.db"
    run("scan", library / "b", "--catalog", other, "--confidence", "0.9", "-q")
    new = tmp_path / "new" / "main.db"
    assert "Nothing was merged" in run("catalog", "merge", new, one, other, expect=1).stderr
    assert list(new.parent.iterdir()) == []
    run("catalog", "merge", new, one)
    before = known(new)
    assert "Nothing was merged" in run("catalog", "merge", new, other, expect=1).stderr
    assert known(new) == before


def test_a_catalog_is_not_merged_into_while_it_is_scanned(library: Path, tmp_path: Path) -> None:
    part, new = scan(tmp_path / "part.db", library / "a"), tmp_path / "new" / "main.db"
    with only_scan(new):
        assert "is running" in run("catalog", "merge", new, part, expect=75).stderr
        assert "is running" in run("scan", library, "--catalog", new, expect=75).stderr
        assert not new.exists()
    run("catalog", "merge", new, part)
