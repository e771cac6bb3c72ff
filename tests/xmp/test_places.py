"""A picture with several files has a sidecar beside each of them."""

import shutil
from pathlib import Path

import pytest

from photogender.catalog.catalog import Catalog
from photogender.records import Photo, PhotoFacts, Tagged
from tests.support.library import build
from tests.support.photos import rows
from tests.support.programs import exiftool, needs_exiftool
from tests.support.sidecars import face, make_photo
from tests.xmp.test_document import sidecar_with_region
from tests.xmp.test_embed import digest
from tests.xmp.test_xmp import RED, export, imported


@pytest.fixture
def copies(tmp_path: Path) -> tuple[Path, list[Path]]:
    """A catalog of one picture in three files."""
    files = [make_photo(tmp_path / "p" / "a" / "IMG.jpg")]
    for name in ("b/IMG.jpg", "c/Copy of IMG.jpg"):
        path = tmp_path / "p" / name
        path.parent.mkdir()
        shutil.copy2(files[0], path)
        files.append(path)
    facts = PhotoFacts(digest(files[0]), "JPEG", 120, 80)
    found = [Photo.of(str(path), str(tmp_path / "p"), path.stat()) for path in files]
    build(tmp_path / "catalog.db", [Tagged(photo, facts, (face(),)) for photo in found])
    assert rows(tmp_path / "catalog.db", "SELECT count(*) FROM photos") == [(1,)]
    return tmp_path / "catalog.db", files


def test_a_sidecar_beside_each_file_that_is_there(copies: tuple[Path, list[Path]]) -> None:
    catalog, files = copies
    files[1].unlink()
    assert "2 written" in export(catalog).stderr
    assert [Path(f"{path}.xmp").exists() for path in files] == [True, False, True]
    assert "2 unchanged, 0 skipped" in export(catalog).stderr
    assert "2 removed" in export(catalog, "--remove").stderr


def test_only_files_in_the_folder(copies: tuple[Path, list[Path]]) -> None:
    catalog, files = copies
    export(catalog, "--folder", files[0].parent)
    assert [Path(f"{path}.xmp").exists() for path in files] == [True, False, False]


def test_a_name_beside_any_of_the_files_is_imported_once(copies: tuple[Path, list[Path]]) -> None:
    catalog, files = copies
    for path in files[1:]:
        Path(f"{path}.xmp").write_bytes(sidecar_with_region(RED, "Ann"))
    assert imported(catalog).stdout == f"named: face 1 is Ann: {files[1]}.xmp\n"
    assert rows(catalog, "SELECT count(*) FROM corrections") == [(1,)]


@needs_exiftool
def test_embedding_into_all_files_keeps_them_one_picture(copies: tuple[Path, list[Path]]) -> None:
    catalog, files = copies
    assert "3 written" in export(catalog, "--embed", "--discard-originals").stderr
    assert {tuple(exiftool(path)[0]["Subject"]) for path in files} == {("Age 25-32", "Female")}
    assert len({digest(path) for path in files}) == 1
    assert rows(catalog, "SELECT content_hash FROM photos") == [(digest(files[0]),)]
    with Catalog(catalog) as opened:
        known = {row["path"]: (row["size"], row["mtime_ns"]) for row in opened.rows("SELECT * FROM places")}
    assert known == {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in files}
    assert "3 unchanged" in export(catalog, "--embed").stderr


@needs_exiftool
def test_a_photo_that_becomes_another_picture_of_the_catalog_ends_nothing(copies: tuple[Path, list[Path]]) -> None:
    """Ours was embedded into a copy, scanned as another picture, and is taken out again."""
    catalog, files = copies
    other = files[0].with_name("other.jpg")
    shutil.copy2(files[0], other)
    export(catalog, "--embed", "--discard-originals", "--folder", files[0].parent)
    facts = PhotoFacts(digest(other), "JPEG", 120, 80)
    build(catalog, [Tagged(Photo.of(str(other), str(other.parent), other.stat()), facts, (face(),))])
    assert "0 skipped" in export(catalog, "--embed", "--remove", "--discard-originals").stderr
    assert digest(files[0]) == digest(other)
