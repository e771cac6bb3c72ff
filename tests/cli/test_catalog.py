"""``catalog backup``, ``check`` and ``compact``."""

import os
import resource
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from photogender import Catalog
from photogender.cli import main
from tests.support.library import LIBRARY, build
from tests.support.photos import rows

EVERYTHING = "SELECT path, face_id, gender, age, name FROM tags ORDER BY 1, 2"


def run(*arguments: object, expect: int = 0) -> Result:
    result = CliRunner().invoke(main, ["catalog", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == expect, result.output
    return result


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "photos.db"
    build(path, LIBRARY)
    with Catalog(path, mode="change") as catalog:
        catalog.correct([1, 2], author="me", name="Ada")
    return path


def test_a_backup_has_everything_in_one_file(path: Path, tmp_path: Path) -> None:
    copies = tmp_path / "copies"
    copies.mkdir()
    with Catalog(path, mode="change") as catalog, catalog.transaction():
        # Another program is in the middle of a change.
        catalog.fetch("UPDATE faces SET age = 99")
        assert "Copied to" in run("backup", copies / "a.db", "--catalog", path).stderr
    assert os.listdir(copies) == ["a.db"]
    assert rows(copies / "a.db", EVERYTHING) != rows(path, EVERYTHING)
    run("backup", "-q", copies / "b.db", "--catalog", path)
    assert rows(copies / "b.db", EVERYTHING) == rows(path, EVERYTHING)
    for copy in copies.iterdir():
        assert run("check", "--catalog", copy).stdout.startswith(f"{copy} is sound: ")


def test_a_backup_into_a_folder_is_named_after_the_catalog_and_replaces_nothing(path: Path, tmp_path: Path) -> None:
    copies = tmp_path / "copies"
    copies.mkdir()
    run("backup", copies, "--catalog", path)
    (name,) = os.listdir(copies)
    assert name.startswith("photos-20")
    assert name.endswith(".db")
    before = (copies / name).read_bytes()
    assert "exists already" in run("backup", copies, "--catalog", path, expect=1).stderr
    assert (copies / name).read_bytes() == before
    assert "There is no folder" in run("backup", tmp_path / "no" / "c.db", "--catalog", path, expect=1).stderr


def test_a_backup_that_fails_leaves_no_file(path: Path, tmp_path: Path) -> None:
    copies = tmp_path / "copies"
    copies.mkdir()
    result = subprocess.run(
        [sys.executable, "-m", "photogender", "catalog", "backup", copies / "c.db", "--catalog", path],
        preexec_fn=_small_files,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1, result.stderr
    assert "Error: The catalog" in result.stderr
    assert "Traceback" not in result.stderr
    assert os.listdir(copies) == []


def _small_files() -> None:
    """As on a full disk: no file grows beyond 20 kB."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))


def test_check_says_what_is_wrong_and_what_can_be_saved(path: Path) -> None:
    assert "sound" in run("check", "--catalog", path).stdout
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM models WHERE task = 'detect'")
    connection.commit()
    connection.close()
    result = run("check", "--catalog", path, expect=1)
    assert "of faces means a row of models that is not there" in result.stdout
    assert "2 corrections can be saved." in result.stderr
    assert "photogender corrections export FILE" in result.stderr


def test_check_finds_an_index_that_differs_from_its_table(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA writable_schema = ON")
    (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'pictures_size'").fetchone()
    (other,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'pictures_run'").fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    content = bytearray(path.read_bytes())
    content[(root - 1) * size : root * size] = content[(other - 1) * size : other * size]
    path.write_bytes(content)
    assert "pictures_size" in run("check", "--catalog", path, expect=1).stdout


def test_check_finds_a_face_that_is_counted_as_something_else(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("UPDATE shown SET gender = 'male' WHERE face_id = 4")
    connection.commit()
    connection.close()
    assert "what is counted of face 4 is not what is shown" in run("check", "--catalog", path, expect=1).stdout


def test_check_finds_numbers_of_faces_that_are_wrong(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("UPDATE catalog SET tallied = 4")
    connection.commit()
    connection.close()
    assert "the numbers of faces that are kept are not those" in run("check", "--catalog", path, expect=1).stdout


def test_check_of_what_is_no_catalog(tmp_path: Path) -> None:
    assert "There is no catalog" in run("check", "--catalog", tmp_path / "none.db", expect=1).stderr
    (tmp_path / "other.db").write_bytes(b"not a database at all" * 100)
    assert "is not a photogender catalog" in run("check", "--catalog", tmp_path / "other.db", expect=1).stdout


def test_compact_returns_space_and_loses_nothing(path: Path) -> None:
    with Catalog(path, mode="change") as catalog:
        catalog.fetch("CREATE TABLE mine (text)")
        catalog.fetch("INSERT INTO mine VALUES (zeroblob(3000000))")
        catalog.fetch("DROP TABLE mine")
    before, said = path.stat().st_size, rows(path, EVERYTHING)
    run("compact", "--catalog", path)
    assert path.stat().st_size < min(before, 3_000_000)
    assert rows(path, EVERYTHING) == said
    assert "sound" in run("check", "--catalog", path).stdout


def test_compact_on_a_full_disk_changes_nothing(path: Path) -> None:
    said = rows(path, EVERYTHING)
    result = subprocess.run(
        [sys.executable, "-m", "photogender", "catalog", "compact", "--catalog", path],
        preexec_fn=_small_files,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1, result.stderr
    assert "Traceback" not in result.stderr
    assert rows(path, EVERYTHING) == said
