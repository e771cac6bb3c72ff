"""Forgetting leaves nothing in the catalog's file; pruning takes out what is left out of scans now."""

import os
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
    one = sorted(paths(catalog))[0]
    assert run("forget", one, "--yes", "--catalog", catalog).exit_code == 0
    assert one not in paths(catalog)
    assert len(paths(catalog)) == 4
    assert run("forget", catalog.parent / "lib", "--yes", "--catalog", catalog).exit_code == 0
    assert paths(catalog) == set()
    assert rows(catalog, "SELECT count(*) FROM roots") == [(0,)]


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
    listed = run("prune", "--excluded", "--dry-run", "--catalog", catalog)
    assert set(listed.stdout.splitlines()) == before - kept
    run("prune", "--yes", "--catalog", catalog)
    assert paths(catalog) == before
    run("prune", "--catalog", catalog, answer="n\n")
    assert paths(catalog) == before
    assert "Removed 2 photos." in run("prune", "--excluded", "--yes", "--catalog", catalog).output
    assert paths(catalog) == kept
    name = os.path.basename(sorted(kept)[0])
    run("exclude", lib, name, "--catalog", catalog)
    assert "Removed 1 photo." in run("prune", "--catalog", catalog, answer="y\n").output
    assert paths(catalog) == {path for path in kept if not path.endswith(name)}
