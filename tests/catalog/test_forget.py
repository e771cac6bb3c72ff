"""Forgetting leaves nothing in the catalog's file; pruning takes out what is left out of scans now."""

import os
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from photogender.cli import main
from photogender.review.cache import FaceCache, default_folder
from tests.support.photos import make_library, rows


def run(*arguments: object, answer: str = "") -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments], input=answer)


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A catalog of five photos in lib, two of them in lib/Private, with names."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    make_library(tmp_path / "lib", 5)
    private = tmp_path / "lib" / "Private"
    private.mkdir()
    for path in sorted((tmp_path / "lib").rglob("*.jpg"))[:2]:
        path.rename(private / path.name)
    assert run("scan", tmp_path / "lib", "--catalog", tmp_path / "c.db", "-q").exit_code == 0
    for (face,) in rows(tmp_path / "c.db", "SELECT face_id FROM tags WHERE path LIKE '%/Private/%'"):
        assert run("correct", face, "--name", "Zebulon", "--catalog", tmp_path / "c.db").exit_code == 0
    FaceCache(default_folder()).put("ab12", b"picture")
    return tmp_path / "c.db"


def paths(catalog: Path) -> set[str]:
    return {os.fsdecode(path) for (path,) in rows(catalog, "SELECT path FROM photos")}


def bytes_of(catalog: Path) -> bytes:
    return b"".join(path.read_bytes() for path in catalog.parent.glob("c.db*"))


def test_forgetting_a_folder(catalog: Path) -> None:
    private = catalog.parent / "lib" / "Private"
    before = paths(catalog)
    assert run("forget", private, "--catalog", catalog, answer="n\n").exit_code == 1
    assert paths(catalog) == before
    assert b"Zebulon" in bytes_of(catalog)
    assert run("forget", private, "--yes", "--catalog", catalog).exit_code == 0
    assert paths(catalog) == {path for path in before if "/Private/" not in path}
    assert rows(catalog, "SELECT count(*) FROM corrections") == [(0,)]
    assert b"Zebulon" not in bytes_of(catalog)
    assert FaceCache(default_folder()).get("ab12") is None
    assert len(list(private.iterdir())) == 2, "the photos themselves stay"
    assert "has nothing of" in run("forget", private, "--yes", "--catalog", catalog).output


def test_forgetting_a_photo_and_a_scanned_folder(catalog: Path) -> None:
    lib = catalog.parent / "lib"
    one = sorted(paths(catalog))[0]
    assert run("forget", one, "--yes", "--catalog", catalog).exit_code == 0
    assert one not in paths(catalog)
    assert len(paths(catalog)) == 4
    assert run("forget", lib, "--yes", "--catalog", catalog).exit_code == 0
    assert paths(catalog) == set()
    assert rows(catalog, "SELECT count(*) FROM roots") == [(0,)]
    assert bytes(lib) not in bytes_of(catalog)


def test_forgetting_one_of_two_copies_costs_the_photo_nothing(catalog: Path) -> None:
    lib = catalog.parent / "lib"
    shutil.copytree(lib / "Private", lib / "backup")
    assert run("scan", lib, "--catalog", catalog, "-q").exit_code == 0
    before, said = paths(catalog), rows(catalog, "SELECT face_id, name FROM corrections ORDER BY 1")
    copies = sorted((lib / "backup").iterdir())
    assert said
    told = run("forget", lib / "backup", "--yes", "--catalog", catalog).output
    assert f"What also lies elsewhere stays, for example {lib / 'Private'}" in told
    assert "Forgot 2 files." in told
    assert paths(catalog) == before
    assert rows(catalog, "SELECT face_id, name FROM corrections ORDER BY 1") == said
    assert b"/backup" not in bytes_of(catalog)
    assert run("scan", lib, "--catalog", catalog, "-q").exit_code == 0
    run("forget", lib / "Private", "--yes", "--catalog", catalog)  # the files by whose names the photos are known
    assert {path for path in paths(catalog) if "/backup/" in path} == set(map(str, copies))
    assert rows(catalog, "SELECT face_id, name FROM corrections ORDER BY 1") == said
    assert b"/Private" not in bytes_of(catalog)
    assert "Forgot 2 photos." in run("forget", lib / "backup", "--yes", "--catalog", catalog).output
    assert b"Zebulon" not in bytes_of(catalog)


def test_forgetting_a_photo_by_all_its_files_or_the_only_one_that_is_left(catalog: Path) -> None:
    lib = catalog.parent / "lib"
    shutil.copytree(lib / "Private", lib / "backup")
    assert run("scan", lib, "--catalog", catalog, "-q").exit_code == 0
    name = sorted(path.name for path in (lib / "backup").iterdir())[0]
    told = run("forget", lib / "backup" / name, lib / "Private" / name, "--yes", "--catalog", catalog).output
    assert "Forgot 1 photo." in told
    assert "elsewhere" not in told
    shutil.rmtree(lib / "Private")  # gone, and not scanned since
    assert "Forgot 1 photo." in run("forget", lib / "backup", "--yes", "--catalog", catalog).output
    assert b"Zebulon" not in bytes_of(catalog)


def test_forgetting_a_person(catalog: Path) -> None:
    before = paths(catalog)
    (faces,) = rows(catalog, "SELECT count(*) FROM faces")[0]
    (named,) = rows(catalog, "SELECT count(*) FROM tags WHERE name = 'Zebulon'")[0]
    assert named > 0
    assert run("forget", "--person", "Zebulon", "--yes", "--catalog", catalog).exit_code == 0
    assert rows(catalog, "SELECT count(*) FROM faces") == [(faces - named,)]
    assert paths(catalog) == before
    assert b"Zebulon" not in bytes_of(catalog)
    assert run("forget", "--person", "Zebulon", "--yes", "--catalog", catalog).exit_code == 2
    assert run("forget", "--catalog", catalog).exit_code == 2


def test_pruning_what_is_left_out_now(catalog: Path) -> None:
    lib = catalog.parent / "lib"
    before = paths(catalog)
    (lib / ".photogenderignore").write_text("Private/\n")
    kept = {path for path in before if "/Private/" not in path}
    listed = run("prune", "--excluded", "--dry-run", "--with-corrections", "--catalog", catalog)
    assert set(listed.stdout.splitlines()) == before - kept
    run("prune", "--yes", "--catalog", catalog)
    assert paths(catalog) == before
    run("prune", "--catalog", catalog, answer="n\n")
    assert paths(catalog) == before
    told = run("prune", "--excluded", "--yes", "--catalog", catalog).output
    assert "1 photo with 1 correction stays: " in told
    assert "Removed 1 photo." in told
    told = run("prune", "--excluded", "--yes", "--with-corrections", "--catalog", catalog).output
    assert "Removed 1 photo." in told
    assert paths(catalog) == kept
    name = os.path.basename(sorted(kept)[0])
    run("exclude", lib, name, "--catalog", catalog)
    assert "Removed 1 photo." in run("prune", "--with-corrections", "--catalog", catalog, answer="y\n").output
    assert paths(catalog) == {path for path in kept if not path.endswith(name)}
