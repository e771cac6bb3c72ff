"""What happens in real libraries, told as a person would: each is a few steps on disk, and a scan."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from PIL import Image

from photogender.cli import main
from tests.scanning.test_identity import make_photo
from tests.support.photos import rows

PEOPLE = {"a.jpg": "Ada", "b.jpg": "Bea", "c.jpg": "Cia"}


def run(home: Path, *arguments: object) -> Result:
    result = CliRunner().invoke(main, [*map(str, arguments), "--catalog", str(home / "c.db")])
    assert result.exit_code in (0, 1), result.output
    return result


def scan(home: Path, *options: object) -> Result:
    return run(home, "scan", home / "lib", *options)


def names(home: Path) -> dict[str, object]:
    found = rows(home / "c.db", "SELECT path, name FROM tags ORDER BY path")
    return {str(path).removeprefix(f"{home}/lib/"): name for path, name in found}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with the library ``lib`` of three photos, whose faces have names."""
    (tmp_path / "lib").mkdir()
    for person, name in enumerate(PEOPLE):
        make_photo(person, tmp_path / "lib" / name)
    scan(tmp_path)
    for face_id, path in rows(tmp_path / "c.db", "SELECT face_id, path FROM tags"):
        run(tmp_path, "correct", face_id, "--name", PEOPLE[Path(str(path)).name])
    assert names(tmp_path) == PEOPLE
    return tmp_path


Change = Callable[[Image.Image], Image.Image]


def turned(photo: Image.Image) -> Image.Image:
    return photo.transpose(Image.Transpose.ROTATE_90)


def scaled(photo: Image.Image) -> Image.Image:
    return photo.resize((240, 192))


def grey(photo: Image.Image) -> Image.Image:
    return photo.convert("L").convert("RGB")


def change(path: Path, how: Change, to: Path | None = None) -> None:
    with Image.open(path) as photo:
        photo.load()
    how(photo).save(to or path, quality=88)


# Edited and renamed between two scans


@pytest.mark.parametrize("how", [turned, scaled, grey])
@pytest.mark.parametrize("edited", [["b.jpg"], ["b.jpg", "c.jpg", "d.jpg"]])
def test_renumbered_and_edited_at_once(home: Path, how: Change, edited: list[str]) -> None:
    for name, new in (("c.jpg", "d.jpg"), ("b.jpg", "c.jpg"), ("a.jpg", "b.jpg")):
        (home / "lib" / name).rename(home / "lib" / new)
    for name in edited:
        change(home / "lib" / name, how)
    scan(home)
    assert names(home) == {"b.jpg": "Ada", "c.jpg": "Bea", "d.jpg": "Cia"}
    scan(home)
    assert names(home) == {"b.jpg": "Ada", "c.jpg": "Bea", "d.jpg": "Cia"}


def test_two_names_swapped_and_both_photos_turned(home: Path) -> None:
    one, other = home / "lib" / "a.jpg", home / "lib" / "b.jpg"
    one.rename(home / "x")
    other.rename(one)
    (home / "x").rename(other)
    for path in (one, other):
        change(path, turned)
    scan(home)
    assert names(home) == {"a.jpg": "Bea", "b.jpg": "Ada", "c.jpg": "Cia"}


@pytest.mark.parametrize("how", [turned, scaled, grey])
def test_saved_under_another_name_and_the_original_deleted_later(home: Path, how: Change) -> None:
    change(home / "lib" / "a.jpg", how, home / "lib" / "a edited.jpg")
    scan(home)
    scan(home)
    assert names(home) == {**PEOPLE, "a edited.jpg": None}
    (home / "lib" / "a.jpg").unlink()
    scan(home)
    assert names(home) == {"a edited.jpg": "Ada", "b.jpg": "Bea", "c.jpg": "Cia"}
    scan(home)
    assert names(home) == {"a edited.jpg": "Ada", "b.jpg": "Bea", "c.jpg": "Cia"}


def test_cropped_and_renamed_at_once(home: Path) -> None:
    for name, edges in (("a.jpg", (0, 0, 230, 200)), ("b.jpg", (30, 10, 300, 240)), ("c.jpg", (40, 20, 260, 230))):
        change(home / "lib" / name, lambda photo, edges=edges: photo.crop(edges), home / "lib" / f"best of {name}")
        (home / "lib" / name).unlink()
    scan(home)
    assert names(home) == {f"best of {name}": person for name, person in PEOPLE.items()}
    scan(home)
    assert names(home) == {f"best of {name}": person for name, person in PEOPLE.items()}


def test_what_a_crop_leaves_out_waits(home: Path, six_faces: Path) -> None:
    shutil.copy(six_faces, home / "lib" / "team.jpg")
    scan(home)
    found = rows(home / "c.db", "SELECT face_id, x1 FROM tags WHERE path LIKE '%team.jpg' ORDER BY x1")
    for number, (face_id, _) in enumerate(found):
        run(home, "correct", face_id, "--name", f"Person {number}")
    change(home / "lib" / "team.jpg", lambda photo: photo.crop((200, 100, 1100, 800)), home / "lib" / "new.jpg")
    (home / "lib" / "team.jpg").unlink()
    scan(home)
    sql = "SELECT name FROM tags WHERE path LIKE '%new.jpg' ORDER BY x1"
    assert rows(home / "c.db", sql) == [(f"Person {number}",) for number in (1, 2, 3, 4)]
    told = run(home, "corrections", "waiting").output
    assert "Person 0" in told
    assert "Person 5" in told
    assert "2 corrections waiting." in told


