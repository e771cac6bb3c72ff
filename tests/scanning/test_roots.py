"""What is left out of a folder stays out: by scans, rescans and until a command changes it."""

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from photogender.catalog.catalog import Catalog
from photogender.catalog.pictures.roots import put_root, root_patterns, scanned_paths
from photogender.cli import main
from photogender.photos.ignore import absolute_pattern, parse_exclude
from photogender.photos.walk import walk
from photogender.scanning.roots import remembered_exclude
from tests.support.photos import make_library, rows


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exit_code in (0, 1, 2), result.output
    return result


def paths(catalog: Path) -> list[str]:
    return sorted(os.path.basename(path) for (path,) in rows(catalog, "SELECT path FROM photos"))


@pytest.fixture
def library(tmp_path: Path) -> Path:
    make_library(tmp_path / "lib", 3)
    return tmp_path / "lib"


def test_a_rescan_and_a_later_scan_keep_to_what_a_scan_left_out(library: Path, tmp_path: Path) -> None:
    catalog = tmp_path / "c.db"
    everything = {photo.path for folder in walk([str(library)]) for photo in folder.photos}
    name = sorted(os.path.basename(path) for path in everything)[0]
    run("scan", library, "--exclude", name, "--catalog", catalog, "-q")
    before = paths(catalog)
    assert name not in before
    for command in (("rescan", "--yes", "--oversample"), ("scan", library), ("scan", library, "--exclude", name)):
        run(*command, "--catalog", catalog, "-q")
        assert paths(catalog) == before
    assert f"without {name}" in run("exclude", "--catalog", catalog).output
    assert f"is scanned without {name}" in run("doctor", "--catalog", catalog).output
    run("exclude", library, "--none", "--catalog", catalog)
    assert run("exclude", library, "--catalog", catalog).output == f"{library}: all\n"
    run("scan", library, "--catalog", catalog, "-q")
    assert name in paths(catalog)
    assert run("exclude", library, "[z-a]", "--catalog", catalog).exit_code == 1
    assert run("exclude", tmp_path, "*.png", "--catalog", catalog).exit_code == 1


def test_patterns_of_several_folders_are_kept_apart(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        (folder / "x").mkdir(parents=True)
        for name in ("a.jpg", "b.jpg", "x/a.jpg", "x/c.jpg"):
            (folder / name).write_bytes(b"x")
    with Catalog(tmp_path / "c.db", mode="write") as catalog:
        put_root(catalog, str(one), ["a.jpg", "/x/c.jpg", "!/x/a.jpg"])
        put_root(catalog, str(two), [f"{two}/x"])
        exclude = remembered_exclude(root_patterns(catalog), [str(one), str(two)])
        assert remembered_exclude(root_patterns(catalog), [str(tmp_path)]) == ()
        put_root(catalog, str(one), None)
        assert root_patterns(catalog)[str(one)] == ("a.jpg", "/x/c.jpg", "!/x/a.jpg")
    found = [
        photo.path
        for folder in walk([str(one), str(two)], parse_exclude(exclude, [str(one), str(two)]))
        for photo in folder.photos
    ]
    expected = [one / "b.jpg", one / "x" / "a.jpg", two / "a.jpg", two / "b.jpg"]
    assert found == [str(path) for path in expected]


@pytest.mark.parametrize(
    ("pattern", "absolute"),
    [
        ("Private/", "/p/**/Private/"),
        ("/Private", "/p/Private"),
        ("x/*.png", "/p/x/*.png"),
        ("!keep.jpg", "!/p/**/keep.jpg"),
        ("/p/x", "/p/x"),
        ("!/p/x", "!/p/x"),
    ],
)
def test_a_pattern_of_one_folder(pattern: str, absolute: str) -> None:
    assert absolute_pattern(pattern, "/p") == absolute


def test_a_photo_that_is_scanned_alone_does_not_make_its_folder_one_to_rescan(library: Path, tmp_path: Path) -> None:
    catalog = tmp_path / "c.db"
    photos = sorted(photo.path for folder in walk([str(library)]) for photo in folder.photos)
    run("scan", photos[0], "--catalog", catalog, "-q")
    before = paths(catalog)
    assert len(before) == 1
    run("rescan", "--yes", "--catalog", catalog, "-q")
    assert paths(catalog) == before
    with Catalog(catalog) as opened:
        assert scanned_paths(opened) == [photos[0]]
    run("scan", library, "--catalog", catalog, "-q")
    with Catalog(catalog) as opened:
        assert scanned_paths(opened) == [str(library)]


def test_pictures_of_faces_are_not_photos(library: Path, tmp_path: Path) -> None:
    catalog = tmp_path / "c.db"
    run("scan", library, "--crops", library / "crops", "--catalog", catalog, "-q")
    assert list((library / "crops").glob("*.jpg"))
    before = paths(catalog)
    run("scan", library, "--catalog", catalog, "-q")
    assert paths(catalog) == before
    (library / "own").mkdir()
    run("scan", library, "--force", "--crops", library / "own", "--catalog", catalog, "-q")
    assert not (library / "own" / ".photogenderignore").exists(), "a folder of the user's is never hidden"


def test_a_note_on_a_photo_is_shown_and_kept(library: Path, tmp_path: Path) -> None:
    path = next(library.rglob("*.jpg"))
    path.write_bytes(path.read_bytes()[:-2])
    output = run("scan", library, "--catalog", tmp_path / "c.db").output
    assert f"{path.name}: the file is cut short" in output.replace("\n", "")
    assert rows(tmp_path / "c.db", "SELECT note FROM photos WHERE note IS NOT NULL") == [("the file is cut short",)]
    assert "the file is cut short" in run("show", path, "--catalog", tmp_path / "c.db").output
