"""The catalog's file: what it refuses, what it survives, how others read it."""

import math
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from photogender import Catalog, PhotogenderError
from photogender.catalog.sqlite.schema import APPLICATION_ID, MIGRATIONS
from photogender.cli import main
from photogender.labels import AGE_GROUPS, age_group
from tests.support.library import build_corrected
from tests.support.photos import CONTENT, make_library, rows

PROGRAM = [sys.executable, "-m", "photogender"]

# Root writes where the mode says no; without these two capabilities it does as others do.
AS_OTHERS = (
    ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-dac_override,-dac_read_search"]
    if os.geteuid() == 0
    else []
)


@pytest.fixture
def photos(tmp_path: Path, astronaut: Path) -> Path:
    folder = tmp_path / "Pictures"
    folder.mkdir()
    shutil.copy(astronaut, folder)
    return folder


@pytest.fixture
def catalog(tmp_path: Path, photos: Path) -> Path:
    path = tmp_path / "catalog.db"
    result = CliRunner().invoke(main, ["scan", str(photos), "--catalog", str(path)])
    assert result.exit_code == 0, result.output
    return path


@pytest.fixture
def locked_folder(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "locked"
    folder.mkdir()
    yield folder
    folder.chmod(0o755)


def refused(path: Path, mode: str = "write") -> str:
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(PhotogenderError) as caught:
        Catalog(path, mode=mode)  # type: ignore[arg-type]
    assert (path.read_bytes() if path.is_file() else None) == before
    return str(caught.value)


@pytest.mark.parametrize("mode", ["read", "write"])
def test_refuses_what_is_not_a_catalog(tmp_path: Path, mode: str) -> None:
    text = tmp_path / "notes.db"
    text.write_text("dear diary, " * 100)
    assert "not a photogender catalog" in refused(text, mode)

    foreign = tmp_path / "foreign.db"
    connection = sqlite3.connect(foreign)
    connection.execute("CREATE TABLE photos (id INTEGER PRIMARY KEY, path TEXT)")
    connection.close()
    assert "a database of another program" in refused(foreign, mode)
    assert "Choose another file" in refused(foreign, mode)


def test_refuses_a_newer_catalog(catalog: Path) -> None:
    connection = sqlite3.connect(catalog)
    with connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('photogender', 'm999_later', '')"
        )
    connection.close()
    for mode in ("read", "write"):
        assert "made by a newer version" in refused(catalog, mode)
    result = CliRunner().invoke(main, ["query", "--catalog", str(catalog)])
    assert result.exit_code == 1
    assert "newer version" in result.stderr
    assert "pip install --upgrade" in result.stderr


def test_an_older_catalog_is_not_read_as_it_is(catalog: Path) -> None:
    connection = sqlite3.connect(catalog)
    with connection:
        connection.execute("DELETE FROM _sqlite_migrations")
    connection.close()
    told = refused(catalog, "read")
    assert "made by an older version" in told
    assert "The next photogender scan brings it up to date." in told


def test_a_catalog_is_copied_before_its_tables_are_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = build_corrected(tmp_path / "c.db")
    said = rows(path, "SELECT * FROM corrections")
    monkeypatch.setitem(MIGRATIONS, "m002_wrong", ("ALTER TABLE runs ADD COLUMN x TEXT", "nonsense"))
    assert "nonsense" in refused_now(path)
    assert rows(path, "SELECT name FROM pragma_table_info('runs') WHERE name = 'x'") == []
    monkeypatch.delitem(MIGRATIONS, "m002_wrong")
    monkeypatch.setitem(MIGRATIONS, "m002_more", ("ALTER TABLE runs ADD COLUMN x TEXT",))
    with Catalog(path, mode="change") as catalog:
        catalog.correct([1], author="me", name="Ada")
    assert rows(path, "SELECT name FROM pragma_table_info('runs') WHERE name = 'x'") == [("x",)]
    monkeypatch.delitem(MIGRATIONS, "m002_more")
    copy = tmp_path / "c.db.before-m002_more"
    assert rows(copy, "SELECT * FROM corrections") == said
    with Catalog(copy) as catalog:
        assert len(list(catalog.rows("SELECT * FROM tags"))) == 8
    assert not list(tmp_path.glob("*unfinished*"))


def refused_now(path: Path) -> str:
    with pytest.raises(PhotogenderError) as caught:
        Catalog(path, mode="change")
    return str(caught.value)


