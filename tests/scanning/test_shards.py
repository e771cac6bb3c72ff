"""``scan --shard``: machines scan shares of a library, and the merged catalog is that of one plain scan."""

import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from photogender.cli import main
from tests.support.photos import CONTENT, make_library, rows

PLACES = (
    "SELECT places.path, places.root, places.size, places.mtime_ns, places.ctime_ns, pictures.path, content_hash "
    "FROM places JOIN pictures ON pictures.id = photo_id ORDER BY places.path"
)
IDS = "SELECT path, photo_id, face_id, x1, gender, age, name FROM tags ORDER BY face_id"
SHARDS = 3


def run(*arguments: object, expect: int = 0) -> Result:
    result = CliRunner().invoke(main, list(map(str, arguments)), catch_exceptions=False)
    assert result.exit_code == expect, result.output
    return result


def scan(catalog: Path, *options: object, expect: int = 0) -> Result:
    return run("scan", *options, "--catalog", catalog, expect=expect)


def scan_shards(folder: Path, library: Path, *options: object) -> tuple[list[Path], list[str]]:
    """The catalogs of all shards, and what their scans said."""
    parts = [folder / f"part{number}.db" for number in range(1, SHARDS + 1)]
    said = [
        scan(part, library, "--shard", f"{number}/{SHARDS}", *options).stderr for number, part in enumerate(parts, 1)
    ]
    return parts, said


def shard_of(library: Path, number: int) -> list[str]:
    """The photos of a shard, as paths below the library."""
    result = scan(library.parent / "none.db", library, "--shard", f"{number}/{SHARDS}", "--dry-run")
    return [line.removeprefix(f"{library}/") for line in result.stdout_bytes.decode("latin-1").splitlines()]


def content(catalog: Path) -> list[Sequence[object]]:
    """All rows but ids and times."""
    return [rows(catalog, CONTENT), rows(catalog, PLACES), rows(catalog, "SELECT path, exclude FROM roots")]


def photos(library: Path) -> list[Path]:
    return sorted(library.rglob("IMG*.jpg"))


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """18 photos, two copies of one of them, a file that is no picture and a name that is not UTF-8."""
    library = tmp_path / "library"
    make_library(library / "a", 10)
    make_library(library / "b", 8, seed=1)
    original = photos(library / "b")[3]
    for copy in (library / "a" / "copy.jpg", library / "b" / "z" / "copy.jpg"):
        copy.parent.mkdir(exist_ok=True)
        shutil.copy2(original, copy)
    (library / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 no picture")
    os.rename(os.fsencode(photos(library)[1]), os.fsencode(library / "a") + b"/caf\xe9.jpg")
    return library


def test_shards_merged_are_the_catalog_of_a_plain_scan(library: Path, tmp_path: Path) -> None:
    plain, merged = tmp_path / "plain.db", tmp_path / "main.db"
    scan(plain, library)
    parts, _ = scan_shards(tmp_path, library)
    places = [{path for (path,) in rows(part, "SELECT path FROM places")} for part in parts]
    assert all(places)
    assert sum(map(len, places)) == len(set.union(*places)) == 21
    run("catalog", "merge", merged, *parts)
    run("catalog", "merge", tmp_path / "other.db", *reversed(parts))
    for each in (merged, tmp_path / "other.db"):
        assert content(each) == content(plain)
        assert rows(each, IDS) == rows(plain, IDS)
    _, said = scan_shards(tmp_path, library)
    assert all("Scanned 0 photos" in text for text in said)
    assert "21 unchanged" in scan(merged, library).stderr
    before = [rows(merged, f"SELECT * FROM {table}") for table in ("pictures", "faces", "places", "runs")]
    run("catalog", "merge", merged, *parts)
    assert [rows(merged, f"SELECT * FROM {table}") for table in ("pictures", "faces", "places", "runs")] == before


def test_what_the_main_catalog_knows_is_not_examined_again(library: Path, tmp_path: Path) -> None:
    known = tmp_path / "main.db"
    scan(known, library)
    new = make_library(library / "new", 6, seed=5)
    listed = [
        scan(tmp_path / "none.db", library, "--shard", f"{k}/{SHARDS}", "--known", known, "--dry-run").stdout
        for k in range(1, SHARDS + 1)
    ]
    assert sorted("".join(listed).split()) == sorted(map(str, new))
    assert not (tmp_path / "none.db").exists()
    parts, _ = scan_shards(tmp_path, library, "--known", known)
    assert sum(rows(part, "SELECT count(*) FROM pictures")[0][0] for part in parts) == len(new)  # type: ignore[misc]
    plain = tmp_path / "plain.db"
    shutil.copy(known, plain)
    scan(plain, library)
    run("catalog", "merge", known, *parts)
    assert content(known) == content(plain)
    assert rows(known, IDS) == rows(plain, IDS)


def test_photos_renamed_and_copied_before_keep_their_faces_and_names(library: Path, tmp_path: Path) -> None:
    known, plain = tmp_path / "main.db", tmp_path / "plain.db"
    scan(known, library)
    faces = [face for (face,) in rows(known, "SELECT face_id FROM tags ORDER BY face_id")]
    for face in faces:
        run("correct", face, "--name", f"Person {face}", "--catalog", known)
    shutil.copy(known, plain)
    for number, path in enumerate(photos(library)):
        renamed = path.parent.parent / f"{number % 2}x" / f"{number}.jpg"
        renamed.parent.mkdir(exist_ok=True)
        path.rename(renamed)
        for folder in ("a", "0", "zz")[: number % 4]:
            (library / folder).mkdir(exist_ok=True)
            shutil.copy2(renamed, library / folder / f"copy{number}.jpg")
    scan(plain, library)
    parts, said = scan_shards(tmp_path, library, "--known", known)
    assert all("Scanned 0 photos" in text and " moved" in text for text in said)
    run("catalog", "merge", known, *parts)
    assert content(known) == content(plain)
    assert rows(known, IDS) == rows(plain, IDS)
    assert len(rows(known, "SELECT 1 FROM tags WHERE name IS NOT NULL")) == len(faces)


def test_a_photo_that_was_turned_and_renamed_keeps_what_was_said(library: Path, tmp_path: Path) -> None:
    known = tmp_path / "main.db"
    scan(known, library)
    face, path = rows(known, "SELECT face_id, path FROM tags ORDER BY path LIMIT 1")[0]
    run("correct", face, "--name", "Ada", "--catalog", known)
    with Image.open(str(path)) as picture:
        picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT).save(library / "b" / "turned.jpg", quality=95)
    os.remove(str(path))
    parts, _ = scan_shards(tmp_path, library, "--known", known)
    run("catalog", "merge", known, *parts)
    assert rows(known, "SELECT path FROM tags WHERE name = 'Ada'") == [(str(library / "b" / "turned.jpg"),)]