def test_a_copy_is_edited_and_the_original_deleted(home: Path) -> None:
    shutil.copy(home / "lib" / "a.jpg", home / "lib" / "copy.jpg")
    scan(home)
    (home / "lib" / "a.jpg").unlink()
    change(home / "lib" / "copy.jpg", turned)
    scan(home)
    assert names(home) == {"b.jpg": "Bea", "c.jpg": "Cia", "copy.jpg": "Ada"}


def test_converted_to_another_format_in_another_folder(home: Path) -> None:
    (home / "lib" / "converted").mkdir()
    for name in PEOPLE:
        change(home / "lib" / name, scaled, home / "lib" / "converted" / name.replace("jpg", "png"))
        (home / "lib" / name).unlink()
    scan(home, "--limit", "2")
    scan(home)
    expected = {f"converted/{name.replace('jpg', 'png')}": person for name, person in PEOPLE.items()}
    assert names(home) == expected
    assert rows(home / "c.db", "SELECT count(*) FROM photos") == [(3,)]


def test_a_new_version_takes_nothing_from_a_photo_that_is_there_or_away(home: Path) -> None:
    change(home / "lib" / "a.jpg", scaled, home / "lib" / "small.jpg")
    scan(home)
    assert names(home) == {**PEOPLE, "small.jpg": None}
    (home / "lib").rename(home / "away")
    (home / "lib").mkdir()
    (home / "other").mkdir()
    change(home / "away" / "b.jpg", turned, home / "other" / "b.jpg")
    run(home, "scan", home / "other")
    named = rows(home / "c.db", "SELECT path, name FROM tags WHERE name IS NOT NULL ORDER BY path")
    assert named == [(str(home / "lib" / path), name) for path, name in PEOPLE.items()]


def test_another_photo_does_not_get_the_name_of_a_deleted_one(home: Path) -> None:
    (home / "lib" / "a.jpg").unlink()
    make_photo(5, home / "lib" / "new.jpg")
    scan(home)
    assert names(home) == {**PEOPLE, "new.jpg": None}  # until prune


# What is left out


def test_what_a_folder_leaves_out_holds_for_its_subfolders_by_name(home: Path) -> None:
    (home / "lib" / "private" / "deep").mkdir(parents=True)
    (home / "lib" / "2020").mkdir()
    for person, name in enumerate(("private/deep/p.jpg", "2020/q.jpg", "2020/q.png"), 3):
        make_photo(person, home / "lib" / name)
    (home / "lib" / ".photogenderignore").write_text("*.png\n")
    scan(home, "--exclude", "private/")
    assert set(names(home)) == {*PEOPLE, "2020/q.jpg"}
    told = run(home, "scan", home / "lib" / "private" / "deep")
    assert "is left out of a folder around it; to change that: photogender exclude" in " ".join(told.stderr.split())
    run(home, "scan", home / "lib" / "2020")
    assert set(names(home)) == {*PEOPLE, "2020/q.jpg"}
    run(home, "exclude", home / "lib", "--none")
    run(home, "scan", home / "lib" / "private" / "deep")
    assert set(names(home)) == {*PEOPLE, "2020/q.jpg", "private/deep/p.jpg"}
    run(home, "exclude", home / "lib", "private/")
    run(home, "prune", "--excluded", "--yes")
    assert set(names(home)) == {*PEOPLE, "2020/q.jpg"}


def test_names_of_excluded_photos_are_only_removed_if_asked_for(home: Path) -> None:
    scan(home, "--exclude", "[ab].jpg")
    (face_id,) = rows(home / "c.db", "SELECT face_id FROM tags WHERE name = 'Bea'")[0]
    run(home, "correct", face_id, "--undo")
    told = run(home, "prune", "--excluded", "--yes").stderr
    assert "1 photo with 1 correction stays: " in told
    assert names(home) == {"a.jpg": "Ada", "c.jpg": "Cia"}
    run(home, "prune", "--excluded", "--with-corrections", "--yes")
    assert names(home) == {"c.jpg": "Cia"}


def test_a_pattern_that_leaves_out_nothing_is_told(home: Path) -> None:
    (home / "lib" / "b").mkdir()
    options = [f"--exclude={pattern}" for pattern in ("a.jpg", "*.jpeg", "b", "Privat/", "!c.jpg")]
    told = scan(home, "--dry-run", *options).stderr
    assert [line.split()[2] for line in told.splitlines() if "leaves out nothing" in line] == ["*.jpeg", "Privat/"]


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
def test_a_drawn_picture_in_the_library_is_not_a_photo(home: Path, suffix: str) -> None:
    run(home, "show", home / "lib" / "a.jpg", "--save", home / "lib" / f"drawn.{suffix}")
    told = scan(home).stderr
    assert "not a photo, but a copy with boxes that photogender drew" in " ".join(told.split())
    assert names(home) == PEOPLE


# Copies


def test_a_folder_finds_a_photo_by_any_of_its_places(home: Path) -> None:
    (home / "lib" / "best").mkdir()
    shutil.copy(home / "lib" / "a.jpg", home / "lib" / "best" / "1.jpg")
    scan(home)
    assert names(home) == PEOPLE
    for command in ("query", "export csv"):
        found = run(home, *command.split(), "--folder", home / "lib" / "best").stdout
        assert "Ada" in found
        assert "Bea" not in found
    assert "no photos in" in " ".join(run(home, "query", "--folder", home / "lib" / "worst").stderr.split())