def test_a_missing_catalog_is_a_sentence(tmp_path: Path) -> None:
    assert "There is no catalog at" in refused(tmp_path / "none.db", "read")
    for command in (["correct", "1", "--confirm"], ["import", "xmp"], ["prune"], ["review"]):
        result = CliRunner().invoke(main, [*command, "--catalog", str(tmp_path / "none.db")])
        assert (result.exit_code, "There is no catalog at" in result.stderr) == (1, True), command
    assert not (tmp_path / "none.db").exists()


def test_an_empty_file_becomes_a_catalog(tmp_path: Path) -> None:
    (tmp_path / "new.db").touch()
    Catalog(tmp_path / "new.db", mode="write").close()
    assert rows(tmp_path / "new.db", "PRAGMA application_id") == [(APPLICATION_ID,)]
    assert rows(tmp_path / "new.db", "PRAGMA journal_mode") == [("wal",)]


def test_a_folder_that_may_not_be_written(locked_folder: Path, photos: Path, catalog: Path) -> None:
    shutil.copy(catalog, locked_folder / "catalog.db")
    (locked_folder / "catalog.db").chmod(0o444)
    locked_folder.chmod(0o555)
    for name in ("new.db", "catalog.db", "deeper/new.db"):
        command = [*AS_OTHERS, *PROGRAM, "scan", photos, "--force", "--catalog", locked_folder / name]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert result.returncode == 1, name
        assert "Traceback" not in result.stderr
        assert "locked" in result.stderr  # names the place
        assert "--catalog FILE" in result.stderr
    command = [*AS_OTHERS, *PROGRAM, "query", "--catalog", locked_folder / "catalog.db", "--format", "csv"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "astronaut.png" in result.stdout


def test_a_full_disk_is_a_sentence_and_loses_nothing(tmp_path: Path) -> None:
    number = 600
    make_library(tmp_path / "many", number)
    disk = tmp_path / "disk"
    disk.mkdir()
    command = f"""
        mount -t tmpfs -o size=500k tmpfs {disk}
        {sys.executable} -m photogender scan {tmp_path}/many --catalog {disk}/catalog.db
        echo "exit $?" >&2
        cp {disk}/catalog.db* {tmp_path}
    """
    if subprocess.run(["unshare", "-m", "true"], check=False, capture_output=True).returncode:
        pytest.skip("a small file system cannot be mounted here")
    result = subprocess.run(["unshare", "-m", "sh", "-c", command], capture_output=True, text=True, check=False)
    assert "the disk is full" in result.stderr, result.stderr
    assert "run the same command again" in result.stderr
    assert "exit 1" in result.stderr
    assert "Traceback" not in result.stderr
    catalog = tmp_path / "catalog.db"
    assert rows(catalog, "PRAGMA integrity_check") == [("ok",)]
    ((done,),) = rows(catalog, "SELECT count(*) FROM photos")
    assert 0 < int(str(done)) < number
    again = CliRunner().invoke(main, ["scan", str(tmp_path / "many"), "--catalog", str(catalog)])
    assert f"Scanned {number - int(str(done))} photos" in again.stderr
    alone = tmp_path / "alone.db"
    CliRunner().invoke(main, ["scan", str(tmp_path / "many"), "--catalog", str(alone)])
    assert rows(catalog, CONTENT) == rows(alone, CONTENT)


def test_a_catalog_locked_by_another_program(catalog: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("photogender.catalog.sqlite.connection.BUSY_SECONDS", 0.1)
    other = sqlite3.connect(catalog, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with Catalog(catalog, mode="write") as opened, pytest.raises(PhotogenderError, match="another program"):
        opened.remove([1])
    other.close()
    assert rows(catalog, "SELECT count(*) FROM photos") == [(1,)]


def test_pandas_and_a_plain_connection_read_it(catalog: Path) -> None:
    connection = sqlite3.connect(catalog)
    frame = pd.read_sql("SELECT * FROM tags", connection)
    connection.close()
    assert list(frame.gender) == ["female"]
    assert frame.loc[0, "model"] == "compact"
    assert frame.loc[0, "age_group"] in AGE_GROUPS
    assert rows(catalog, "PRAGMA foreign_key_check") == []


def test_the_path_comes_from_the_environment(catalog: Path) -> None:
    result = CliRunner().invoke(main, ["query", "--format", "paths"], env={"PHOTOGENDER_CATALOG": str(catalog)})
    assert result.stdout.endswith("astronaut.png\n")


def test_corrections_win_add_up_and_are_undone(catalog: Path) -> None:
    def correct(*arguments: str, expect: int = 0) -> str:
        result = CliRunner().invoke(main, ["correct", *arguments, "--catalog", str(catalog)])
        assert result.exit_code == expect, result.output
        return result.stderr

    estimate = rows(catalog, "SELECT gender, age FROM faces")[0]
    tags = "SELECT gender, age, age_group, reviewed FROM tags"
    correct("1", "--age", "7", "--author", "Ada")
    correct("1", "--gender", "male")
    assert rows(catalog, tags) == [("male", 7.0, "8-12", 1)]
    assert rows(catalog, "SELECT author FROM corrections")[0] == ("Ada",)
    correct("1", "--undo")
    assert rows(catalog, tags) == [("female", 7.0, "8-12", 1)]
    correct("1", "--undo")
    assert rows(catalog, "SELECT gender, age, reviewed FROM tags") == [(*estimate, 0)]
    assert "no correction" in correct("1", "--undo", expect=1)
    assert "There is no face 99" in correct("1", "99", "--confirm", expect=1)
    assert rows(catalog, "SELECT count(*) FROM corrections") == [(0,)]
    correct("1", "--confirm")
    confirmed = "SELECT gender, age, reviewed, gender_confidence, age_confidence FROM tags"
    assert rows(catalog, confirmed) == [(*estimate, 1, 1.0, 1.0)]
    correct("1", expect=2)
    correct("1", "--age", "200", expect=2)


def test_what_is_typed_to_correct_is_tidied_or_refused(catalog: Path) -> None:
    def correct(*arguments: str, expect: int = 0) -> str:
        result = CliRunner().invoke(main, ["correct", *arguments, "--catalog", str(catalog)], catch_exceptions=False)
        assert result.exit_code == expect, result.output
        return result.stderr

    assert correct("1", "1", "--gender", "m", "--name", " Ada\n\x1b[31m  L. ") == "corrected: 1 face\n"
    assert rows(catalog, "SELECT gender, name FROM corrections") == [("male", "Ada [31m L.")]
    correct("1", "--name", " \t")
    assert rows(catalog, "SELECT name FROM tags") == [(None,)]
    assert "is not an age" in correct("1", "--age", "nan", expect=2)
    assert "at most 200 characters" in correct("1", "--name", "x" * 201, expect=2)
    assert "half of a character" in correct("1", "--name", "Zo\udceb", expect=2)
    assert "half of a character" in correct("1", "--confirm", "--author", "Zo\udceb", expect=2)
    assert "There is no face 9" in correct("9" * 30, "--confirm", expect=1)
    assert rows(catalog, "SELECT count(*) FROM corrections") == [(2,)]


@pytest.mark.parametrize(
    ("years", "group"),
    list(
        zip(
            [0, 2.9, 3, 6.9, 7, 13.4, 13.5, 22.4, 22.5, 34.9, 35, 45.4, 45.5, 56.4, 56.5, 116],
            [group for group in AGE_GROUPS for _ in range(2)],
            strict=True,
        )
    ),
)
def test_every_age_has_its_nearest_group(years: float, group: str) -> None:
    assert age_group(years) == group


def test_names_last_and_are_taken_away(catalog: Path) -> None:
    def correct(*arguments: str) -> None:
        assert CliRunner().invoke(main, ["correct", "1", *arguments, "--catalog", str(catalog)]).exit_code == 0

    tags = "SELECT gender, age, name, reviewed FROM tags"
    ((gender, age),) = rows(catalog, "SELECT gender, age FROM faces")
    correct("--name", "Eileen O'Collins")
    assert rows(catalog, tags) == [(gender, age, "Eileen O'Collins", 0)], "a name says nothing of gender and age"
    correct("--age", "34")
    assert rows(catalog, tags) == [(gender, 34.0, "Eileen O'Collins", 1)]
    named = CliRunner().invoke(
        main, ["query", "--name", "Eileen O'Collins", "--format", "paths", "--catalog", str(catalog)]
    )
    assert named.stdout.endswith("astronaut.png\n")
    other = CliRunner().invoke(main, ["query", "--name", "Eileen", "--format", "paths", "--catalog", str(catalog)])
    assert other.stdout == ""
    correct("--name", "")
    assert rows(catalog, tags) == [(gender, 34.0, None, 1)]


def test_what_is_no_face_is_left_out_until_it_is_undone(catalog: Path) -> None:
    def run(*arguments: str) -> str:
        result = CliRunner().invoke(main, [*arguments, "--catalog", str(catalog)])
        assert result.exit_code == 0, result.output
        return result.stdout

    run("correct", "1", "--not-a-face")
    assert rows(catalog, "SELECT count(*) FROM tags") == [(0,)]
    assert run("query", "--faces", "0", "--format", "paths").endswith("astronaut.png\n")
    assert run("export", "csv", "--per", "photo").splitlines()[1].split(",")[1] == "0"
    assert "1 photo, 0 of them with faces" in run("stats")
    photo = str(rows(catalog, "SELECT path FROM photos")[0][0])
    scanned = CliRunner().invoke(main, ["scan", photo, "--force", "--catalog", str(catalog)])
    assert scanned.exit_code == 0, scanned.output
    assert rows(catalog, "SELECT count(*) FROM tags") == [(0,)], "found again, and still none"
    run("correct", "1", "--undo")
    assert rows(catalog, "SELECT count(*) FROM tags") == [(1,)]


def test_a_face_knows_its_latest_correction_whoever_writes(catalog: Path) -> None:
    latest = "SELECT correction_id FROM faces WHERE id = 1"
    assert rows(catalog, latest) == [(None,)]
    with Catalog(catalog, mode="change") as opened:
        for age in (30, 40):
            opened.correct([1], author="me", age=age)
    with sqlite3.connect(catalog) as other:
        other.execute("INSERT INTO corrections (face_id, gender, author, created_at) VALUES (1, 'male', 'x', '')")
    assert rows(catalog, latest) == rows(catalog, "SELECT max(id) FROM corrections")
    assert rows(catalog, "SELECT gender FROM tags WHERE face_id = 1") == [("male",)]
    with sqlite3.connect(catalog) as other:
        other.execute("DELETE FROM corrections WHERE author = 'x'")
    assert rows(catalog, "SELECT age FROM tags WHERE face_id = 1") == [(40.0,)]
    with Catalog(catalog, mode="change") as opened:
        for age in (30.0, None):
            opened.undo_correction([1])
            assert rows(catalog, "SELECT age FROM corrections") == ([(age,)] if age else [])
    assert rows(catalog, latest) == [(None,)]


def test_a_catalog_that_was_never_released_is_refused(catalog: Path) -> None:
    with sqlite3.connect(catalog) as connection:
        connection.execute("UPDATE _sqlite_migrations SET name = 'm001_tables'")
    for mode in ("read", "write"):
        told = refused(catalog, mode)
        assert "never released" in told
        assert "photogender scan FOLDER --catalog NEW.db" in told


FINE = {
    "photo_id": 1,
    "x1": 1.0,
    "y1": 2.0,
    "x2": 3.0,
    "y2": 4.0,
    "detector_score": 0.9,
    "landmarks": "[]",
    "gender": "male",
    "gender_confidence": 0.8,
    "age": 30.5,
    "age_group": "25-32",
    "age_confidence": 0.6,
    "age_low": 20.0,
    "age_high": 40.0,
    "detector_id": 1,
    "model_id": 2,
}


@pytest.mark.parametrize(
    ("table", "wrong"),
    [
        *(("faces", {name: math.nan}) for name in "x1 y1 x2 y2 detector_score gender_confidence age".split()),
        *(("faces", {name: math.inf}) for name in "x2 y2 detector_score gender_confidence age age_high".split()),
        ("faces", {"x2": 1.0}),
        ("faces", {"y1": 9.0}),
        ("faces", {"gender": "men"}),
        ("faces", {"gender": None}),
        ("faces", {"age": -0.1}),
        ("faces", {"age": 130.5}),
        ("faces", {"age": "old"}),
        ("faces", {"age_group": "20-30"}),
        ("faces", {"age_confidence": 1.1}),
        ("faces", {"age_low": 50.0}),
        ("faces", {"landmarks": "[[1, NaN"}),
        ("pictures", {"skipped_stage": "decode"}),
        ("pictures", {"skipped_reason": "damaged"}),
        ("pictures", {"skipped_stage": "lost", "skipped_reason": "lost"}),
        ("pictures", {"content_hash": None}),
        ("pictures", {"width": 0}),
        ("pictures", {"height": None}),
        ("pictures", {"size": -1}),
        ("corrections", {"gender": "woman"}),
        ("corrections", {"age": 131.0, "age_group": "60-"}),
        ("corrections", {"age": 30.0}),
        ("corrections", {"age": 30.0, "age_group": "old"}),
        ("corrections", {"name": ""}),
        ("corrections", {"name": "x" * 201}),
        ("corrections", {"not_a_face": 2}),
        ("runs", {"ended": "somehow"}),
    ],
)
def test_the_tables_refuse_what_cannot_be(catalog: Path, table: str, wrong: dict[str, object]) -> None:
    fine = {"faces": FINE, "corrections": {"face_id": 1, "author": "me", "created_at": ""}}
    with Catalog(catalog, mode="change") as opened:
        if table in fine:
            opened.insert(table, fine[table])
            with pytest.raises(PhotogenderError, match="constraint failed"):
                opened.insert(table, fine[table] | wrong)
        else:
            with pytest.raises(PhotogenderError, match="constraint failed"):
                opened.update(table, 1, wrong)