def test_the_library_may_be_elsewhere_for_each_machine(library: Path, tmp_path: Path) -> None:
    known, plain = tmp_path / "main.db", tmp_path / "plain.db"
    scan(known, library / "a", "--exclude", "copy.jpg")
    shutil.copy(known, plain)
    scan(plain, library / "a", library / "b")
    away = tmp_path / "away"
    shares = [shard_of(library, number) for number in range(1, SHARDS + 1)]
    library.rename(away)
    assert [shard_of(away, number) for number in range(1, SHARDS + 1)] == shares
    moved = ("--map", f"{away}={library}")
    parts, unchanged = [], 0
    for number in range(1, SHARDS + 1):
        parts.append(tmp_path / f"part{number}.db")
        options = ("--shard", f"{number}/{SHARDS}", "--known", known, *moved)
        said = scan(parts[-1], away / "a", away / "b", *options).stderr
        unchanged += int(re.findall(r"(\d+) unchanged", said)[0])
        found = rows(parts[-1], "SELECT path FROM places")
        assert not any(str(path).endswith("a/copy.jpg") for (path,) in found)
    assert unchanged == 10
    away.rename(library)
    run("catalog", "merge", known, *parts, *moved)
    assert content(known) == content(plain)
    assert "Scanned 0 photos" in scan(known, library / "a", library / "b").stderr


def test_what_cannot_be_merged_is_refused_before_the_scan(library: Path, tmp_path: Path) -> None:
    known, part = tmp_path / "main.db", tmp_path / "part.db"
    scan(known, library / "a")
    result = scan(part, library, "--shard", "1/3", "--known", known, "--confidence", "0.9", expect=1)
    assert "this scan could not be merged" in result.stderr
    assert not list(tmp_path.glob("*part.db*")), "an empty catalog was left behind"
    assert "is the catalog to scan into" in scan(known, library, "--known", known, expect=2).stderr
    assert "There is no catalog" in scan(part, library, "--known", tmp_path / "no.db", expect=1).stderr
    assert "for the catalog of --known" in scan(part, library, "--map", "/a=/b", expect=2).stderr
    for wrong in ("0/3", "4/3", "3", "1/0", "1/3/5", "-1/3"):
        assert "is not a shard: write 3/10" in scan(part, library, "--shard", wrong, expect=2).stderr
